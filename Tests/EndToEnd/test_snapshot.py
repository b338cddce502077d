# SPDX-License-Identifier: Apache-2.0
"""Archives of the state: saved, restored, refused; what was restored survives kill -9."""
import gzip
import hashlib
import io
import json
import os
import socket
import subprocess
import tarfile
import threading
import urllib.request
import zlib

from conftest import BINARY, eventually
from test_durability import kill, register, server


def fetch(agent, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{agent.http_port}{path}", timeout=20) as reply:
        return reply.headers, reply.read()


def described(agent):
    """What the API and DNS say: the bodies, without what a restore is not to bring back."""
    paths = ["/v1/catalog/nodes", "/v1/catalog/services", "/v1/catalog/service/web", "/v1/health/state/any",
             "/v1/kv/?recurse", "/v1/session/list", "/v1/query", "/v1/config/service-defaults"]
    found = {path: agent.http("GET", path)[2] for path in paths}
    for name, kind in [("web.service.consul", "A"), ("web.service.consul", "SRV"), ("db1.node.consul", "A"),
                       ("late.service.consul", "A"), ("best.query.consul", "A"), ("1.0.0.10.in-addr.arpa", "PTR")]:
        found[f"{name} {kind}"] = agent.short(name, kind)
    return found


def fill(agent):
    for number in range(1, 4):
        body = {"Node": f"db{number}", "Address": f"10.0.0.{number}",
                "Service": {"ID": "web", "Service": "web", "Port": 80 + number, "Tags": ["a"]},
                "Check": {"CheckID": "c", "Name": "c", "Status": "passing", "ServiceID": "web"}}
        assert agent.http("PUT", "/v1/catalog/register", body)[0] == 200
    session = agent.http("PUT", "/v1/session/create", {"TTL": "1h", "Node": "db1", "Checks": []})[2]["ID"]
    assert agent.http("PUT", f"/v1/kv/lock?acquire={session}", {"n": 1})[2] is True
    for number in range(50):
        assert agent.http("PUT", f"/v1/kv/app/{number}?flags={number}", b"x" * 1000)[2] is True
    assert agent.http("PUT", "/v1/kv/gone", b"x")[2] is True
    assert agent.http("DELETE", "/v1/kv/gone")[2] is True
    assert agent.http("POST", "/v1/query", {"Name": "best", "Service": {"Service": "web"}})[0] == 200
    assert agent.http("PUT", "/v1/config", {"Kind": "service-defaults", "Name": "web", "Protocol": "http"})[0] == 200


def change(agent):
    register(agent, "db9", service="late", id="late")
    assert agent.http("PUT", "/v1/catalog/deregister", {"Node": "db1"})[0] == 200
    assert agent.http("DELETE", "/v1/kv/app/?recurse")[2] is True
    assert agent.http("PUT", "/v1/kv/new", b"y")[2] is True
    query = agent.http("GET", "/v1/query")[2][0]["ID"]
    assert agent.http("DELETE", f"/v1/query/{query}")[0] == 200


def test_what_was_saved_comes_back_after_kill_9(start, tmp_path):
    directory, file = tmp_path / "data", tmp_path / "backup.snap"
    directory.mkdir()
    agent = server(start, directory)
    fill(agent)
    done = agent.cli("snapshot", "save", file)
    index = int(fetch(agent, "/v1/snapshot")[0]["X-Consul-Index"])
    assert (done.returncode, done.stdout) == (0, f"Saved and verified snapshot to index {index}\n"), done.stderr
    assert done.stderr == "" and sorted(path.name for path in tmp_path.glob("backup*")) == ["backup.snap"]
    before = described(agent)
    assert before["web.service.consul A"] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    change(agent)
    changed = described(agent)
    assert changed["late.service.consul A"] == ["10.0.0.1"] and changed["web.service.consul A"] != before["web.service.consul A"]
    kill(agent)
    agent = server(start, directory)
    assert described(agent) == changed

    last = int(agent.http("GET", "/v1/kv/new")[1]["X-Consul-Index"])
    done = agent.cli("snapshot", "restore", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Restored snapshot\n", "")
    kill(agent)
    agent = server(start, directory)
    assert described(agent) == before
    headers = agent.http("GET", "/v1/kv/app/1")[1]
    assert int(headers["X-Consul-Index"]) > last, "no index goes back"

    # The log goes on from there, once more over a kill.
    register(agent, "db7", service="late", id="late")
    kill(agent)
    agent = server(start, directory)
    assert agent.short("late.service.consul") == ["10.0.0.1"]
    rows = {row["Key"]: row for row in before["/v1/kv/?recurse"]}
    assert agent.http("GET", "/v1/kv/app/1")[2] == [rows["app/1"]]


def test_blocking_queries_end_with_a_restore(start, tmp_path):
    agent = start()
    assert agent.http("PUT", "/v1/kv/a", b"1")[2] is True
    archive = fetch(agent, "/v1/snapshot")[1]
    for number in range(5):
        assert agent.http("PUT", "/v1/kv/b", str(number).encode())[2] is True
    last = int(agent.http("GET", "/v1/kv/b")[1]["X-Consul-Index"])
    replies = {}

    def wait(path):
        replies[path] = agent.http("GET", f"{path}?index={last}&wait=50s", timeout=60)

    waits = [threading.Thread(target=wait, args=(path,)) for path in ("/v1/kv/a", "/v1/kv/b", "/v1/kv/none")]
    for thread in waits:
        thread.start()
    # One that ends by itself shows that the others have had the time to begin.
    agent.http("GET", f"/v1/kv/a?index={last}&wait=1s")
    assert not replies
    status, headers, _ = agent.http("PUT", "/v1/snapshot", archive)
    assert status == 200
    for thread in waits:
        thread.join(20)
    assert {path: reply[0] for path, reply in replies.items()} == \
        {"/v1/kv/a": 200, "/v1/kv/b": 404, "/v1/kv/none": 404}
    assert all(int(reply[1]["X-Consul-Index"]) >= int(headers["X-Consul-Index"]) > last for reply in replies.values())


def test_the_archive_is_consuls_for_other_programs(start, tmp_path):
    agent = start()
    fill(agent)
    headers, octets = fetch(agent, "/v1/snapshot?stale")
    assert headers["Content-Type"] == "application/x-gzip"
    with tarfile.open(fileobj=io.BytesIO(octets), mode="r:gz") as archive:
        assert archive.getnames() == ["meta.json", "state.bin", "SHA256SUMS"]
        files = {name: archive.extractfile(name).read() for name in archive.getnames()}
    meta = json.loads(files["meta.json"])
    assert meta["Version"] == 1 and meta["Index"] == int(headers["X-Consul-Index"])
    assert meta["Size"] == len(files["state.bin"])
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in ("meta.json", "state.bin"))
    assert files["SHA256SUMS"].decode() == sums

    # What Python packs anew, in its own way, is taken.
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    before = described(agent)
    change(agent)
    assert agent.http("PUT", "/v1/snapshot", gzip.compress(output.getvalue()))[0] == 200
    assert described(agent) == before


def rotten(archive) -> bytes:
    """The archive with one bit changed near its middle. A few of its bits say nothing: a run of zeros is the same from further away."""
    for place in range(len(archive) // 2, len(archive) - 8):
        flipped = bytearray(archive)
        flipped[place] ^= 1
        try:
            gzip.decompress(flipped)
        except (OSError, EOFError, zlib.error):
            return bytes(flipped)
    raise AssertionError("no bit of this archive matters")


def test_garbage_is_refused_and_nothing_changes(start, tmp_path):
    directory = tmp_path / "data"
    directory.mkdir()
    agent = server(start, directory)
    fill(agent)
    archive = fetch(agent, "/v1/snapshot")[1]
    before = described(agent)
    flipped = rotten(archive)
    for octets, words in [(b"garbage", "failed to decompress snapshot: "), (b"", "failed to decompress snapshot: EOF"),
                          (archive[:-20], "failed to read snapshot file: "), (flipped, "failed to read"),
                          (gzip.compress(b"x" * 5_000_000), "failed to read snapshot file: ")]:
        status, _, text = agent.http("PUT", "/v1/snapshot", octets)
        assert status == 500 and text.startswith(words), (status, text)
        file = tmp_path / "broken.snap"
        file.write_bytes(octets)
        done = agent.cli("snapshot", "restore", file)
        assert done.returncode == 1 and done.stderr.startswith("Error restoring snapshot: Unexpected response code: 500 (failed to"), done.stderr
        done = agent.cli("snapshot", "inspect", file)
        assert done.returncode == 1 and done.stderr.startswith("Error reading snapshot: failed to"), done.stderr
    assert described(agent) == before
    kill(agent)
    agent = server(start, directory)
    assert described(agent) == before
    done = agent.cli("snapshot", "save", tmp_path / "none" / "f")
    assert done.returncode == 1 and "no such file or directory" in done.stderr
    kill(agent)
    done = agent.cli("snapshot", "save", tmp_path / "f")
    assert done.returncode == 1 and "connection refused" in done.stderr
    assert not list(tmp_path.glob("f*"))


def test_an_archive_goes_to_another_server(start, tmp_path):
    first = start()
    fill(first)
    archive = tmp_path / "f"
    assert first.cli("snapshot", "save", archive).returncode == 0
    before = described(first)
    second = start("-node", "other")
    status, headers, _ = second.http("PUT", "/v1/snapshot", archive.read_bytes())
    assert status == 200
    after = described(second)
    # Its own node stands beside what came.
    assert {node["Node"] for node in after["/v1/catalog/nodes"]} - {node["Node"] for node in before["/v1/catalog/nodes"]} == {"other"}
    for path, value in before.items():
        if path not in ("/v1/catalog/nodes", "/v1/catalog/services", "/v1/health/state/any"):
            assert after[path] == value, path
    # And is a server as before: sessions need its check.
    assert eventually(lambda: second.http("PUT", "/v1/session/create", b"{}")[0] == 200, 5)
    nodes = {row["Node"] for row in second.http("GET", "/v1/catalog/service/consul")[2]}
    assert "other" in nodes
    text = second.cli("snapshot", "inspect", "-kvdetails", archive).stdout
    assert " Key Name" in text and " app/0 " in text and " Session " in text, text


def decoded(text) -> dict:
    """The records of a decoded snapshot by their kind; each line is one object."""
    assert text.endswith("\n")
    records = {}
    for line in text.splitlines():
        record = json.loads(line)
        assert sorted(record) == ["Data", "Type"]
        records.setdefault(record["Type"], []).append(record["Data"])
    return records


def test_a_decoded_snapshot_says_what_the_api_says(start, tmp_path):
    agent = start()
    fill(agent)
    assert agent.http("PUT", "/v1/coordinate/update", {"Node": "db1", "Coord": {
        "Vec": [0.1] * 8, "Error": 1.5, "Adjustment": 0, "Height": 0.00001}})[0] == 200
    configuration = agent.http("GET", "/v1/operator/autopilot/configuration")[2]
    assert agent.http("PUT", "/v1/operator/autopilot/configuration", configuration | {"MinQuorum": 3})[2] is True
    # Coordinates are written in batches.
    assert eventually(lambda: len(agent.http("GET", "/v1/coordinate/nodes")[2]) == 1, 20)
    file = tmp_path / "f"
    assert agent.cli("snapshot", "save", file).returncode == 0
    done = agent.cli("snapshot", "decode", file)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout.startswith('{"Type":"SnapshotHeader","Data":{"Version":1,')
    records = decoded(done.stdout)
    with tarfile.open(file) as archive:
        meta = json.load(archive.extractfile("meta.json"))
    assert records["SnapshotHeader"] == [{key: meta[key] for key in ("Version", "ID", "Index", "Term", "Size")}]
    assert records["State"][0]["LastIndex"] == meta["Index"]
    for kind, path in [("KVS", "/v1/kv/?recurse"), ("Session", "/v1/session/list"), ("PreparedQuery", "/v1/query"),
                       ("ConfigEntry", "/v1/config/service-defaults"), ("CoordinateBatchUpdate", "/v1/coordinate/nodes")]:
        assert records[kind] == agent.http("GET", path)[2] != [], kind
    assert records["Autopilot"] == [agent.http("GET", "/v1/operator/autopilot/configuration")[2]]
    assert [stone["Key"] for stone in records["Tombstone"]] == ["gone"]
    assert {row["Service"]: row["IP"] for row in records["ServiceVirtualIP"]}["web"].startswith("240.")

    nodes = [row for row in records["Register"] if not row["Service"] and not row["Check"]]
    renamed = [{key: row["NodeMeta" if key == "Meta" else key] for key in ("ID", "Node", "Address", "TaggedAddresses", "Meta",
                                                                           "CreateIndex", "ModifyIndex")} for row in nodes]
    expected = agent.http("GET", "/v1/catalog/nodes")[2]
    assert renamed == [{key: value for key, value in row.items() if key != "Datacenter"} for row in expected]
    for node in expected:
        services = agent.http("GET", f"/v1/catalog/node/{node['Node']}")[2]["Services"]
        assert {row["Service"]["ID"]: row["Service"] for row in records["Register"]
                if row["Node"] == node["Node"] and row["Service"]} == services
    checks = agent.http("GET", "/v1/health/state/any")[2]
    assert sorted((row["Check"] for row in records["Register"] if row["Check"]), key=lambda check: (check["Node"], check["CheckID"])) \
        == sorted(checks, key=lambda check: (check["Node"], check["CheckID"]))

    # The same from a pipe, and without an agent; a reader that leaves ends it.
    command = [BINARY, "snapshot", "decode"]
    with file.open("rb") as stream:
        for name in ("-", "/dev/stdin"):
            stream.seek(0)
            piped = subprocess.run([*command, name], stdin=stream, capture_output=True, text=True, timeout=20)
            assert (piped.returncode, piped.stdout, piped.stderr) == (0, done.stdout, "")
    cat = subprocess.run(["sh", "-c", 'cat "$0" | "$1" snapshot decode -', file, BINARY], capture_output=True, text=True, timeout=20)
    assert (cat.returncode, cat.stdout) == (0, done.stdout)
    left = subprocess.run(["sh", "-c", '"$0" snapshot decode "$1" | head -n 1', BINARY, file], capture_output=True, text=True, timeout=20)
    assert left.stdout == done.stdout.splitlines(keepends=True)[0] and left.stderr == ""
    full = subprocess.run(["sh", "-c", '"$0" snapshot decode "$1" > /dev/full', BINARY, file], capture_output=True, text=True, timeout=20)
    assert full.returncode == 1 and "no space left on device" in full.stderr

    broken = tmp_path / "broken"
    broken.write_bytes(rotten(file.read_bytes()))
    done = agent.cli("snapshot", "decode", broken)
    assert done.returncode == 1 and done.stderr.startswith("Error reading snapshot: failed to"), done.stderr
    assert " of the file" in done.stderr and (not done.stdout or decoded(done.stdout))


def test_a_client_that_leaves_in_the_middle_harms_nobody(start, tmp_path):
    agent = start()
    for number in range(60):
        assert agent.http("PUT", f"/v1/kv/big/{number}", os.urandom(500_000))[2] is True
    begun = 0
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", agent.http_port), timeout=20) as connection:
            connection.sendall(b"GET /v1/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = connection.recv(1000)
            # Until the agent sees that those before have left, there may be too many.
            assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 503")), head
            begun += head.startswith(b"HTTP/1.1 200")
    assert begun >= 2
    # Both places for saves are free again, and what is sent in the end is whole.
    assert eventually(lambda: agent.cli("snapshot", "save", tmp_path / "f").returncode == 0, 20)
    archive = (tmp_path / "f").read_bytes()
    assert len(archive) > 20_000_000
    # An archive that breaks off is not restored.
    head = f"PUT /v1/snapshot HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(archive)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", agent.http_port), timeout=20) as connection:
        connection.sendall(head + archive[:10_000_000])
    assert agent.http("DELETE", "/v1/kv/big/?recurse")[2] is True
    # Until the agent sees that the other one has left, it says that a restore is under way.
    assert eventually(lambda: agent.cli("snapshot", "restore", tmp_path / "f", timeout=60).stdout == "Restored snapshot\n", 20)
    assert len(agent.http("GET", "/v1/kv/?keys")[2]) == 60
