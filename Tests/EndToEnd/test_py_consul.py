# SPDX-License-Identifier: Apache-2.0
"""The real py-consul client registers, lists, watches and deregisters (E-scenarios of first light)."""
import threading
import time

import consul
import pytest


@pytest.fixture
def client(agent):
    return consul.Consul(host="127.0.0.1", port=agent.http_port), agent


def test_agent_service_life(client):
    c, agent = client
    assert c.agent.service.register("web", service_id="web-1", address="10.9.8.7", port=80, tags=["a", "b"])
    services = c.agent.services()
    assert services["web-1"]["Port"] == 80 and services["web-1"]["Tags"] == ["a", "b"]
    index, nodes = c.catalog.service("web")
    assert int(index) > 0 and nodes[0]["ServiceAddress"] == "10.9.8.7"
    assert agent.short("web.service.consul") == ["10.9.8.7"]
    assert agent.short("b.web.service.consul") == ["10.9.8.7"]
    _, names = c.catalog.services()
    assert names["web"] == ["a", "b"]
    assert c.agent.service.deregister("web-1")
    assert c.catalog.service("web")[1] == []
    assert "web-1" not in c.agent.services()


def test_ttl_check_and_health(client):
    c, _ = client
    c.agent.service.register("db", port=5432, check=consul.Check.ttl("30s"))
    assert c.health.service("db", passing=True)[1] == []
    assert c.agent.check.ttl_pass("service:db", "fine")
    _, entries = c.health.service("db", passing=True)
    assert entries[0]["Service"]["Port"] == 5432
    assert {check["Status"] for check in entries[0]["Checks"]} == {"passing"}
    assert c.agent.check.ttl_fail("service:db")
    assert c.health.state("critical")[1][0]["CheckID"] == "service:db"
    assert [check["CheckID"] for check in c.health.checks("db")[1]] == ["service:db"]
    assert any(check["CheckID"] == "serfHealth" for check in c.health.node(c.agent.self()["Config"]["NodeName"])[1])


def test_catalog_register_and_deregister(client):
    c, agent = client
    assert c.catalog.register("ext", "10.1.1.1", service={"Service": "mail", "Port": 25})
    assert [node["Node"] for node in c.catalog.nodes()[1] if node["Node"] == "ext"] == ["ext"]
    assert "mail" in c.catalog.node("ext")[1]["Services"]
    assert agent.short("mail.service.consul") == ["10.1.1.1"]
    assert c.catalog.deregister("ext")
    assert c.catalog.node("ext")[1] is None
    assert c.catalog.datacenters() == ["dc1"]


def test_blocking_query_is_woken_by_its_service_only(client):
    c, _ = client
    c.agent.service.register("one", port=1)
    index, _ = c.health.service("one")
    woken = []

    def wait():
        other = consul.Consul(host="127.0.0.1", port=c.http.base_uri.rsplit(":", 1)[1])
        woken.append(other.health.service("one", index=index, wait="10s"))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    c.agent.service.register("two", port=2)
    time.sleep(0.3)
    assert not woken, "woken by a foreign service"
    c.agent.service.register("one", port=11)
    thread.join(5)
    assert woken and woken[0][1][0]["Service"]["Port"] == 11


def test_maintenance_and_status(client):
    c, agent = client
    c.agent.service.register("m", port=1)
    assert len(agent.short("m.service.consul")) == 1
    assert c.agent.service.maintenance("m", "true", "because")
    assert agent.short("m.service.consul") == []
    assert c.agent.service.maintenance("m", "false")
    assert len(agent.short("m.service.consul")) == 1
    assert c.status.leader() and c.status.peers()
    assert c.agent.members()[0]["Status"] == 1
