# SPDX-License-Identifier: Apache-2.0
"""What a server keeps in data_dir: kill -9 at any moment, torn and rotten files, a full disk, two agents at once.

WAYPOST_KILLS is the number of kills (20; 500 before a release).
"""
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import threading
import time

import pytest

from conftest import BINARY, Agent, eventually, run

KILLS = int(os.environ.get("WAYPOST_KILLS", "20"))
SERVER = ("-server", "-bootstrap", "-bind", "127.0.0.1")


def server(start, directory, *flags, **options) -> Agent:
    return start(*SERVER, "-data-dir", directory, *flags, dev=False, **options)


def refused(directory, *flags) -> str:
    """What an agent says that does not start."""
    done = run(BINARY, "agent", *SERVER, "-data-dir", directory, "-dns-port", "-1", "-http-port", "-1", *flags)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


def kill(agent):
    agent.process.kill()
    agent.process.wait()
    agent.log.close()


def register(agent, node, service="web", id="web", port=80):
    status, _, body = agent.http(
        "PUT", "/v1/catalog/register",
        {"Node": node, "Address": "10.0.0.1", "Service": {"ID": id, "Service": service, "Port": port}},
    )
    assert status == 200, body


def segments(directory):
    return sorted((pathlib.Path(directory) / "raft/log").glob("*.log"))


def test_a_server_keeps_its_state(start, tmp_path):
    agent = server(start, tmp_path)
    assert "lost" not in agent.text()
    register(agent, "db1", port=5432)
    assert agent.short("web.service.consul") == ["10.0.0.1"]
    index = agent.http("GET", "/v1/catalog/nodes")[1]["X-Consul-Index"]
    kill(agent)
    agent = server(start, tmp_path)
    assert agent.short("web.service.consul") == ["10.0.0.1"]
    assert int(agent.http("GET", "/v1/catalog/nodes")[1]["X-Consul-Index"]) >= int(index)
    assert agent.stop() == 1  # SIGTERM without leave_on_terminate, as in Consul
    agent = server(start, tmp_path)
    assert "5432" in agent.dig("web.service.consul", "SRV")
    assert agent.http("PUT", "/v1/catalog/deregister", {"Node": "db1"})[0] == 200
    kill(agent)
    assert server(start, tmp_path).short("web.service.consul") == []


def test_entries_of_the_configuration_are_there_from_the_start(start, tmp_path):
    file, data = tmp_path / "first.hcl", tmp_path / "data"
    file.write_text("""
        config_entries { bootstrap { kind = "service-defaults" name = "web" protocol = "http" } }
        raft_snapshot_threshold = 2  raft_snapshot_interval = "5ms"
        disable_coordinates = true  discovery_max_stale = "1s"  translate_wan_addrs = true
        acl { default_policy = "deny" }  unix_sockets { mode = "0600" }
    """)
    agent = server(start, data, "-config-file", file)
    status, headers, entry = agent.http("GET", "/v1/config/service-defaults/web")
    assert status == 200 and entry["Protocol"] == "http"
    assert headers["X-Consul-Default-Acl-Policy"] == "deny" and headers["X-Consul-Translate-Addresses"] == "true"
    assert agent.http("GET", "/v1/catalog/nodes")[1]["X-Consul-Effective-Consistency"] == "stale"
    assert agent.http("GET", "/v1/coordinate/nodes")[0] == 401
    # Of all these keys one warns: nobody is kept out.
    lines = [line for line in agent.text().splitlines() if "has no effect" in line]
    assert len(lines) == 1 and "acl.default_policy" in lines[0], lines
    # Two entries of the log make a snapshot due.
    assert eventually(lambda: list((data / "raft/snapshots").glob("*.snapshot")))
    assert agent.http("PUT", "/v1/config", {"Kind": "service-defaults", "Name": "web", "Protocol": "grpc"})[0] == 200
    kill(agent)
    agent = server(start, data, "-config-file", file)
    assert agent.http("GET", "/v1/config/service-defaults/web")[2]["Protocol"] == "grpc"
    wrong = 'config_entries { bootstrap {\n kind = "service-resolver" name = "web" redirect {} } }'
    file.write_text(f'{wrong} bind_addr = "127.0.0.1" data_dir = "{data}"')
    place = f"{file}:1:28: config_entries.bootstrap[0]: Redirect is empty"
    assert agent.stop() == 1
    assert place in refused(data, "-config-file", file)
    validated = run(BINARY, "validate", file)
    assert validated.returncode == 1 and place in validated.stdout + validated.stderr


