# SPDX-License-Identifier: Apache-2.0
"""HTTPS with real clients: curl, Python, our own command line; reloads; files that cannot be used."""
import http.client
import os
import signal
import socket
import ssl

import pytest
from certificates import Authority
from conftest import BINARY, ROOT, eventually, free_port, run

NAMES = "IP:127.0.0.1,DNS:localhost,DNS:server.dc1.consul"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"), "own")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"), "stranger")


def configuration(tmp_path, authority, certificate, key, more=""):
    file = tmp_path / "tls.hcl"
    file.write_text(f'tls {{ https {{ cert_file = "{certificate}" key_file = "{key}" '
                    f'ca_file = "{authority.certificate}" {more} }} }}\n')
    return file


def secure(start, tmp_path, authority, certificate, key, more="", *flags):
    """An agent with HTTPS on a port of its own."""
    port = free_port()
    agent = start("-config-file", configuration(tmp_path, authority, certificate, key, more), "-https-port", port, *flags)
    agent.https_port = port
    return agent


def curl(port, *arguments, path="/v1/status/leader", host="127.0.0.1"):
    return run("curl", "-sS", "--noproxy", "*", "-m", "10", *arguments, f"https://{host}:{port}{path}")


def cli(agent, *arguments, env=None, **options):
    address = f"https://127.0.0.1:{agent.https_port}"
    return run(BINARY, *arguments, env={**os.environ, "CONSUL_HTTP_ADDR": address, **(env or {})}, cwd=ROOT, **options)


