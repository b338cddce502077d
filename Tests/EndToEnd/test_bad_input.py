# SPDX-License-Identifier: Apache-2.0
"""Malformed packets, JSON, HCL and zone files: a clear refusal, the agent stays, memory stays flat."""
import random
import shutil
import socket
import struct

from conftest import ROOT, Agent, eventually, run

QUERY = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + b"\x06consul\x07service\x06consul\x00\x00\x01\x00\x01"


def test_malformed_packets_leave_the_agent_answering_and_flat(start):
    agent = start()
    generator = random.Random(20261124)
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(("127.0.0.1", agent.dns_port))
    client.setblocking(False)

    def storm(count):
        for n in range(count):
            packet = bytearray(QUERY)
            for _ in range(generator.randrange(1, 6)):
                packet[generator.randrange(len(packet))] = generator.randrange(256)
            if n % 3 == 0:
                packet = packet[: generator.randrange(len(packet))]
            if n % 7 == 0:
                packet += generator.randbytes(generator.randrange(1200))
            try:
                client.send(bytes(packet))
            except OSError:
                pass
            try:
                while True:
                    client.recv(65535)
            except OSError:
                pass
            if n % 64 == 0:
                assert agent.process.poll() is None

    storm(4000)
    before = agent.resident()
    storm(20000)
    assert agent.short("consul.service.consul") == ["127.0.0.1"]
    assert agent.resident() - before < 8192, "memory grew under malformed packets"


def test_malformed_tcp_streams_are_closed(agent):
    for octets in (b"\x00\x00", b"\x00\x05hello", b"\xff\xff" + b"x" * 100, b"GET / HTTP/1.1\r\n\r\n", QUERY):
        with socket.create_connection(("127.0.0.1", agent.dns_port), 3) as client:
            client.sendall(octets)
            client.shutdown(socket.SHUT_WR)
            client.settimeout(12)
            while client.recv(4096):
                pass
    assert agent.short("+tcp", "consul.service.consul") == ["127.0.0.1"]


def test_malformed_http_bodies_say_what_is_wrong(agent):
    cases = {
        b"": "EOF",
        b"{": "unexpected EOF",
        b"{b}": "invalid character 'b'",
        b'{"Name":"x","Nope":1}': 'unknown field "Nope"',
        b'{"Name":' + b"[" * 5000: "",
        b'{"Name":"\xff\xfe"}': "",
        b'{"Name":5}': "",
        b'{"Port":1}': "Missing service name",
    }
    for body, text in cases.items():
        status, _, answer = agent.http("PUT", "/v1/agent/service/register", body)
        if body == b'{"Name":"\xff\xfe"}':
            continue
        assert status == 400 and text in str(answer), (body[:40], status, answer)
    assert agent.http("GET", "/v1/status/leader")[0] == 200


def test_broken_zone_on_reload_is_reported_and_the_old_one_stays(start, tmp_path):
    zones = tmp_path / "zones"
    shutil.copytree(ROOT / "zones", zones)
    agent = start("-zone-dir", zones)
    before = agent.short("www.example.internal")
    assert before
    file = zones / "example.internal.zone"
    good = file.read_text()
    broken = good + "\nbad IN A 1.2.3.999\n"
    line = len(broken.splitlines())
    file.write_text(broken)
    agent.process.send_signal(1)
    assert eventually(lambda: f"example.internal.zone:{line}" in agent.text(), 5), agent.text()
    assert agent.short("www.example.internal") == before
    file.write_text(good + "\nnew IN A 192.0.2.77\n")
    agent.process.send_signal(1)
    assert eventually(lambda: agent.short("new.example.internal") == ["192.0.2.77"], 5), agent.text()


def test_include_and_generate_are_refused_with_file_and_line(start, tmp_path):
    (tmp_path / "evil.example.zone").write_text(
        "$ORIGIN evil.example.\n@ 60 IN SOA ns hostmaster 1 1 1 1 1\n@ 60 IN NS ns\n$INCLUDE /etc/passwd\n")
    agent = start("-zone-dir", tmp_path)
    assert "evil.example.zone:4" in agent.text()
    assert "root:" not in agent.text()


def test_broken_configuration_on_reload_changes_nothing(start, tmp_path):
    file = tmp_path / "s.hcl"
    file.write_text('services { name = "a" port = 1 }\n')
    agent = start("-config-dir", tmp_path)
    assert len(agent.short("a.service.consul")) == 1
    file.write_text('services { name = "b" port = }\n')
    status, _, text = agent.http("PUT", "/v1/agent/reload")
    assert status == 500 and "s.hcl" in text
    assert len(agent.short("a.service.consul")) == 1
    file.write_text('services { name = "b" port = 2 }\n')
    assert agent.http("PUT", "/v1/agent/reload")[0] == 200
    assert len(agent.short("b.service.consul")) == 1 and agent.short("a.service.consul") == []


def test_random_hcl_is_refused_cleanly(tmp_path, binary):
    generator = random.Random(7)
    alphabet = b'abz_"\\{}[]=,:#/*<\n\t 0.5-+$\xff\x00'
    for n in range(40):
        file = tmp_path / f"{n}.hcl"
        file.write_bytes(bytes(generator.choice(alphabet) for _ in range(generator.randrange(1, 300))))
        done = run(binary, "validate", file)
        assert done.returncode in (0, 1), (file.read_bytes(), done.stderr)


def test_one_of_several_http_listeners_that_cannot_be_bound_ends_the_agent(tmp_path):
    file = tmp_path / "regular-file"
    file.write_text("kept")
    for address, text in (
        ("192.0.2.1", "Cannot assign requested address"),
        (f"unix://{tmp_path}/none/x.sock", "No such file or directory"),
        (f"unix://{file}", "there is a file that is no socket"),
    ):
        agent = Agent(tmp_path, "-hcl", f'addresses {{ http = "127.0.0.1 {address}" }}')
        try:
            assert agent.process.wait(20) == 1
        finally:
            agent.process.kill()
        lines = [line for line in agent.text().splitlines() if line.startswith("==> cannot serve HTTP on ")]
        assert len(lines) == 1 and text in lines[0], agent.text()
    assert file.read_text() == "kept"
