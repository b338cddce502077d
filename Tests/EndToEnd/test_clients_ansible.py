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
    checked = "community.general.consul: { service_name: checked, service_port: 26, http: 'http://10.0.0.11:8080/', interval: 1s }"
    read = "community.general.consul_kv: { key: app/answer }"
    gone = "community.general.consul: { service_id: checked, state: absent }"
    again = "\n    - ".join([*head[:4], head[3], head[3].replace("42", "43"), read, checked, checked, gone, last, last])
    settings = {"ANSIBLE_HOME": lab.space.directory / "ansible", "ANSIBLE_COLLECTIONS_PATH": collections,
                "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False", "PYTHONPATH": python_consul}
    environment = [f"{name}={value}" for name, value in settings.items()]

    def run(text, *more):
        book.write_text(text)
        return lab.space.run("env", *environment, *more, tool("ansible-playbook"), "-v", book, timeout=120)

    def play(text):
        done = run(text)
        assert done.returncode == 0, done
        # -v shows each task's result: "changed: [localhost] => {…}", on one line or on several.
        results = re.split(r"^(?:ok|changed): \[localhost\] => ", done.stdout, flags=re.M)[1:]
        return [json.JSONDecoder().raw_decode(result)[0] for result in results]

    lab.registered.add("print-1")
    # Where `import consul` is py-consul, the module ends before it asks anything.
    done = run("\n    - ".join(head[:2]), "PYTHONPATH=")
    assert done.returncode == 2 and "type object 'Consul' has no attribute 'Agent'" in done.stdout, done
    assert lab.space.short(*lab.server, "mail.service.consul") == []
    service, agent_service, key, lookup, session, locked, listed, names, destroyed, removed = play("\n    - ".join(head))
    assert service["changed"] and agent_service["changed"] and key["changed"] and locked["changed"] and removed["changed"]
    assert lookup["msg"] == "the answer is 42"
    assert names["msg"] == "sessions ['play']"
    assert lab.space.short(*lab.server, "v1.mail.service.consul") == ["10.0.0.13"]
    assert lab.space.short(*lab.server, "_print._tcp.service.consul", "SRV") == ["1 1 631 0a00000d.addr.dc1.consul."]
    assert lab.space.curl("http://127.0.0.1:8500/v1/session/list").stdout.strip() == "[]"
    assert lab.space.curl("http://127.0.0.1:8500/v1/kv/app?recurse", "-w", "%{http_code}").stdout.endswith("404")

    service, agent_service, key, same, other, value, first, second, unchecked, absent, absent_again = play(again)
    assert not service["changed"] and not agent_service["changed"], (service, agent_service)
    assert key["changed"] and not same["changed"] and other["changed"], (key, same, other)
    assert value["data"]["Value"] == "43" and not value["changed"], value
    # The module cannot read a service's checks back: with one it registers again and says so, also with Consul.
    assert first["changed"] and second["changed"], (first, second)
    assert unchecked["changed"] and absent["changed"] and not absent_again["changed"], (absent, absent_again)
    assert lab.space.short(*lab.server, "mail.service.consul") == [] == lab.space.short(*lab.server, "checked.service.consul")