def test_sec_16_clients_of_https(start, tmp_path, authority, stranger):
    certificate, key = authority.sign("server", NAMES)
    agent = secure(start, tmp_path, authority, certificate, key)
    assert f"HTTPS     127.0.0.1:{agent.https_port}" in agent.text()
    trust = ("--cacert", authority.certificate)

    good = curl(agent.https_port, *trust)
    assert good.returncode == 0 and good.stdout == '"127.0.0.1:8300"', good.stderr
    wrong = curl(agent.https_port, "--cacert", stranger.certificate)
    assert wrong.returncode == 60, wrong.stderr
    old = curl(agent.https_port, *trust, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")
    assert old.returncode == 35, old.stderr
    for version in ("1.2", "1.3"):
        assert curl(agent.https_port, *trust, "--tls-max", version, f"--tlsv{version}").returncode == 0

    # Plain HTTP on the port of HTTPS is told so.
    plain = run("curl", "-sS", "--noproxy", "*", f"http://127.0.0.1:{agent.https_port}/v1/status/leader")
    assert plain.stdout == "Client sent an HTTP request to an HTTPS server.\n", plain.stderr

    # Python, one connection for all, with a blocking query, a large and a compressed reply.
    context = ssl.create_default_context(cafile=authority.certificate)
    client = http.client.HTTPSConnection("localhost", agent.https_port, context=context, timeout=10)
    for _ in range(3):
        client.request("PUT", "/v1/kv/big", body=b"x" * 300_000)
        assert client.getresponse().read() == b"true"
        client.request("GET", "/v1/kv/big?raw", headers={"Accept-Encoding": "gzip"})
        reply = client.getresponse()
        assert reply.status == 200 and len(reply.read()) < 10_000
        client.request("GET", "/v1/kv/big?raw")
        assert len(client.getresponse().read()) == 300_000
    client.close()

    # The limits hold here too.
    evil = curl(agent.https_port, *trust, "-H", "Host: evil.example", "-o", tmp_path / "out", "-w", "%{http_code}")
    assert evil.stdout == "403"
    # And noise costs its own connection only.
    for octets in (b"\x16\x03\x01\x00\x05hello", b"\x00" * 100, b"\x16"):
        with socket.create_connection(("127.0.0.1", agent.https_port), 3) as raw:
            raw.sendall(octets)
            raw.settimeout(0.05)
            try:
                raw.recv(100)
            except OSError:
                pass
    assert curl(agent.https_port, *trust).returncode == 0


def test_cli_over_https(start, tmp_path, authority, stranger):
    certificate, key = authority.sign("cli-server", "DNS:server.dc1.consul")
    agent = secure(start, tmp_path, authority, certificate, key)
    trust = {"CONSUL_CACERT": str(authority.certificate)}
    name = {"CONSUL_TLS_SERVER_NAME": "server.dc1.consul"}

    done = cli(agent, "kv", "put", "a", "1", env={**trust, **name})
    assert done.returncode == 0, done.stderr
    done = cli(agent, "kv", "get", "-ca-file", authority.certificate, "-tls-server-name", "server.dc1.consul", "a")
    assert done.stdout == "1\n", done.stderr
    folder = tmp_path / "cas"
    folder.mkdir()
    (folder / "one.pem").write_bytes(authority.certificate.read_bytes())
    done = cli(agent, "kv", "get", "-ca-path", folder, "a", env=name)
    assert done.stdout == "1\n", done.stderr
    done = cli(agent, "kv", "get", "a", env={"CONSUL_HTTP_SSL_VERIFY": "false"})
    assert done.stdout == "1\n", done.stderr
    done = cli(agent, "kv", "get", "a", env={
        **trust, **name, "CONSUL_HTTP_ADDR": f"127.0.0.1:{agent.https_port}", "CONSUL_HTTP_SSL": "true"})
    assert done.stdout == "1\n", done.stderr

    done = cli(agent, "kv", "get", "a", env=trust)
    assert done.returncode == 1 and "certificate is not valid for 127.0.0.1" in done.stderr, done.stderr
    done = cli(agent, "kv", "get", "-ca-file", stranger.certificate, "a", env=name)
    assert done.returncode == 1 and "x509: certificate signed by unknown authority" in done.stderr, done.stderr
    done = cli(agent, "kv", "get", "a", env={**trust, "CONSUL_HTTP_ADDR": f"https://127.0.0.1:{agent.http_port}"})
    assert done.returncode == 1 and "server gave HTTP response to HTTPS client" in done.stderr, done.stderr
    done = cli(agent, "kv", "get", "a", env={"CONSUL_HTTP_ADDR": f"http://127.0.0.1:{agent.https_port}"})
    assert done.returncode == 1 and "Client sent an HTTP request to an HTTPS server" in done.stderr, done.stderr


def test_client_certificates(start, tmp_path, authority, stranger):
    certificate, key = authority.sign("mutual", NAMES)
    agent = secure(start, tmp_path, authority, certificate, key, "verify_incoming = true")
    trust = ("--cacert", authority.certificate)
    own, own_key = authority.sign("client")
    other, other_key = stranger.sign("client")
    expired, expired_key = authority.sign("late", days=-1)

    assert curl(agent.https_port, *trust, "--cert", own, "--key", own_key).stdout == '"127.0.0.1:8300"'
    assert curl(agent.https_port, *trust).returncode != 0
    assert curl(agent.https_port, *trust, "--cert", other, "--key", other_key).returncode != 0
    assert curl(agent.https_port, *trust, "--cert", expired, "--key", expired_key).returncode != 0

    env = {"CONSUL_CACERT": str(authority.certificate)}
    shown = {**env, "CONSUL_CLIENT_CERT": str(own), "CONSUL_CLIENT_KEY": str(own_key)}
    done = cli(agent, "members", env=shown)
    assert done.returncode == 0, done.stderr
    done = cli(agent, "members", env=env)
    assert done.returncode == 1 and done.stderr, "a client without a certificate was served"
    done = cli(agent, "members", "-client-cert", own, "-client-key", other_key, env=env)
    assert done.returncode == 1 and "does not belong to the certificate in" in done.stderr, done.stderr
    # Who cannot show a certificate may still use plain HTTP, which is another port.
    assert agent.http("GET", "/v1/status/leader")[0] == 200


def test_sec_17_a_reload_changes_the_certificate_and_keeps_connections(start, tmp_path, authority):
    first = authority.sign("first", NAMES, days=20)
    second = authority.sign("second", NAMES, days=40)
    agent = secure(start, tmp_path, authority, *first)
    context = ssl.create_default_context(cafile=authority.certificate)

    def serving():
        with socket.create_connection(("127.0.0.1", agent.https_port), 5) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as wrapped:
                return dict(part[0] for part in wrapped.getpeercert()["subject"])["commonName"]

    def ask(client):
        client.request("GET", "/v1/status/leader")
        return client.getresponse().read()

    def days_left():
        gauges = agent.http("GET", "/v1/agent/metrics")[2]["Gauges"]
        return next(gauge["Value"] for gauge in gauges if gauge["Name"] == "consul.agent.tls.cert.expiry") / 86400

    assert 19.9 < days_left() <= 20
    before = http.client.HTTPSConnection("localhost", agent.https_port, context=context, timeout=10)
    assert ask(before) == b'"127.0.0.1:8300"' and serving() == "first"
    held = before.sock
    # The same paths with other contents, as who renews certificates does it.
    for new, old in zip(second, first):
        old.write_bytes(new.read_bytes())
    assert agent.cli("reload").returncode == 0
    assert serving() == "second"
    assert 39.9 < days_left() <= 40
    assert ask(before) == b'"127.0.0.1:8300"' and before.sock is held, "the connection was dropped"

    # What cannot be used changes nothing, and says so.
    good = first[0].read_bytes()
    expired, expired_key = authority.sign("gone", NAMES, days=-1)
    for content, text in ((b"nonsense", "tls.https.cert_file"), (expired.read_bytes(), "does not belong")):
        first[0].write_bytes(content)
        status, _, answer = agent.http("PUT", "/v1/agent/reload")
        assert status == 500 and text in answer and str(first[0]) in answer, answer
        assert serving() == "second"
    first[0].write_bytes(expired.read_bytes())
    key = first[1].read_bytes()
    first[1].write_bytes(expired_key.read_bytes())
    status, _, answer = agent.http("PUT", "/v1/agent/reload")
    assert status == 500 and "expired on 2020-01-02 00:00:00 UTC" in answer, answer
    first[0].write_bytes(good)
    first[1].write_bytes(key)
    agent.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: agent.text().count("configuration reloaded") == 2, 5), agent.text()
    assert ask(before) == b'"127.0.0.1:8300"' and before.sock is held


