# SPDX-License-Identifier: Apache-2.0
"""Clients that die in mid-sentence, never read, never end: each costs a bounded share for as long as it lives,
and nobody else waits."""
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time

from conftest import eventually

QUERY = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + b"\x06consul\x07service\x06consul\x00\x00\x01\x00\x01"
FRAME = struct.pack("!H", len(QUERY)) + QUERY
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends RST


def descriptors(agent) -> int:
    return len(os.listdir(f"/proc/{agent.process.pid}/fd"))


def answers(agent) -> bool:
    """Both transports and HTTP, each within its own short wait."""
    return (agent.short("consul.service.consul") == ["127.0.0.1"]
            and agent.short("+tcp", "consul.service.consul") == ["127.0.0.1"]
            and agent.http("GET", "/v1/status/leader", timeout=3)[0] == 200)


def connect(port) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), 3)
    client.settimeout(3)
    return client


def victim(program, *arguments) -> subprocess.Popen:
    """A process that opens its connections, says "open", and waits to be killed."""
    whole = f"import socket, sys, time\n{program}\nprint('open', flush=True)\ntime.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", whole, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "open\n"
    return process


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_half_frames_and_resets_cost_nothing_that_stays(agent):
    assert answers(agent)
    parts = [FRAME[:1], FRAME[:2], FRAME[:9], FRAME[:-1], FRAME, FRAME + FRAME[:7], FRAME * 3]

    def rough(rounds):
        for n in range(rounds):
            client = connect(agent.dns_port)
            client.sendall(parts[n % len(parts)])
            if n % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()

    rough(300)
    assert eventually(lambda: descriptors(agent) < 100, 5)
    opened, resident = descriptors(agent), agent.resident()
    rough(1500)
    assert answers(agent)
    assert eventually(lambda: descriptors(agent) <= opened + 2, 5), (opened, descriptors(agent))
    assert agent.resident() - resident < 8192


def test_a_killed_client_gives_its_places_back(agent):
    """128 connections of one address are all it may have; when it is killed they are free at once."""
    before = descriptors(agent)
    program = """
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(128)]
for one in held:
    one.sendall(b"\\x00")
"""
    holder = victim(program, agent.dns_port)
    try:
        refused = connect(agent.dns_port)
        assert refused.recv(1) == b""  # the 129th is closed at once
        refused.close()
        # Another address, and UDP, are served meanwhile.
        other = socket.socket()
        other.settimeout(3)
        other.bind(("127.0.0.2", 0))
        other.connect(("127.0.0.1", agent.dns_port))
        other.sendall(FRAME)
        assert len(other.recv(512)) > len(FRAME)
        other.close()
        assert agent.short("consul.service.consul") == ["127.0.0.1"]
    finally:
        kill(holder)
    assert eventually(lambda: agent.short("+tcp", "consul.service.consul") == ["127.0.0.1"], 1)
    assert eventually(lambda: descriptors(agent) <= before + 2, 3)


def test_a_silent_client_is_let_go(agent):
    """Two seconds to the first whole query; a client that sends one octet at a time within them is served."""
    silent, half, slow = (connect(agent.dns_port) for _ in range(3))
    half.sendall(FRAME[:5])
    for octet in FRAME:
        slow.sendall(bytes([octet]))
        time.sleep(0.01)
    assert len(slow.recv(512)) > len(FRAME)
    for client in (silent, half):
        client.settimeout(5)
        assert client.recv(1) == b""
        client.close()
    slow.close()


def test_a_client_that_never_reads_holds_a_bounded_share(agent):
    """Thousands of queries, no answer taken: the server stops reading from it, and serves the others."""
    for n in range(40):
        agent.http("PUT", "/v1/agent/service/register", {
            "Name": "wide", "ID": f"w{n}", "Port": n + 1, "Address": f"10.3.0.{n + 1}"})
    question = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + b"\x04wide\x07service\x06consul\x00\x00\x21\x00\x01"
    frame = struct.pack("!H", len(question)) + question
    resident = agent.resident()
    clients = []
    for _ in range(40):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", agent.dns_port))
        client.setblocking(False)
        try:
            client.send(frame * 128)
        except OSError:
            pass
        clients.append(client)
    # What they asked before they stalled is worked off first: 5,120 answers of 40 instances.
    assert eventually(lambda: answers(agent), 30)
    # 40 times the 128 KiB that may wait, and what they cost to keep.
    assert agent.resident() - resident < 16 * 1024, agent.resident() - resident
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
    assert answers(agent)


