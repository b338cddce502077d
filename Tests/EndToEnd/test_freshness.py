# SPDX-License-Identifier: Apache-2.0
"""A change is visible to the first query after its acknowledgement, and no answer mixes two states."""
import http.client
import json
import random
import socket
import struct
import threading

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest


class Writer:
    """One connection that stays, for writes in quick succession."""

    def __init__(self, agent):
        self.connection = http.client.HTTPConnection("127.0.0.1", agent.http_port, timeout=10)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def put(self, path, body=None):
        self.connection.request("PUT", path, None if body is None else json.dumps(body))
        reply = self.connection.getresponse()
        text = reply.read()
        assert reply.status == 200, (path, reply.status, text)


class Reader:
    """A query over UDP, or over TCP, with a new connection after 128 queries: some are fresh, most are not."""

    def __init__(self, agent, name, kind, tcp=False):
        self.port, self.tcp, self.asked = agent.dns_port, tcp, 0
        self.wire = dns.message.make_query(name, kind, use_edns=True, payload=1232).to_wire()
        self.connect()

    def connect(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if self.tcp else socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.socket.connect(("127.0.0.1", self.port))

    def ask(self) -> dns.message.Message:
        if self.tcp:
            self.asked += 1
            if self.asked % 128 == 0:
                self.socket.close()
                self.connect()
            self.socket.sendall(struct.pack("!H", len(self.wire)) + self.wire)
            length = struct.unpack("!H", self.exactly(2))[0]
            return dns.message.from_wire(self.exactly(length))
        self.socket.send(self.wire)
        return dns.message.from_wire(self.socket.recv(65535))

    def exactly(self, count) -> bytes:
        octets = b""
        while len(octets) < count:
            more = self.socket.recv(count - len(octets))
            assert more, "closed"
            octets += more
        return octets


def ports(reply) -> list:
    return sorted(record.port for rrset in reply.answer if rrset.rdtype == dns.rdatatype.SRV for record in rrset)


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_five_hundred_writes_each_seen_by_the_first_query_after(agent, tcp):
    writer, reader = Writer(agent), Reader(agent, "now.service.consul", "SRV", tcp)
    for n in range(250):
        writer.put("/v1/agent/service/register", {"Name": "now", "Port": 9000 + n})
        assert ports(reader.ask()) == [9000 + n], n
        writer.put("/v1/agent/service/deregister/now")
        reply = reader.ask()
        assert not reply.answer and reply.rcode() == dns.rcode.NXDOMAIN, (n, reply.to_text())


def test_every_kind_of_write_is_seen_by_the_first_query_after(agent):
    """Catalog, checks and maintenance, in a random order, against a model of what must be answered."""
    writer, reader = Writer(agent), Reader(agent, "all.service.consul", "SRV")
    writer.put("/v1/agent/service/register", {"Name": "all", "Port": 1, "Check": {"TTL": "600s", "Status": "passing"}})
    model = {"passing": True, "maintenance": False, "remote": False}
    generator = random.Random(20261124)
    for n in range(500):
        kind = generator.choice(sorted(model))
        model[kind] = not model[kind]
        if kind == "passing":
            writer.put(f"/v1/agent/check/{'pass' if model[kind] else 'fail'}/service:all")
        elif kind == "maintenance":
            writer.put(f"/v1/agent/service/maintenance/all?enable={str(model[kind]).lower()}")
        elif model[kind]:
            writer.put("/v1/catalog/register", {
                "Node": "far", "Address": "10.2.0.1", "Service": {"Service": "all", "Port": 2}})
        else:
            writer.put("/v1/catalog/deregister", {"Node": "far"})
        expected = ([1] if model["passing"] and not model["maintenance"] else []) + ([2] if model["remote"] else [])
        assert ports(reader.ask()) == expected, (n, kind, model)


STATES = {
    # The target's name holds the address, so name, address and port must come from one state.
    "service address": ("/v1/agent/service/register", lambda n: {
        "Name": "flip", "Port": 1000 + n, "Address": f"10.1.0.{n}"}),
    # The target is the node's name: its address comes from another table than the port.
    "node address": ("/v1/catalog/register", lambda n: {
        "Node": "flipper", "Address": f"10.1.0.{n}", "Service": {"Service": "flip", "Port": 1000 + n}}),
}


@pytest.mark.parametrize("kind", STATES)
def test_no_answer_mixes_two_states(agent, kind):
    path, state = STATES[kind]
    writer = Writer(agent)
    writer.put(path, state(1))
    done, failed, seen = threading.Event(), [], {}

    def watch(tcp):
        reader = Reader(agent, "flip.service.consul", "SRV", tcp)
        try:
            while not done.is_set():
                reply = reader.ask()
                glue = {rrset.name: rrset[0].address for rrset in reply.additional if rrset.rdtype == dns.rdatatype.A}
                records = [record for rrset in reply.answer for record in rrset]
                assert len(records) == 1, reply.to_text()
                states = {record.port - 1000 for record in records}
                states |= {int(glue[record.target].rsplit(".", 1)[1]) for record in records}
                named = [record.target.labels[0] for record in records if record.target.labels[1] == b"addr"]
                states |= {int(label[6:], 16) for label in named}
                assert len(states) == 1, reply.to_text()
                state_seen = states.pop()
                seen[state_seen] = seen.get(state_seen, 0) + 1
        except Exception as error:  # carried to the test's own thread
            failed.append(error)

    watchers = [threading.Thread(target=watch, args=(tcp,)) for tcp in (False, False, True)]
    for watcher in watchers:
        watcher.start()
    for n in range(1500):
        if failed:
            break
        writer.put(path, state(n % 2 + 1))
    done.set()
    for watcher in watchers:
        watcher.join()
    assert not failed, failed
    assert sorted(seen) == [1, 2] and min(seen.values()) > 100, seen
