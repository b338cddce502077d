# SPDX-License-Identifier: Apache-2.0
"""What an application does through the Python library `consul`, be it py-consul or python-consul, of PyPI or of Debian.

    consul_script.py PORT

Each step ends the script if its outcome is not Consul's. It prints the library's version first, "without" what the library has no part for,
and "done" last."""
import sys
import threading
import urllib.error
import urllib.request

import consul

PORT = int(sys.argv[1])
print("consul", consul.__version__)
c = consul.Consul(host="127.0.0.1", port=PORT)


def in_background(ask):
    """Begins a blocking query on a connection of its own; its answer once it has come."""
    found = []
    thread = threading.Thread(target=lambda: found.append(ask(consul.Consul(host="127.0.0.1", port=PORT))))
    thread.start()
    thread.join(0.3)
    assert not found, "came back before there was news"

    def answer():
        thread.join(5)
        assert found, "not woken"
        return found[0]

    return answer


def refused(text, ask):
    try:
        ask()
    except consul.ConsulException as error:
        assert str(error).startswith("500 ") and text in str(error), error
    else:
        raise AssertionError(f"not refused: {text}")


def put(ask, path, **params):
    """A change that only PUT makes, at the path that the library's method asks.

    Consul takes no GET there since 1.0, and 0.7.1 sends one: the method says False, and changes nothing. Then the path is put."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/v1/agent/{path}") as reply:
            raise AssertionError(f"GET {path}: {reply.status}")
    except urllib.error.HTTPError as error:
        assert error.code == 405, (path, error.code)
    done = ask()
    if consul.__version__ != "0.7.1":
        return done
    assert done is False, path
    return c.http.put(consul.base.CB.bool(), f"/v1/agent/{path}", params=params)


assert c.status.leader() and c.status.peers() == [c.status.leader()]

# Keys
assert c.kv.put("app/a", "1", flags=7)
index, entry = c.kv.get("app/a")
assert entry["Value"] == b"1" and entry["Flags"] == 7 and int(index) == entry["ModifyIndex"], entry
answer = in_background(lambda other: other.kv.get("app/a", index=index, wait="30s"))
assert c.kv.put("app/a", "2")
assert answer()[1]["Value"] == b"2"
assert c.kv.put("app/a", "3", cas=entry["ModifyIndex"]) is False
assert c.kv.put("app/a", "3", cas=c.kv.get("app/a")[1]["ModifyIndex"]) is True
assert c.kv.put("app/b/c", "") and c.kv.get("app/", keys=True)[1] == ["app/a", "app/b/c"]
assert c.kv.get("app/", keys=True, separator="/")[1] == ["app/a", "app/b/"]
assert len(c.kv.get("app/", recurse=True)[1]) == 2
assert c.kv.get("app/", index=0, recurse=True, consistency="consistent")[1]
assert c.kv.delete("app/", recurse=True) and c.kv.get("app/a")[1] is None

# Sessions
session = c.session.create(name="holder", ttl=10, behavior="delete", lock_delay=0)
other = c.session.create(name="other", ttl=10, lock_delay=0)
assert c.kv.put("lock", "here", acquire=session) is True and c.kv.put("lock", "there", acquire=other) is False
assert c.kv.get("lock")[1]["Session"] == session
assert c.session.info(session)[1]["TTL"] == "10s" and c.session.renew(session)["ID"] == session
assert {one["ID"] for one in c.session.list()[1]} == {session, other}
assert c.session.destroy(session) and c.kv.get("lock")[1] is None, "the key goes with its session"
assert c.kv.put("lock", "there", acquire=other) is True and c.kv.put("lock", "", release=other) is True
assert c.session.destroy(other)
try:
    c.session.renew(session)
    raise AssertionError("a session that is gone was renewed")
except consul.NotFound:
    pass

# The catalog
assert c.catalog.datacenters() == ["dc1"]
node = c.agent.self()["Config"]["NodeName"]
assert [one["Node"] for one in c.catalog.nodes()[1]] == [node]
assert c.catalog.register("printer", "10.1.1.1", service={"Service": "print", "ID": "p1", "Port": 631, "Tags": ["a4"]})
assert c.catalog.services()[1]["print"] == ["a4"]
assert c.catalog.node("printer")[1]["Services"]["p1"]["Port"] == 631
assert c.catalog.service("print", tag="a4")[1][0]["Address"] == "10.1.1.1" and c.catalog.service("print", tag="a3")[1] == []
assert c.catalog.deregister("printer") and c.catalog.node("printer")[1] is None

# The agent's services and checks
assert c.agent.service.register("db", service_id="db-1", port=5432, tags=["v1"], check=consul.Check.ttl("30s"))
assert c.health.service("db", passing=True)[1] == []
index, found = c.health.service("db")
answer = in_background(lambda other: other.health.service("db", index=index, wait="30s", passing=True))
assert put(lambda: c.agent.check.ttl_pass("service:db-1", "fine"), "check/pass/service:db-1", note="fine")
assert answer()[1][0]["Service"]["Port"] == 5432
assert c.agent.services()["db-1"]["Tags"] == ["v1"] and c.agent.checks()["service:db-1"]["Output"] == "fine"
assert put(lambda: c.agent.check.ttl_warn("service:db-1"), "check/warn/service:db-1")
assert c.health.checks("db")[1][0]["Status"] == "warning"
assert put(lambda: c.agent.check.ttl_fail("service:db-1"), "check/fail/service:db-1")
assert c.health.state("critical")[1][0]["ServiceID"] == "db-1"
assert c.agent.check.register("disk", check=consul.Check.ttl("30s")) and "disk" in c.agent.checks()
assert put(lambda: c.agent.check.deregister("disk"), "check/deregister/disk") and "disk" not in c.agent.checks()
assert c.agent.service.maintenance("db-1", "true", "why") and c.agent.service.maintenance("db-1", "false")
assert c.agent.maintenance("true", "why") and c.agent.maintenance("false")
assert put(lambda: c.agent.check.ttl_pass("service:db-1"), "check/pass/service:db-1")
assert c.health.node(node)[1] and c.agent.members()[0]["Name"] == node

# Events
fired = c.event.fire("deploy", "v2")
assert fired["Name"] == "deploy" and fired["ID"]
index, events = c.event.list("deploy")
assert [one["ID"] for one in events] == [fired["ID"]] and events[0]["Payload"] == b"v2", events

# Transactions
if hasattr(c, "txn"):
    done = c.txn.put([{"KV": {"Verb": "set", "Key": "t", "Value": "dmFsdWU="}}, {"KV": {"Verb": "get", "Key": "t"}}])
    assert done["Errors"] is None and done["Results"][1]["KV"]["Value"] == "dmFsdWU=", done
else:
    print("without txn")

# Prepared queries: the library makes each a template, also without a name
named = c.query.create("db", name="find-db", tags=["v1"])
assert c.query.list()[0]["ID"] == named["ID"] and c.query.get(named["ID"])[0]["Service"]["Service"] == "db"
assert [one["Service"]["ID"] for one in c.query.execute("find-db")["Nodes"]] == ["db-1"]
assert c.query.execute("find-db-or-so")["Service"] == "db"
assert c.query.explain("find-db-or-so")["Query"]["Name"] == "find-db"
for_all = c.query.create("db")
assert c.query.execute("whatever")["Service"] == "db"
refused("a query template with an empty name already exists", lambda: c.query.create("db"))
refused("prepared query templates can only be resolved up by name, not by ID", lambda: c.query.execute(for_all["ID"]))
assert c.query.delete(for_all["ID"]) and c.query.delete(named["ID"]) and c.query.list() == []

assert c.coordinate.nodes()[1] is not None and c.coordinate.datacenters()
assert put(lambda: c.agent.service.deregister("db-1"), "service/deregister/db-1")
assert c.catalog.service("db")[1] == []
print("done")
