# SPDX-License-Identifier: Apache-2.0
"""SEC-01 to SEC-10 against a real process: what browsers, slow and lying clients may not do."""
import http.client
import json
import os
import socket
import sys

import pytest
from conftest import BINARY, ROOT, eventually, run

LOCAL = b"Host: localhost\r\n"


def ask(agent, octets, seconds=10):
    """What comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", agent.http_port), seconds) as client:
        try:
            client.sendall(octets)
        except OSError:
            pass
        reply = b""
        try:
            while part := client.recv(65536):
                reply += part
        except ConnectionResetError:
            pass
        return reply


def held(agent):
    """A connection that the agent has counted: it answered on it. None when it was over the limit."""
    client = socket.create_connection(("127.0.0.1", agent.http_port), 5)
    try:
        client.sendall(b"GET /v1/status/leader HTTP/1.1\r\n" + LOCAL + b"\r\n")
        if client.recv(1000).startswith(b"HTTP/1.1 200 OK"):
            return client
    except OSError:
        pass
    client.close()
    return None


def request(agent, method, path, body=None, **headers):
    client = http.client.HTTPConnection("127.0.0.1", agent.http_port, timeout=10)
    client.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    reply = client.getresponse()
    text = reply.read().decode()
    client.close()
    return reply.status, reply.headers, text


def test_sec_01_02_browsers_of_others(start, tmp_path):
    agent = start("-node", "n1.example.net", "-domain", "corp.example")
    for host in ("evil.example", "127.0.0.1.evil.example:8500"):
        status, _, text = request(agent, "GET", "/v1/kv/?recurse", Host=host)
        assert status == 403 and "http_config.allowed_hosts" in text
    for host in ("n1.example.net:8500", "web.service.corp.example", "[::1]:8500", "consul:8500"):
        assert request(agent, "GET", "/v1/status/leader", Host=host)[0] == 200, host

    query = json.dumps({"Name": "q", "Service": {"Service": "web"}})
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
        status, _, text = request(agent, "POST", "/v1/query", query, Content_Type="text/plain", **headers)
        assert status == 403 and "http_config.allowed_origins" in text, (headers, text)
    assert request(agent, "GET", "/v1/query")[2].strip() == "[]"
    assert request(agent, "PUT", "/v1/agent/leave", Origin="http://evil.example")[0] == 403
    own = {"Origin": f"http://127.0.0.1:{agent.http_port}", "Sec_Fetch_Site": "same-origin"}
    assert request(agent, "POST", "/v1/query", query, Content_Type="application/json", **own)[0] == 200
    # A program sends what it likes.
    assert request(agent, "PUT", "/v1/kv/a", "1", Content_Type="text/plain")[2] == "true"


def test_sec_01_names_that_are_configured_count_after_a_reload(start, tmp_path):
    file = tmp_path / "hosts.hcl"
    file.write_text("")
    agent = start("-config-file", file)
    assert request(agent, "GET", "/v1/status/leader", Host="consul.example.com")[0] == 403
    file.write_text('http_config { allowed_hosts = ["*.example.com"] allowed_origins = ["https://ui.example.com"] }')
    assert agent.cli("reload").returncode == 0
    assert request(agent, "GET", "/v1/status/leader", Host="consul.example.com")[0] == 200
    headers = {"Host": "consul.example.com", "Origin": "https://ui.example.com"}
    assert request(agent, "PUT", "/v1/kv/a", "1", **headers)[2] == "true"


def test_sec_03_preflights(agent):
    status, headers, _ = request(agent, "OPTIONS", "/v1/query", Origin="http://evil.example",
                                 Access_Control_Request_Method="POST")
    assert status == 200 and headers["Allow"] == "OPTIONS,GET,POST"
    assert not [name for name in headers if name.lower().startswith("access-control")]


def test_sec_04_framing(agent):
    put = b"PUT /v1/kv/a HTTP/1.1\r\n" + LOCAL
    for rest in (b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                 b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 b"X: a\r\n b\r\n\r\n", b"X: a\x00b\r\n\r\n", b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"):
        reply = ask(agent, put + rest)
        assert reply.startswith(b"HTTP/1.1 400 Bad Request\r\n") and b"Connection: close" in reply, rest
    assert ask(agent, b"GET / HTTP/1.1\r\n\r\n").endswith(b"400 Bad Request: missing required Host header")
    # Two mebibytes in one header: said, although the client is still sending.
    large = ask(agent, b"GET / HTTP/1.1\r\n" + LOCAL + b"X: " + b"a" * (2 << 20) + b"\r\n\r\n")
    assert large.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n"), large[:200]


def test_sec_05_06_keys_and_values(agent):
    assert request(agent, "PUT", "/v1/kv/%2e%2e/agent/self", "<script>alert(1)</script>")[2] == "true"
    assert request(agent, "GET", "/v1/kv/?keys")[2].split('"')[1] == "../agent/self"
    status, headers, text = request(agent, "GET", "/v1/kv/%2e%2e/agent/self?raw")
    assert status == 200 and text.startswith("<script>")
    assert headers["Content-Type"] == "text/plain"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox"


def test_sec_07_bodies_over_the_limit_are_not_kept(agent):
    assert request(agent, "PUT", "/v1/kv/warm", b"x" * 500_000)[2] == "true"
    before = agent.resident()
    part = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", agent.http_port), 10) as client:
            client.sendall(b"PUT /v1/kv/a HTTP/1.1\r\n" + LOCAL + b"Transfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(320):
                    client.sendall(part)
            except OSError:
                pass
            client.settimeout(5)
            assert client.recv(100).startswith(b"HTTP/1.1 413 ")
    assert agent.resident() - before < 16384, "memory grew with bodies that were refused"
    # A length that is a lie: less comes than was said.
    with socket.create_connection(("127.0.0.1", agent.http_port), 5) as client:
        client.sendall(b"PUT /v1/kv/a HTTP/1.1\r\n" + LOCAL + b"Content-Length: 10\r\n\r\nabc")
        client.shutdown(socket.SHUT_WR)
        assert b" 200 " not in client.recv(1000)
    assert request(agent, "GET", "/v1/kv/a")[0] == 404


def test_sec_08_the_201st_connection_of_a_client_gets_429(start, tmp_path):
    file = tmp_path / "limits.hcl"
    file.write_text("")
    agent = start("-config-file", file)
    # Connections are accepted by several threads: only an answered one is surely counted.
    clients = [held(agent) for _ in range(200)]
    try:
        assert all(clients)
        refused = ask(agent, b"")
        assert refused.startswith(b"HTTP/1.1 429 Too Many Requests\r\n"), refused
        # Another address is another client.
        with socket.create_connection(("127.0.0.1", agent.http_port), 5, ("127.0.0.9", 0)) as other:
            other.sendall(b"GET /v1/status/leader HTTP/1.1\r\n" + LOCAL + b"\r\n")
            assert other.recv(100).startswith(b"HTTP/1.1 200 OK")
        # One that goes makes room for one.
        whole = b"GET / HTTP/1.1\r\nConnection: close\r\n" + LOCAL + b"\r\n"
        clients.pop().close()
        assert eventually(lambda: b" 200 " in ask(agent, whole)), "no room again"
    finally:
        for client in filter(None, clients):
            client.close()
    file.write_text("limits { http_max_conns_per_client = 1 }")
    agent.process.send_signal(1)
    assert eventually(lambda: "configuration reloaded" in agent.text(), 5)
    # The 199 that were closed above may still be counted for a moment.
    client = eventually(lambda: held(agent))
    assert client, "no room again"
    with client:
        assert b" 429 " in ask(agent, b"")


def test_request_limits_hold_after_a_reload(start, tmp_path):
    file = tmp_path / "limits.hcl"
    file.write_text("")
    agent = start("-config-file", file)
    assert agent.http("PUT", "/v1/kv/a", b"1")[0] == 200
    file.write_text('limits { request_limits { mode = "enforcing" read_rate = 1 write_rate = 0 } }')
    assert agent.cli("reload").returncode == 0
    status, _, text = agent.http("PUT", "/v1/kv/a", b"2")
    assert status == 503 and text.startswith("rate limit exceeded for operation that can only be performed")
    replies = [agent.http("GET", "/v1/kv/a?raw") for _ in range(20)]
    assert [reply[0] for reply in replies[:10]] == [200] * 10
    assert (429, "rate limit exceeded, try again later or against a different server") in [
        (status, text) for status, _, text in replies]
    assert agent.short("consul.service.consul") == ["127.0.0.1"]


def test_sec_09_checks_do_not_reach_for_metadata(agent):
    for url in ("http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://metadata.google.internal/",
                "file:///etc/passwd", "gopher://127.0.0.1/"):
        body = {"Name": "c", "HTTP": url, "Interval": "10s"}
        status, _, text = agent.http("PUT", "/v1/agent/check/register", body)
        assert status == 400, (url, status, text)
    assert agent.http("GET", "/v1/agent/checks")[2] == {}


# A cloud's metadata on a loopback of our own, behind a name; the agent asks it for a file and for the API.
METADATA = r"""
set -e
ip link set lo up
ip address add 169.254.169.254/32 dev lo
echo '169.254.169.254 cloud.example' > "$1/hosts"
mount --bind "$1/hosts" /etc/hosts
mkdir "$1/web" && echo credentials > "$1/web/index.html"
"$3" -m http.server 80 --bind 169.254.169.254 --directory "$1/web" > "$1/web.log" 2>&1 &
web=$!
echo '{"checks": [{"id": "file", "name": "file", "http": "http://cloud.example/", "interval": "1s"}]}' > "$1/c.json"
"$2" agent -dev -config-file "$1/c.json" > "$1/agent.log" 2>&1 &
agent=$!
trap 'kill $agent $web' EXIT
for i in $(seq 200); do grep -q 'Ready in' "$1/agent.log" && break; sleep 0.05; done
echo '{"Name": "api", "HTTP": "http://cloud.example/", "Interval": "1s"}' > "$1/api.json"
curl -sSf -X PUT --data "@$1/api.json" http://127.0.0.1:8500/v1/agent/check/register
for i in $(seq 100); do
    curl -sSf http://127.0.0.1:8500/v1/agent/checks > "$1/checks.json"
    grep -q 'leads to' "$1/checks.json" && grep -q '"passing"' "$1/checks.json" && break
    sleep 0.05
