# SPDX-License-Identifier: Apache-2.0
"""The files of `tls ca create` and `tls cert create`, as they are, with openssl and curl."""
import os

from conftest import BINARY, free_port, run


def test_https_with_the_files_that_tls_create_made(start, tmp_path):
    def tls(*arguments, code=0):
        done = run(BINARY, "tls", *arguments, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    assert tls("ca", "create", "-name-constraint") == "==> Saved consul-agent-ca.pem\n==> Saved consul-agent-ca-key.pem\n"
    assert "consul-agent-ca.pem already exists." in tls("ca", "create", code=1)
    assert tls("cert", "create", "-server").endswith("==> Saved dc1-server-consul-0-key.pem\n")
    tls("cert", "create", "-client")
    tls("cert", "create", "-cli")
    assert tls("cert", "create", "-cli").endswith("==> Saved dc1-cli-consul-1-key.pem\n")
    for name in os.listdir(tmp_path):
        if name.endswith("-key.pem"):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600, name
    # OpenSSL trusts each for what it is for, and nothing else.
    authority = tmp_path / "consul-agent-ca.pem"
    for name, purpose, good in (("server", "sslserver", True), ("server", "sslclient", True), ("client", "sslclient", True),
                                ("cli", "sslclient", True), ("cli", "sslserver", False)):
        done = run("openssl", "verify", "-x509_strict", "-CAfile", authority, "-purpose", purpose, tmp_path / f"dc1-{name}-consul-0.pem")
        assert (done.returncode == 0) == good, (name, purpose, done.stdout, done.stderr)

    settings = tmp_path / "tls.hcl"
    settings.write_text(f'tls {{ https {{ cert_file = "{tmp_path}/dc1-server-consul-0.pem" '
                        f'key_file = "{tmp_path}/dc1-server-consul-0-key.pem" ca_file = "{authority}" '
                        'verify_incoming = true } }\n')
    port = free_port()
    start("-config-file", settings, "-https-port", port)

    def curl(host, *arguments):
        return run("curl", "-sS", "--noproxy", "*", "-m", "10", "--cacert", authority, "--resolve",
                   f"server.dc1.consul:{port}:127.0.0.1", *arguments, f"https://{host}:{port}/v1/status/leader")

    for role in ("client", "cli"):
        own = ("--cert", tmp_path / f"dc1-{role}-consul-0.pem", "--key", tmp_path / f"dc1-{role}-consul-0-key.pem")
        for host in ("127.0.0.1", "localhost", "server.dc1.consul"):
            assert curl(host, *own).stdout == '"127.0.0.1:8300"', (role, host)
    assert curl("localhost").returncode != 0, "a client without a certificate was served"
    own = {"CONSUL_HTTP_ADDR": f"https://127.0.0.1:{port}", "CONSUL_CACERT": str(authority),
           "CONSUL_CLIENT_CERT": str(tmp_path / "dc1-cli-consul-0.pem"),
           "CONSUL_CLIENT_KEY": str(tmp_path / "dc1-cli-consul-0-key.pem")}
    done = run(BINARY, "members", env={**os.environ, **own}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
