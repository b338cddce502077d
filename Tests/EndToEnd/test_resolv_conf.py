# SPDX-License-Identifier: Apache-2.0
"""/etc/resolv.conf points at Waypost: getent in a network namespace of the test's own."""
import os

import pytest
from conftest import BINARY, ROOT, run

SCRIPT = r"""
set -e
ip link set lo up
echo 'nameserver 127.0.0.1' > "$1/resolv.conf"
mount --bind "$1/resolv.conf" /etc/resolv.conf
"$2" agent -dev -dns-port 53 -zone-dir zones > "$1/agent.log" 2>&1 &
agent=$!
trap 'kill $agent' EXIT
for i in $(seq 200); do grep -q 'Ready in' "$1/agent.log" && break; sleep 0.05; done
"$2" services register -name redis -port 6379 -address 10.11.12.13 >/dev/null
getent hosts redis.service.consul
getent hosts www.example.internal
getent hosts 127.0.0.1 >/dev/null || true
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
def test_getent_resolves_catalog_names_and_zones(tmp_path):
    done = run("unshare", "--net", "--mount", "bash", "-c", SCRIPT, "x", tmp_path, BINARY, cwd=ROOT, timeout=60)
    log = (tmp_path / "agent.log").read_text()
    assert done.returncode == 0, (done.stdout, done.stderr, log)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["10.11.12.13", "redis.service.consul"] in lines, done.stdout
    assert any("www.example.internal" in line for line in lines), done.stdout
