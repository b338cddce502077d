# SPDX-License-Identifier: Apache-2.0
"""dig, drill and dnspython read the answers; names outside go to a real upstream."""
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
from conftest import eventually, run



def test_dig_drill_and_dnspython_agree(agent):
    for n in (1, 2, 3):
        status, _, body = agent.http("PUT", "/v1/catalog/register", {
            "Node": f"n{n}", "Address": f"10.0.0.{n}",
            "Service": {"Service": "web", "Port": 8000 + n, "Tags": ["v1"]}})
        assert (status, body) == (200, True)
    addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert agent.short("web.service.consul") == addresses
    drilled = run("drill", "-p", agent.dns_port, "web.service.consul", "@127.0.0.1", "SRV").stdout
    assert "rcode: NOERROR" in drilled and drilled.count("IN\tSRV") >= 3, drilled
    query = dns.message.make_query("web.service.consul", "SRV", use_edns=True, payload=1232)
    for ask in (dns.query.udp, dns.query.tcp):
        reply = ask(query, "127.0.0.1", port=agent.dns_port, timeout=3)
        assert reply.flags & dns.flags.AA
        assert sorted(record.port for record in reply.answer[0]) == [8001, 8002, 8003]
        glue = {rrset.name.to_text(): rrset[0].to_text() for rrset in reply.additional if rrset.rdtype == dns.rdatatype.A}
        assert glue == {f"n{n}.node.dc1.consul.": f"10.0.0.{n}" for n in (1, 2, 3)}


def test_a_change_is_visible_to_the_first_query_after_its_write(agent):
    for port in range(9000, 9050):
        status, _, _ = agent.http("PUT", "/v1/agent/service/register", {"Name": "now", "Port": port})
        assert status == 200
        reply = dns.query.udp(
            dns.message.make_query("now.service.consul", "SRV"), "127.0.0.1", port=agent.dns_port, timeout=3)
        assert [record.port for record in reply.answer[0]] == [port]


def test_names_outside_are_refused_without_recursors(agent):
    assert "status: REFUSED" in agent.dig("www.upstream.test")


def test_names_outside_go_to_the_recursor(start, unbound):
    agent = start("-recursor", unbound)
    assert agent.short("www.upstream.test") == ["192.0.2.10"]
    assert agent.short("www.upstream.test", "AAAA") == ["2001:db8::10"]
    assert "status: NXDOMAIN" in agent.dig("nope.upstream.test")
    answer = agent.dig("www.upstream.test")
    assert " ra" in answer.split("flags:")[1].split(";")[0]
    # Our own names stay ours.
    assert "status: NXDOMAIN" in agent.dig("nope.service.consul")


def test_a_big_upstream_reply_is_cut_for_udp_and_whole_over_tcp(start, unbound):
    """DNS-281, DNS-283 as Waypost answers them (docs/divergences.md)."""
    agent = start("-recursor", unbound)
    query = dns.message.make_query("big.upstream.test", "A")
    cut = dns.query.udp(query, "127.0.0.1", port=agent.dns_port, timeout=5)
    assert cut.flags & dns.flags.TC and len(cut.to_wire()) <= 512
    whole = dns.query.tcp(query, "127.0.0.1", port=agent.dns_port, timeout=5)
    assert len(whole.answer[0]) == 120 and not whole.flags & dns.flags.TC


def test_a_dead_recursor_is_servfail_and_blocks_nobody(start):
    agent = start("-recursor", "127.0.0.1:1", "-hcl", 'dns_config { recursor_timeout = "300ms" }')
    assert "status: SERVFAIL" in agent.dig("www.upstream.test")
    assert agent.short("consul.service.consul") == ["127.0.0.1"]


def test_ptr_of_a_node_before_the_zone(start):
    agent = start("-zone-dir", "zones")
    agent.http("PUT", "/v1/catalog/register", {"Node": "n1", "Address": "10.20.30.10"})
    assert agent.short("-x", "10.20.30.10") == ["n1.node.dc1.consul."]


def test_health_decides_who_is_answered(agent):
    agent.http("PUT", "/v1/agent/service/register", {"Name": "t", "Port": 1, "Check": {"TTL": "60s"}})
    assert agent.short("t.service.consul", "SRV") == []
    assert agent.http("PUT", "/v1/agent/check/pass/service:t")[0] == 200
    assert len(agent.short("t.service.consul", "SRV")) == 1
    assert agent.http("PUT", "/v1/agent/check/fail/service:t")[0] == 200
    assert agent.short("t.service.consul", "SRV") == []


def test_tcp_check_follows_the_listener(start, listener):
    agent = start()
    port = listener.open()
    agent.http("PUT", "/v1/agent/service/register", {
        "Name": "live", "Port": port,
        "Check": {"TCP": f"127.0.0.1:{port}", "Interval": "1s", "Timeout": "1s"}})
    assert eventually(lambda: agent.short("live.service.consul"), 5)
    listener.close(port)
    assert eventually(lambda: not agent.short("live.service.consul"), 5)
