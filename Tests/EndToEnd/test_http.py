# SPDX-License-Identifier: Apache-2.0
"""What only a real connection shows of the HTTP API: compression by curl, sidecars and their life."""
import json

from conftest import eventually, run


def curl(agent, path, *options):
    return run("curl", "-s", "-D", "-", *options, f"http://127.0.0.1:{agent.http_port}{path}")


def test_api_022_large_replies_are_compressed(agent):
    plain = curl(agent, "/v1/agent/self")
    assert "content-encoding" not in plain.stdout.lower()
    packed = curl(agent, "/v1/agent/self", "--compressed")
    head, _, body = packed.stdout.partition("\n\n")
    assert "content-encoding: gzip" in head.lower() and "vary: accept-encoding" in head.lower()
    assert json.loads(body) == json.loads(plain.stdout.partition("\n\n")[2])
    small = curl(agent, "/v1/status/leader", "--compressed")
    assert "content-encoding" not in small.stdout.lower()


def test_api_127_a_sidecar_comes_and_goes_with_its_service(agent):
    body = {"ID": "sc1", "Name": "web", "Port": 8080, "Connect": {"SidecarService": {}}}
    assert agent.http("PUT", "/v1/agent/service/register", body)[0] == 200
    services = agent.http("GET", "/v1/agent/services")[2]
    proxy = services["sc1-sidecar-proxy"]
    assert proxy["Kind"] == "connect-proxy" and 21000 <= proxy["Port"] <= 21255
    assert proxy["Proxy"]["DestinationServiceName"] == "web"
    checks = [c for c in agent.http("GET", "/v1/agent/checks")[2].values() if c["ServiceID"] == "sc1-sidecar-proxy"]
    assert sorted(c["Name"] for c in checks) == ["Connect Sidecar Aliasing sc1", "Connect Sidecar Listening"]
    # Nothing listens on its port: the check says so, and DNS leaves it out.
    assert eventually(lambda: agent.short("web.connect.consul") == [])
    agent.http("PUT", "/v1/agent/service/deregister/sc1")
    assert "sc1-sidecar-proxy" not in agent.http("GET", "/v1/agent/services")[2]
    assert agent.http("GET", "/v1/catalog/service/web-sidecar-proxy")[2] == []


def test_sidecar_mistakes_are_told(agent):
    body = {"Name": "web", "Connect": {"SidecarService": {"ID": "own"}}}
    status, _, text = agent.http("PUT", "/v1/agent/service/register", body)
    assert status == 400 and "sidecar_service can't specify an ID" in text


def test_sidecar_of_a_file_and_of_the_command_line(start, tmp_path):
    (tmp_path / "web.hcl").write_text(
        'service { name = "web" port = 80 connect { sidecar_service { port = 4000 } } }\n'
    )
    agent = start("-config-dir", tmp_path)
    assert agent.http("GET", "/v1/agent/services")[2]["web-sidecar-proxy"]["Port"] == 4000
    other = tmp_path / "api.json"
    other.write_text('{"service": {"name": "api", "port": 81, "connect": {"sidecar_service": {}}}}')
    done = agent.cli("services", "register", other)
    assert done.returncode == 0, done.stderr
    assert agent.http("GET", "/v1/agent/services")[2]["api-sidecar-proxy"]["Port"] == 21000