def test_http_clients_killed_in_mid_request_and_in_mid_wait(agent):
    assert answers(agent)
    before = descriptors(agent)
    program = """
kinds = [b"PUT /v1/kv/half HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 100\\r\\n\\r\\nonly this",
         b"PUT /v1/kv/chunk HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nabc",
         b"GET /v1/status/lea",
         b"GET /v1/health/service/consul?index=%d&wait=60s HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" % 10**9]
held = []
for n in range(100):
    one = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    one.sendall(kinds[n % len(kinds)])
    held.append(one)
"""
    for _ in range(4):
        process = victim(program, agent.http_port)
        assert answers(agent)
        kill(process)
    assert eventually(lambda: descriptors(agent) <= before + 4, 5), (before, descriptors(agent))
    for key in ("half", "chunk"):
        assert agent.http("GET", f"/v1/kv/{key}")[0] == 404, "half a body was stored"


def test_broken_http_costs_its_own_connection_only(agent):
    """Requests with octets changed, cut and run together, half of them with gzip, some closed in the midst."""
    generator = random.Random(20261124)
    good = [b"GET /v1/agent/self?pretty HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n",
            b"PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
            b"PUT /v1/kv/b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"1\r\na\r\n0\r\n\r\n",
            b"HEAD /v1/status/leader HTTP/1.0\r\n\r\n",
            b"GET /v1/status/leader HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]
    for n in range(3000):
        octets = bytearray(b"".join(generator.choices(good, k=generator.randrange(1, 4))))
        for _ in range(generator.randrange(3)):
            octets[generator.randrange(len(octets))] = generator.randrange(256)
        if n % 2:
            octets = octets[:generator.randrange(1, len(octets))]
        client = connect(agent.http_port)
        client.sendall(octets)
        if n % 3 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        elif n % 3 == 1:
            client.shutdown(socket.SHUT_WR)
            client.settimeout(0.02)
            try:
                while client.recv(65536):
                    pass
            except OSError:
                pass
        client.close()
        assert agent.process.poll() is None, (n, bytes(octets), agent.text()[-2000:])
    assert answers(agent)


def test_a_killed_agent_starts_again_on_its_ports_at_once(start, tmp_path):
    """kill -9 in the midst of connections of both kinds: nothing keeps the ports from the next process."""
    agent = start()
    held = [connect(agent.dns_port), connect(agent.http_port)]
    held[0].sendall(FRAME)
    assert held[0].recv(512)
    agent.process.send_signal(signal.SIGKILL)
    agent.process.wait()
    for client in held:
        client.close()
    again = start("-dns-port", agent.dns_port, "-http-port", agent.http_port)
    again.dns_port, again.http_port = agent.dns_port, agent.http_port
    assert answers(again)


def test_writers_that_are_killed_leave_whole_registrations(agent):
    """Each registration is there whole or not at all, whenever its client died."""
    program = """
import http.client, json, threading
def write(k):
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
    n = 0
    while True:
        n += 1
        port = 1000 + n % 50000
        connection.request("PUT", "/v1/agent/service/register", json.dumps(
            {"Name": f"k{k}", "Port": port, "Tags": [f"t{port}"], "Address": "10.4.0.1"}))
        connection.getresponse().read()
for k in range(4):
    threading.Thread(target=write, args=(k,), daemon=True).start()
"""

    def state():
        return {name: one for name, one in agent.http("GET", "/v1/agent/services")[2].items() if name != "consul"}

    for _ in range(5):
        before = state()
        process = victim(program, agent.http_port)
        assert eventually(lambda: len(state()) == 4 and state() != before)
        kill(process)
        # What the dead client had sent may still be under way.
        eventually(lambda: state() == state(), 5)
        for service in state().values():
            assert service["Tags"] == [f"t{service['Port']}"], service
            port = agent.short(f"{service['Service']}.service.consul", "SRV")[0].split()[2]
            assert int(port) == service["Port"]
    assert answers(agent)