def test_registrations_of_this_agent_come_back(start, tmp_path):
    agent = server(start, tmp_path)
    web = {"Name": "web", "ID": "web1", "Port": 80, "Check": {"TTL": "1h", "Status": "passing"}}
    assert agent.http("PUT", "/v1/agent/service/register", web)[0] == 200
    assert agent.http("PUT", "/v1/agent/service/register", {"Name": "gone", "Port": 81})[0] == 200
    assert agent.http("PUT", "/v1/agent/service/deregister/gone")[0] == 200
    assert agent.short("web.service.consul") == ["127.0.0.1"]
    for _ in range(2):
        kill(agent)
        agent = server(start, tmp_path)
        assert agent.short("web.service.consul") == ["127.0.0.1"]
        assert list(agent.http("GET", "/v1/agent/services")[2]) == ["web1"]
        # The status of the check too: nothing leaves the answers because of a restart.
        assert [check["Status"] for check in agent.http("GET", "/v1/agent/checks")[2].values()] == ["passing"]
    assert agent.http("PUT", "/v1/agent/service/deregister/web1")[0] == 200
    kill(agent)
    agent = server(start, tmp_path)
    assert agent.short("web.service.consul") == []
    assert agent.http("GET", "/v1/agent/services")[2] == {}


def test_maintenance_and_what_ttl_checks_were_told_survive_kill_9(start, tmp_path):
    agent = server(start, tmp_path)
    for name, ttl in (("kept", "1h"), ("late", "2s"), ("held", "1h")):
        body = {"Name": name, "Port": 80, "Check": {"TTL": ttl}}
        assert agent.http("PUT", "/v1/agent/service/register", body)[0] == 200
        assert agent.http("PUT", f"/v1/agent/check/pass/service:{name}?note=hello%20{name}")[0] == 200
    assert agent.http("PUT", "/v1/agent/service/maintenance/held?enable=true&reason=disk")[0] == 200
    assert [agent.short(f"{name}.service.consul") for name in ("kept", "late", "held")] == [["127.0.0.1"], ["127.0.0.1"], []]
    kill(agent)
    # Damaged files are told and end nothing.
    (tmp_path / "checks/state/0.state").write_bytes(b"\0" * 100)
    time.sleep(2.1)
    agent = server(start, tmp_path)
    assert "0.state: damaged" in agent.text()
    checks = agent.http("GET", "/v1/agent/checks")[2]
    assert {name: (check["Status"], check["Output"], check["Notes"]) for name, check in checks.items()} == {
        "service:kept": ("passing", "hello kept", ""), "service:late": ("critical", "", ""),
        "service:held": ("passing", "hello held", ""), "_service_maintenance:held": ("critical", "", "disk"),
    }
    assert [agent.short(f"{name}.service.consul") for name in ("kept", "late", "held")] == [["127.0.0.1"], [], []]
    assert agent.http("PUT", "/v1/agent/service/maintenance/held?enable=false")[0] == 200
    assert agent.http("PUT", "/v1/agent/maintenance?enable=true&reason=kernel")[0] == 200
    kill(agent)
    agent = server(start, tmp_path)
    assert agent.http("GET", "/v1/agent/checks")[2]["_node_maintenance"]["Notes"] == "kernel"
    assert agent.short("held.service.consul") == []
    assert agent.http("PUT", "/v1/agent/maintenance?enable=false")[0] == 200
    assert agent.short("held.service.consul") == ["127.0.0.1"]
    assert not list((tmp_path / "checks").glob("*.maintenance"))


def test_keys_locks_and_lock_delays_come_back(start, tmp_path):
    agent = server(start, tmp_path)

    def session():
        return agent.http("PUT", "/v1/session/create", {"LockDelay": "60s"})[2]["ID"]

    one = session()
    assert agent.http("PUT", f"/v1/kv/held?acquire={one}", {"n": 1})[2] is True
    lost = session()
    assert agent.http("PUT", f"/v1/kv/lost?acquire={lost}", {"n": 2})[2] is True
    assert agent.http("PUT", f"/v1/session/destroy/{lost}")[2] is True
    before = agent.http("GET", "/v1/kv/?recurse")[2]
    kill(agent)
    agent = server(start, tmp_path)
    assert agent.http("GET", "/v1/kv/?recurse")[2] == before
    assert [row["ID"] for row in agent.http("GET", "/v1/session/list")[2]] == [one]
    other = session()
    assert agent.http("PUT", f"/v1/kv/held?acquire={other}", {"n": 3})[2] is False
    assert agent.http("PUT", f"/v1/kv/lost?acquire={other}", {"n": 3})[2] is False
    assert agent.http("PUT", f"/v1/kv/held?release={one}", {"n": 4})[2] is True
    assert agent.http("PUT", f"/v1/kv/held?acquire={other}", {"n": 5})[2] is True


