# SPDX-License-Identifier: Apache-2.0
"""The cache in front of recursors, with real processes: it outlives its recursor, and a reload takes up forward zones."""
import signal
import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from conftest import eventually


class Recursor:
    """Answers every A question with one address, over UDP, and remembers what it was asked."""

    def __init__(self, address, ttl=300):
        self.address, self.ttl, self.asked = address, ttl, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.name = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                octets, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            if not octets:
                return
            query = dns.message.from_wire(octets)
            question = query.question[0]
            # The agent's own probes at its start, of recursors that may lead back to it.
            if not question.name.to_text().endswith(".waypost-probe."):
                self.asked.append(question.name.to_text())
            reply = dns.message.make_response(query, recursion_available=True)
            reply.answer.append(dns.rrset.from_text(question.name, self.ttl, "IN", "A", self.address))
            self.socket.sendto(reply.to_wire(), peer)

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wake:
            wake.sendto(b"", self.socket.getsockname())
        self.thread.join(5)
        self.socket.close()


@pytest.fixture
def recursors():
    made = [Recursor("192.0.2.1"), Recursor("192.0.2.2")]
    yield made
    for recursor in made:
        if recursor.thread.is_alive():
            recursor.stop()


def test_the_cache_outlives_its_recursor(start, recursors):
    agent = start("-recursor", recursors[0].name)
    assert agent.short("www.cached.test") == ["192.0.2.1"]
    recursors[0].stop()
    for _ in range(3):
        assert agent.short("WWW.cached.test") == ["192.0.2.1"]
    assert recursors[0].asked == ["www.cached.test."]
    failure = agent.dig("other.test")
    assert "status: SERVFAIL" in failure and "EDE: 23" in failure, failure


def test_forward_zones_and_a_reload(start, recursors, tmp_path):
    file = tmp_path / "forward.hcl"
    zone = 'forward_zones = [{ zone = "corp.test" recursors = ["%s"] }]\n' % recursors[1].name
    file.write_text(zone)
    agent = start("-recursor", recursors[0].name, "-config-file", file)
    assert agent.short("host.corp.test") == ["192.0.2.2"]
    assert agent.short("host.test") == ["192.0.2.1"]
    file.write_text("forwarding { cache_size = 0 }\n")
    agent.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: agent.short("host.corp.test") == ["192.0.2.1"])
    before = len(recursors[0].asked)
    for _ in range(3):
        agent.short("host.test")
    assert len(recursors[0].asked) == before + 3
    # A wrong file changes nothing and says where.
    file.write_text('forward_zones { zone = "corp.test" }\n')
    agent.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: "has no recursors" in agent.text())
    assert agent.short("host.test") == ["192.0.2.1"]


ZONE = """$ORIGIN corp.test.
$TTL 60
@ SOA ns admin 1 3600 600 86400 30
@ NS ns
ns A 127.0.0.1
www CNAME www.abroad.test.
"""


def test_an_alias_of_a_zone_leads_abroad(start, recursors, tmp_path):
    zones = tmp_path / "zones"
    zones.mkdir()
    (zones / "corp.test.zone").write_text(ZONE)
    file = tmp_path / "zones.hcl"
    file.write_text(f'zone_dirs = ["{zones}"]\ndns_config {{ disable_compression = true }}\n')
    agent = start("-recursor", recursors[0].name, "-config-file", file)
    assert agent.short("www.corp.test") == ["192.0.2.1", "www.abroad.test."]
    assert recursors[0].asked == ["www.abroad.test."]
    # Who wants no recursion gets what the zone has.
    assert agent.short("+norecurse", "www.corp.test") == ["www.abroad.test."]
    # No pointers, neither in what was relayed nor in what is kept: the name stands there twice.
    sizes = [line for _ in range(2) for line in agent.dig("kept.test").splitlines() if "MSG SIZE" in line]
    assert sizes == [";; MSG SIZE  rcvd: 63"] * 2
    recursors[0].stop()
    for _ in range(2):
        assert agent.short("www.corp.test") == ["192.0.2.1", "www.abroad.test."]
    # What nobody can resolve any more is a failure, not half an answer.
    (zones / "corp.test.zone").write_text(ZONE.replace("www.abroad", "other.abroad"))
    agent.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: "status: SERVFAIL" in agent.dig("www.corp.test"))
    assert "EDE: 22" in agent.dig("www.corp.test")
