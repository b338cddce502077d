# SPDX-License-Identifier: Apache-2.0
"""E1 to E4: Python's libraries for the HTTP API."""
import os
import sys

import pytest
from clients import HERE, laboratory, snippet, unavailable
from conftest import ROOT, run

world, lab = laboratory("libraries")


def module_path(name) -> dict:
    """The environment in which `import consul` is py-consul, as installed, or python-consul, which stands apart."""
    if name == "py-consul":
        return {}
    apart = ROOT / ".venv/python-consul"
    return {"PYTHONPATH": str(apart)} if apart.is_dir() else unavailable("no python-consul")


LIBRARIES = ["py-consul", "python-consul"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_e1_e2_every_part_of_the_api_through(library, agent):
    done = run(sys.executable, HERE / "consul_script.py", agent.http_port, timeout=60, env={**os.environ, **module_path(library)})
    assert done.stdout == "done\n", (done.stderr, agent.text())


def printed(heading, lab, **environment):
    """What the section's program prints, and what the guide says."""
    path = lab.space.directory / "program.py"
    path.write_text(snippet(heading, "python"))
    variables = [f"{name}={value}" for name, value in environment.items()]
    done = lab.space.run("env", *variables, sys.executable, path)
    return done.stdout + done.stderr, snippet(heading, "output")


@pytest.mark.parametrize("library", LIBRARIES)
def test_e1_e2_the_guides_program_prints_what_it_says(lab, library):
    output, said = printed("py-consul", lab, **module_path(library))
    assert output == said


def test_e3_consulate_writes(lab):
    output, said = printed("consulate", lab)
    lab.registered.add("mail-1")
    assert output == said
    assert lab.space.short(*lab.server, "v1.mail.service.consul") == [], "its check has not passed yet"
    done = lab.space.curl("http://127.0.0.1:8500/v1/agent/check/pass/service:mail-1", "-f", "-X", "PUT")
    assert done.returncode == 0, done
    assert lab.space.short(*lab.server, "v1.mail.service.consul") == ["10.0.0.12"]


def test_e4_consul_kv_keeps_nested_keys(lab):
    output, said = printed("consul-kv", lab)
    assert output == said
    assert lab.space.curl("http://127.0.0.1:8500/v1/kv/app?keys", "-w", "%{http_code}").stdout == "404"