class Writer(threading.Thread):
    """Writes until the server is gone; knows what was acknowledged and what was tried last."""

    def __init__(self, port, number, state):
        super().__init__(daemon=True)
        self.port, self.number, self.state = port, number, state

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        mine = self.state[self.number]
        try:
            while True:
                value = mine["tried"] + 1
                mine["tried"] = value
                body = {"Node": f"w{self.number}", "Address": "10.0.0.1",
                        "Service": {"ID": "counter", "Service": "counter", "Port": value}}
                if value % 5 == 0:
                    body["Service"] = {"ID": f"{self.number}-{value}", "Service": "all", "Port": value}
                connection.request("PUT", "/v1/catalog/register", json.dumps(body))
                reply = connection.getresponse()
                if reply.status != 200:
                    return
                reply.read()
                if value % 5 == 0:
                    mine["all"].add(f"{self.number}-{value}")
                else:
                    mine["counter"] = value
        except (OSError, http.client.HTTPException):
            return


@pytest.mark.slow
def test_no_acknowledged_write_is_lost_by_kill_9(start, tmp_path):
    chance = random.Random(20261129)
    state = [{"tried": 0, "counter": 0, "all": set()} for _ in range(8)]
    for _ in range(KILLS):
        agent = server(start, tmp_path)
        check(agent, state)
        writers = [Writer(agent.http_port, number, state) for number in range(len(state))]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.02, 0.4))
        kill(agent)
        for writer in writers:
            writer.join(15)
            assert not writer.is_alive()
        agent.output.unlink()
    agent = server(start, tmp_path)
    check(agent, state)
    assert sum(len(mine["all"]) for mine in state) > KILLS
    print(f"{KILLS} kills, {sum(mine['tried'] for mine in state)} writes")


def check(agent, state):
    """Every acknowledged write is there, and nothing that was never asked for."""
    rows = agent.http("GET", "/v1/catalog/service/counter")[2]
    found = {row["Node"]: row["ServicePort"] for row in rows}
    unique = {row["ServiceID"] for row in agent.http("GET", "/v1/catalog/service/all", timeout=60)[2]}
    for number, mine in enumerate(state):
        value = found.get(f"w{number}", 0)
        assert mine["counter"] <= value <= mine["tried"], (number, value, mine["counter"], mine["tried"])
        missing = mine["all"] - unique
        assert not missing, (number, missing)


def test_a_second_agent_is_refused_and_told_who_holds_the_directory(start, tmp_path):
    agent = server(start, tmp_path)
    text = refused(tmp_path)
    assert f"process {agent.process.pid}" in text and "data_dir" in text, text
    agent.stop()
    server(start, tmp_path)


def test_a_directory_that_cannot_be_used_is_named(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert "is not a directory" in refused(file)
    if os.getuid() != 0:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o500)
        text = refused(closed)
        assert str(closed) in text and "Permission denied" in text, text


def test_a_torn_tail_is_cut_off(start, tmp_path):
    agent = server(start, tmp_path)
    register(agent, "db1")
    kill(agent)
    last = segments(tmp_path)[-1]
    octets = bytearray(last.read_bytes())
    end = (len(octets.rstrip(b"\0")) + 4095) // 4096 * 4096
    octets[end:end + 5000] = random.Random(1).randbytes(5000)
    last.write_bytes(octets)
    agent = server(start, tmp_path)
    assert "cut off" in agent.text()
    assert agent.short("web.service.consul") == ["10.0.0.1"]


def test_rot_is_refused_with_file_and_place(start, tmp_path):
    agent = server(start, tmp_path)
    register(agent, "db1")
    kill(agent)
    first = segments(tmp_path)[0]
    octets = bytearray(first.read_bytes())
    octets[4096 + 100] ^= 1
    first.write_bytes(octets)
    text = refused(tmp_path)
    assert f"{first}, octet 4096" in text and "backup" in text, text


def can_mount() -> bool:
    done = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True)
    return done.returncode == 0


