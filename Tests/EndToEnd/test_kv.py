# SPDX-License-Identifier: Apache-2.0
"""Keys, sessions, locks and transactions of a real agent: py-consul, the command line, plain HTTP."""
import json
import threading
import time
import urllib.error
import urllib.request

import consul
import pytest
from conftest import BINARY, eventually, run


@pytest.fixture
def client(agent):
    return consul.Consul(host="127.0.0.1", port=agent.http_port), agent


def put(agent, path, body=b""):
    request = urllib.request.Request(
        f"http://127.0.0.1:{agent.http_port}{path}", data=body, method="PUT"
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_py_consul_keys(client):
    c, _ = client
    assert c.kv.put("app/a", "1", flags=7) and c.kv.put("app/b/c", b"\x00\xff")
    index, entry = c.kv.get("app/a")
    assert entry["Value"] == b"1" and entry["Flags"] == 7 and int(index) == entry["ModifyIndex"]
    assert c.kv.get("app/b/c")[1]["Value"] == b"\x00\xff"
    assert [e["Key"] for e in c.kv.get("app/", recurse=True)[1]] == ["app/a", "app/b/c"]
    assert c.kv.get("app/", keys=True, separator="/")[1] == ["app/a", "app/b/"]
    assert c.kv.get("none")[1] is None
    assert not c.kv.put("app/a", "2", cas=1) and c.kv.put("app/a", "2", cas=entry["ModifyIndex"])
    assert c.kv.delete("app/", recurse=True) and c.kv.get("app/", recurse=True)[1] is None


def test_py_consul_lock_and_wake(client):
    c, agent = client
    one = c.session.create(name="one", ttl=10, lock_delay=0, behavior="delete")
    two = c.session.create(name="two", ttl=10, lock_delay=0)
    assert c.kv.put("lock", "1", acquire=one) and not c.kv.put("lock", "2", acquire=two)
    index, entry = c.kv.get("lock")
    assert entry["Session"] == one and entry["LockIndex"] == 1
    woken = []
    waiter = threading.Thread(target=lambda: woken.append(c.kv.get("lock", index=index, wait="30s")))
    waiter.start()
    time.sleep(0.2)
    assert c.kv.put("other", "x") and not woken
    assert c.session.renew(one)["Name"] == "one"
    assert c.session.destroy(one)
    waiter.join(5)
    assert woken and woken[0][1] is None and int(woken[0][0]) > int(index)
    assert c.kv.put("lock", "2", acquire=two)
    assert {s["ID"] for s in c.session.list()[1]} == {two}


def test_session_ends_with_its_check(client):
    c, agent = client
    assert c.agent.service.register("web", check=consul.Check.ttl("1h"))
    assert c.agent.check.ttl_pass("service:web")
    session = c.session.create(checks=["serfHealth", "service:web"], lock_delay=0)
    assert c.kv.put("k", "", acquire=session)
    assert c.agent.check.ttl_fail("service:web")
    assert eventually(lambda: "Session" not in c.kv.get("k")[1])
    assert c.session.info(session)[1] is None


def test_transaction_as_a_whole(client):
    c, agent = client
    body = [
        {"KV": {"Verb": "set", "Key": "t/a", "Value": "MQ=="}},
        {"KV": {"Verb": "get", "Key": "t/a"}},
    ]
    status, reply = put(agent, "/v1/txn", json.dumps(body).encode())
    assert status == 200 and json.loads(reply)["Results"][1]["KV"]["Value"] == "MQ=="
    body[1]["KV"]["Key"] = "t/none"
    body[0]["KV"]["Key"] = "t/b"
    status, reply = put(agent, "/v1/txn", json.dumps(body).encode())
    assert status == 409 and json.loads(reply)["Errors"][0]["OpIndex"] == 1
    assert c.kv.get("t/", keys=True)[1] == ["t/a"]


def test_value_that_is_too_large(client):
    c, agent = client
    assert put(agent, "/v1/kv/big", b"x" * 524288) == (200, b"true")
    status, text = put(agent, "/v1/kv/bigger", b"x" * 524289)
    assert status == 413 and b"(524289 bytes) too large, max size: 524288 bytes" in text
    assert c.kv.get("bigger")[1] is None


def test_command_line(client):
    _, agent = client

    def kv(*arguments):
        return run(BINARY, "kv", arguments[0], f"-http-addr=127.0.0.1:{agent.http_port}", *arguments[1:])

    assert kv("put", "cli/a", "1").stdout == "Success! Data written to: cli/a\n"
    assert kv("put", "cli//b", "2").returncode == 0
    assert kv("get", "cli/a").stdout == "1\n"
    assert kv("get", "-recurse", "cli/").stdout == "cli//b:2\ncli/a:1\n"
    assert kv("get", "none").stderr == "Error! No key exists at: none\n"
    exported = kv("export", "cli/").stdout
    assert kv("delete", "-recurse", "cli/").returncode == 0
    assert kv("export", "cli/").stdout == "[]\n"
    assert kv("import", exported).stdout == "Imported: cli//b\nImported: cli/a\n"
    assert kv("get", "cli//b").stdout == "2\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{agent.http_port}/v1/kv/cli/?recurse") as reply:
        said = reply.read().decode()
    assert kv("import", "-prefix=again", said).stdout == "Imported: again/cli//b\nImported: again/cli/a\n"
    assert kv("get", "again/cli/a").stdout == "1\n"