done
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
def test_sec_09_a_name_does_not_lead_a_check_of_the_api_to_metadata(tmp_path):
    done = run("unshare", "--net", "--mount", "bash", "-c", METADATA, "x", tmp_path, BINARY, sys.executable,
               cwd=ROOT, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr, (tmp_path / "agent.log").read_text())
    checks = json.loads((tmp_path / "checks.json").read_text())
    assert checks["file"]["Status"] == "passing" and "credentials" in checks["file"]["Output"]
    assert checks["api"]["Status"] == "critical" and "credentials" not in checks["api"]["Output"]
    assert "refused: the name leads to 169.254.169.254" in checks["api"]["Output"]


def test_sec_10_scripts_over_http(agent):
    body = {"Name": "c", "Args": ["/bin/true"], "Interval": "10s"}
    status, _, text = agent.http("PUT", "/v1/agent/check/register", body)
    # 500 until Consul 1.11, 400 since.
    assert status == 400
    assert "Scripts are disabled on this agent from remote calls; to enable, configure " in text
    service = {"Name": "s", "Check": {"Args": ["/bin/true"], "Interval": "10s"}}
    status, _, text = agent.http("PUT", "/v1/agent/service/register", service)
    assert status == 400 and "Scripts are disabled on this agent from remote calls" in text
    assert agent.http("GET", "/v1/agent/services")[2] == {}