@pytest.mark.skipif(not shutil.which("unshare") or not can_mount(), reason="no mount namespace of our own")
@pytest.mark.slow
def test_a_full_disk_refuses_writes_and_goes_on_answering(start, tmp_path):
    directory = tmp_path / "small"
    directory.mkdir()
    # Room for one segment and part of the next.
    mount = f'mount -t tmpfs -o size=100m tmpfs {directory} && {{ "$@"; exec "$@"; }}'
    agent = server(start, directory, prefix=("unshare", "-rm", "sh", "-c", mount, "--"))
    register(agent, "db1")
    padding = "x" * 400_000
    status = 200
    for number in range(400):
        body = {"Node": "big", "Address": "10.0.0.2", "Service":
                {"ID": "big", "Service": "big", "Meta": {"v": str(number)}, "Tags": [padding]}}
        status, _, text = agent.http("PUT", "/v1/catalog/register", body)
        if status != 200:
            break
    assert status == 503 and "No space is left" in text, (status, text)
    assert agent.short("web.service.consul") == ["10.0.0.1"]
    assert eventually(lambda: "no space is left" in agent.text())
    assert agent.http("GET", "/v1/catalog/nodes")[0] == 200
    # Nor does a restart end that, though the agent cannot register itself.
    for size in (40_000, 4_000, 400, 1):
        while agent.http("PUT", "/v1/kv/filler", b"x" * size)[0] == 200:
            pass
    children = pathlib.Path(f"/proc/{agent.process.pid}/task/{agent.process.pid}/children")
    os.kill(int(children.read_text()), signal.SIGKILL)
    assert eventually(lambda: agent.text().count("Ready in") == 2, seconds=20), agent.text()
    assert agent.short("web.service.consul") == ["10.0.0.1"]
    assert "not registered yet" in agent.text()
    assert agent.http("PUT", "/v1/kv/a", padding.encode())[0] == 503
    agent.stop()


def test_what_is_refused_does_not_keep_the_agent_from_starting(start, tmp_path):
    directory = tmp_path / "data"
    agent = server(start, directory)
    name = "x" * 1017
    for body in ({"Name": name, "Check": {"TTL": "10s"}},
                 {"Name": name[:1010], "Connect": {"SidecarService": {}}}):
        status, _, text = agent.http("PUT", "/v1/agent/service/register", body)
        assert status == 400 and "at most 1024 are allowed" in text, (status, text)
    assert agent.http("GET", "/v1/agent/services")[2] == {}
    tags = [f"t{number:07}" for number in range(80_000)]
    body = {"Name": "bigs", "Port": 1, "Tags": tags, "Connect": {"SidecarService": {}}}
    assert agent.http("PUT", "/v1/agent/service/register", body)[0] == 200
    # Many checks with long outputs are more than one entry of the log may have.
    checks = [{"CheckID": f"c{number}", "TTL": "1h"} for number in range(300)]
    service = {"Name": "many", "Port": 1, "Checks": checks}
    assert agent.http("PUT", "/v1/agent/service/register", service)[0] == 200
    for number in range(300):
        update = {"Status": "passing", "Output": "x" * 4000}
        assert agent.http("PUT", f"/v1/agent/check/update/c{number}", update)[0] == 200
    assert agent.http("PUT", "/v1/agent/service/register", {**service, "Port": 2})[0] == 200
    assert agent.http("PUT", "/v1/catalog/deregister", {"Node": "n1", "ServiceID": "many"})[0] == 200
    agent.stop(signal.SIGKILL)
    agent = server(start, directory)
    assert len(agent.http("GET", "/v1/catalog/service/bigs-sidecar-proxy")[2]) == 1
    [found] = agent.http("GET", "/v1/health/service/many?passing")[2]
    assert found["Service"]["Port"] == 2 and len(found["Checks"]) == 301


def test_another_server_of_the_same_name_takes_over(start, tmp_path):
    """A state directory, or a snapshot, that goes to another machine: another node ID under the same name."""
    directory = tmp_path / "data"
    agent = server(start, directory, "-node", "n1")
    register(agent, "db1")
    archive = tmp_path / "a.snap"
    assert agent.cli("snapshot", "save", archive).returncode == 0
    agent.stop()
    (directory / "node-id").unlink()
    agent = server(start, directory, "-node", "n1")
    assert agent.short("consul.service.consul") == ["127.0.0.1"]
    identity = agent.http("GET", "/v1/agent/self")[2]["Config"]["NodeID"]
    assert agent.http("GET", "/v1/catalog/node/n1")[2]["Node"]["ID"] == identity
    agent.stop()
    other = server(start, tmp_path / "other", "-node", "n1")
    assert other.http("PUT", "/v1/agent/service/register", {"Name": "own", "Port": 1})[0] == 200
    assert other.cli("snapshot", "restore", archive).returncode == 0
    assert eventually(lambda: other.short("own.service.consul") == ["127.0.0.1"])
    identity = other.http("GET", "/v1/agent/self")[2]["Config"]["NodeID"]
    assert eventually(lambda: other.http("GET", "/v1/catalog/node/n1")[2]["Node"]["ID"] == identity)
    other.stop(signal.SIGKILL)
    other = server(start, tmp_path / "other", "-node", "n1")
    assert other.short("own.service.consul") == ["127.0.0.1"]
