# SPDX-License-Identifier: Apache-2.0
"""E1 to E4: Python's libraries for the HTTP API."""
import sys

import pytest
from clients import ADDRESSES, HERE, debian_python, laboratory, snippet, unavailable
from conftest import ROOT, run

world, lab = laboratory("libraries")


def interpreter(name) -> list:
    """The command of a Python in which `import consul` is that library: as installed, or one that stands apart."""
    if name == "py-consul":
        return ["env", "-u", "PYTHONPATH", sys.executable]
    if name == "python3-consul":
        return debian_python("consul")
    apart = ROOT / ".venv/python-consul"
    return ["env", f"PYTHONPATH={apart}", sys.executable] if apart.is_dir() else unavailable("no python-consul")


# Each with the version that it must say it is, and what it has no part for. python3-consul is Debian's, as Patroni uses it.
LIBRARIES = {"py-consul": ("1.8.0", []), "python-consul": ("1.1.0", []), "python3-consul": ("0.7.1", ["txn"])}


@pytest.mark.parametrize("library", LIBRARIES)
def test_e1_e2_every_part_of_the_api_through(library, agent):
    version, lacks = LIBRARIES[library]
    done = run(*interpreter(library), HERE / "consul_script.py", agent.http_port, timeout=60)
    assert done.stdout.splitlines() == [f"consul {version}", *(f"without {part}" for part in lacks), "done"], (done.stderr, agent.text())


def printed(heading, lab, *python):
    """What the section's program prints, and what the guide says."""
    path = lab.space.directory / "program.py"
    path.write_text(snippet(heading, "python"))
    done = lab.space.run(*(python or [sys.executable]), path)
    return done.stdout + done.stderr, snippet(heading, "output")


# Not Debian's: its ttl_pass is refused, as by Consul (consul_script.py).
@pytest.mark.parametrize("library", ["py-consul", "python-consul"])
def test_e1_e2_the_guides_program_prints_what_it_says(lab, library):
    output, said = printed("py-consul", lab, *interpreter(library))
    assert output == said


def test_e3_consulate_writes(lab):
    output, said = printed("consulate", lab)
    lab.registered.add("mail-1")
    assert output == said
    assert lab.space.short(*lab.server, "v1.mail.service.consul") == [], "its check has not passed yet"
    done = lab.space.curl("http://127.0.0.1:8500/v1/agent/check/pass/service:mail-1", "-f", "-X", "PUT")
    assert done.returncode == 0, done
    assert lab.space.short(*lab.server, "v1.mail.service.consul") == ["10.0.0.12"]


CONSULATE = """
import json, consulate
c = consulate.Consul("127.0.0.1", 8500)
# On Python 3.9 and later it hands out what came as text.
print(json.loads(c.catalog.services())["web"])
print(sorted(one["ServiceAddress"] for one in json.loads(c.catalog.service("web"))))
print(len(json.loads(c.catalog.nodes())), json.loads(c.catalog.datacenters()))
c.kv["app/name"] = "web"
for read in (lambda: c.kv["app/name"], lambda: c.kv.find("app"), lambda: c.session.create()):
    try:
        print("read", read())
    except (AttributeError, TypeError):
        print("no read")
print(c.kv.delete("app", recurse=True).status_code, "app/name" in c.kv)
"""


def test_e3_consulate_reads_the_catalog_but_neither_keys_nor_sessions(lab):
    path = lab.space.directory / "program.py"
    path.write_text(CONSULATE)
    done = lab.space.run(sys.executable, path)
    # The last three as with Consul, too: the client trips over what it was sent.
    assert done.stdout.splitlines() == [
        "['v1', 'v2']", str(ADDRESSES), "1 ['dc1']", "no read", "no read", "no read", "200 False"], done

def test_e4_consul_kv_keeps_nested_keys(lab):
    output, said = printed("consul-kv", lab)
    assert output == said
    assert lab.space.curl("http://127.0.0.1:8500/v1/kv/app?keys", "-w", "%{http_code}").stdout == "404"