def test_files_that_cannot_be_used_are_named(tmp_path, authority, stranger, binary):
    certificate, key = authority.sign("start", NAMES)
    other, other_key = stranger.sign("start")
    text = tmp_path / "text.pem"
    text.write_text("hello")
    locked = tmp_path / "locked.pem"
    run("openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:x", "-out", locked)
    cases = [
        (tmp_path / "none.pem", key, "", "tls.https.cert_file: ", "none.pem: no such file or directory"),
        (text, key, "", "tls.https.cert_file: ", "holds no certificate in PEM form"),
        (key, key, "", "tls.https.cert_file: ", "holds a private key; the certificate goes here"),
        (certificate, certificate, "", "tls.https.key_file: ", "holds a certificate; no private key"),
        (certificate, other_key, "", "tls.https.key_file: ", "does not belong to the certificate in"),
        (certificate, locked, "", "tls.https.key_file: ", "is encrypted with a password"),
        (certificate, tmp_path, "", "tls.https.key_file: ", "is a directory"),
    ]
    for at, (one, two, more, field, reason) in enumerate(cases):
        file = configuration(tmp_path, authority, one, two, more)
        done = run(binary, "agent", "-dev", "-dns-port", "-1", "-http-port", "-1", "-https-port", free_port(),
                   "-config-file", file)
        assert done.returncode == 1, (at, done.stdout)
        assert field in done.stderr and reason in done.stderr and "tls.hcl:1" in done.stderr, (at, done.stderr)


def test_https_alone_over_several_addresses_and_a_unix_socket(start, tmp_path, authority):
    certificate, key = authority.sign("alone", "IP:127.0.0.1,IP:127.0.0.2,DNS:localhost")
    path = tmp_path / "plain.sock"
    file = configuration(tmp_path, authority, certificate, key)
    file.write_text(file.read_text() + f'addresses {{ https = "127.0.0.1 127.0.0.2" http = "unix://{path}" }}\n'
                    'unix_sockets { mode = "0600" }\n')
    port = free_port()
    agent = start("-config-file", file, "-https-port", port)
    for host in ("127.0.0.1", "127.0.0.2"):
        assert curl(port, "--cacert", authority.certificate, host=host).stdout == '"127.0.0.1:8300"'
    assert oct(os.stat(path).st_mode & 0o777) == "0o600"
    done = run("curl", "-sS", "--unix-socket", path, "http://any.example/v1/status/leader")
    assert done.stdout == '"127.0.0.1:8300"', "a unix socket has no names that could be led astray"
    done = run(BINARY, "kv", "put", "a", "1", env={**os.environ, "CONSUL_HTTP_ADDR": f"unix://{path}"})
    assert done.returncode == 0, done.stderr


def test_the_name_that_is_asked_for_must_be_in_the_certificate(start, tmp_path, authority):
    certificate, key = authority.sign("cli-names", NAMES)
    agent = secure(start, tmp_path, authority, certificate, key)
    trust = ("-ca-file", authority.certificate)
    assert cli(agent, "members", *trust).returncode == 0
    assert cli(agent, "members", *trust, "-tls-server-name", "server.dc1.consul").returncode == 0
    # The certificate has the address that is reached too.
    for name in ("wrong.example", "127.0.0.2"):
        done = cli(agent, "members", *trust, "-tls-server-name", name)
        assert done.returncode == 1 and f"certificate is not valid for {name}" in done.stderr, done.stderr
    done = cli(agent, "members", *trust, env={"CONSUL_TLS_SERVER_NAME": "wrong.example"})
    assert done.returncode == 1 and "certificate is not valid for wrong.example" in done.stderr, done.stderr
