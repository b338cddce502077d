# SPDX-License-Identifier: Apache-2.0
"""E22: Ansible's modules for the catalog, the key/value store and sessions."""
import json
import re

from clients import laboratory, snippet, tool, unavailable
from conftest import ROOT

world, lab = laboratory("ansible")


def test_e22_a_play_registers_writes_locks_and_cleans_up(lab):
    collections, python_consul = ROOT / ".venv", ROOT / ".venv/python-consul"
    if not (collections / "ansible_collections/community/general").is_dir():
        unavailable("no community.general")
    book = lab.space.directory / "play.yml"
    # The last task takes away what the test wants to see: it is left for the second run.
    text = snippet("Ansible", "yaml")
    *head, last = text.rstrip("\n").split("\n    - ")
    assert "state: absent" in last
    again = "\n    - ".join([head[0], head[1], head[2], head[3].replace("42", "43"), last])
    settings = {"ANSIBLE_HOME": lab.space.directory / "ansible", "ANSIBLE_COLLECTIONS_PATH": collections,
                "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False", "PYTHONPATH": python_consul}
    environment = [f"{name}={value}" for name, value in settings.items()]

    def play(text):
        book.write_text(text)
        done = lab.space.run("env", *environment, tool("ansible-playbook"), "-v", book, timeout=120)
        assert done.returncode == 0, done
        # -v shows each task's result: "changed: [localhost] => {…}", on one line or on several.
        results = re.split(r"^(?:ok|changed): \[localhost\] => ", done.stdout, flags=re.M)[1:]
        return [json.JSONDecoder().raw_decode(result)[0] for result in results]

    lab.registered.add("print-1")
    service, agent_service, key, lookup, session, locked, listed, names, destroyed, removed = play("\n    - ".join(head))
    assert service["changed"] and agent_service["changed"] and key["changed"] and locked["changed"] and removed["changed"]
    assert lookup["msg"] == "the answer is 42"
    assert names["msg"] == "sessions ['play']"
    assert lab.space.short(*lab.server, "v1.mail.service.consul") == ["10.0.0.13"]
    assert lab.space.short(*lab.server, "_print._tcp.service.consul", "SRV") == ["1 1 631 0a00000d.addr.dc1.consul."]
    assert lab.space.curl("http://127.0.0.1:8500/v1/session/list").stdout.strip() == "[]"
    assert lab.space.curl("http://127.0.0.1:8500/v1/kv/app?recurse", "-w", "%{http_code}").stdout.endswith("404")

    service, agent_service, key, gone = play(again)
    assert not agent_service["changed"], agent_service
    assert key["changed"] and gone["changed"]
    assert lab.space.short(*lab.server, "mail.service.consul") == []
