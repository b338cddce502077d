# SPDX-License-Identifier: Apache-2.0
"""What an agent keeps on disk of its own services and checks is what it has, after changes of every kind and on a full disk."""
import pathlib
import shutil

import pytest
from conftest import eventually
from test_durability import can_mount, kill, server

TTL = {"TTL": "10m", "Status": "passing"}


def register(agent, body, query=""):
    status, _, text = agent.http("PUT", f"/v1/agent/service/register{query}", body)
    assert status == 200, text


def deregister(agent, what):
    assert agent.http("PUT", f"/v1/agent/{what}")[0] == 200


def holds(agent):
    """The agent's services with their ports and its checks with their statuses; the catalog has the same."""
    services = {id: row["Port"] for id, row in agent.http("GET", "/v1/agent/services")[2].items()}
    checks = {id: row["Status"] for id, row in agent.http("GET", "/v1/agent/checks")[2].items()}
    node = agent.http("GET", "/v1/agent/self")[2]["Config"]["NodeName"]
    told = agent.http("GET", f"/v1/catalog/node/{node}")[2]["Services"]
    assert {id: row["Port"] for id, row in told.items() if id != "consul"} == services
    told = {row["CheckID"] for row in agent.http("GET", f"/v1/health/node/{node}")[2]}
    assert told - {"serfHealth"} == set(checks)
    return services, checks


def test_what_was_changed_and_removed_stays_so_over_a_restart(start, tmp_path):
    agent = server(start, tmp_path)
    register(agent, {"ID": "web1", "Name": "web", "Port": 80, "Checks": [
        {"CheckID": "a", **TTL}, {"CheckID": "b", "TTL": "10m"}]})
    deregister(agent, "check/deregister/b")
    register(agent, {"ID": "r1", "Name": "r", "Port": 90, "Checks": [{"CheckID": "r1a", **TTL}, {"CheckID": "r1b", "TTL": "10m"}]})
    register(agent, {"ID": "r1", "Name": "r", "Port": 90, "Check": {"CheckID": "r1c", **TTL}}, "?replace-existing-checks=true")
    # Sidecars: one that stays alone, one that goes alone, one that moves.
    register(agent, {"ID": "s1", "Name": "s", "Port": 1, "Connect": {"SidecarService": {}}})
    register(agent, {"ID": "s1", "Name": "s", "Port": 2})
    register(agent, {"ID": "s2", "Name": "s", "Port": 3, "Connect": {"SidecarService": {}}})
    deregister(agent, "service/deregister/s2-sidecar-proxy")
    for port in (9999, 9998):
        sidecar = {"Port": port, "Check": {"CheckID": f"s3-{port}", **TTL}}
        register(agent, {"ID": "s3", "Name": "s", "Port": 4, "Connect": {"SidecarService": sidecar}},
                 "?replace-existing-checks=true")
    services, checks = holds(agent)
    assert services == {"web1": 80, "r1": 90, "s1": 2, "s1-sidecar-proxy": 21000, "s2": 3, "s3": 4, "s3-sidecar-proxy": 9998}
    own = {"a": "passing", "r1c": "passing", "s3-9998": "passing"}
    assert set(checks) == {*own, "service:s1-sidecar-proxy:1", "service:s1-sidecar-proxy:2"}
    kill(agent)
    agent = server(start, tmp_path)
    assert "not taken up" not in agent.text()
    again, checks_again = holds(agent)
    assert again == services and set(checks_again) == set(checks)
    assert {id: checks_again[id] for id in own} == own
    assert agent.short("web.service.consul") == ["127.0.0.1"]
    # A sidecar goes with its service after a restart, too.
    deregister(agent, "service/deregister/s1")
    assert "s1-sidecar-proxy" not in holds(agent)[0]
    agent.stop()


@pytest.mark.skipif(not shutil.which("unshare") or not can_mount(), reason="no mount namespace of our own")
def test_on_a_full_disk_nothing_is_registered_and_everything_deregistered(start, tmp_path):
    directory = tmp_path / "small"
    directory.mkdir()
    mount = f'mount -t tmpfs -o size=160m tmpfs {directory} && exec "$@"'
    agent = server(start, directory, prefix=("unshare", "-rm", "sh", "-c", mount, "--"))
    inside = pathlib.Path(f"/proc/{agent.process.pid}/root{directory}")
    # The log's next segment is made beside all else: on a disk without room for it, it would take what is left, and give it back.
    following = next(inside.glob("**/raft/log")) / "segment.next"
    assert eventually(lambda: following.exists() and following.stat().st_blocks * 512 >= 64 << 20), sorted(inside.glob("**/raft/log/*"))
    register(agent, {"Name": "web", "Port": 80, "Checks": [{"CheckID": "a", **TTL}, {"CheckID": "b", **TTL}]})
    register(agent, {"Name": "db", "Port": 81})
    with pytest.raises(OSError), open(inside / "filler", "wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    before, files = holds(agent), sorted(inside.glob("services/*")) + sorted(inside.glob("checks/*"))
    for path, body in (
        ("service/register", {"Name": "web2", "Port": 80}),
        ("service/register?replace-existing-checks", {"Name": "web", "Port": 82, "Check": {"CheckID": "c", **TTL}}),
        ("check/register", {"Name": "c", **TTL}),
        ("service/maintenance/web?enable=true", None),
        ("maintenance?enable=true", None),
    ):
        status, _, text = agent.http("PUT", f"/v1/agent/{path}", body)
        assert status == 503 and "no space is left" in text, (path, status, text)
        assert holds(agent) == before, path
    assert sorted(inside.glob("services/*")) + sorted(inside.glob("checks/*")) == files
    deregister(agent, "check/deregister/b")
    deregister(agent, "service/deregister/db")
    assert holds(agent) == ({"web": 80}, {"a": "passing"})
    assert len(list(inside.glob("services/*"))) == 1 and len(list(inside.glob("checks/*.definition"))) == 1
    agent.stop()
