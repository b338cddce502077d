# SPDX-License-Identifier: Apache-2.0
"""Checks against what they check in the world: gRPC's own library, a Docker engine, another node's entry."""
import json
import os
import re
import time
from concurrent import futures

import grpc
from conftest import ROOT, eventually
from engine import engine, program
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

EVERY_KIND = {
    "http": {"HTTP": "http://127.0.0.1:1/", "Method": "PUT", "Header": {"X": ["y"]}, "Body": "b", "DisableRedirects": True,
             "TLSServerName": "web.example", "TLSSkipVerify": True},
    "tcp": {"TCP": "127.0.0.1:1", "TCPUseTLS": True},
    "udp": {"UDP": "127.0.0.1:1"},
    "grpc": {"GRPC": "127.0.0.1:1/web", "GRPCUseTLS": True},
    "h2ping": {"H2PING": "127.0.0.1:1", "H2PingUseTLS": False},
    "docker": {"DockerContainerID": "web", "Shell": "/bin/sh", "Args": ["exit 0"]},
    "script": {"Args": ["/bin/false"]},
    "os_service": {"OSService": "web"},
    "alias": {"AliasNode": "elsewhere", "AliasService": "web"},
    "ttl": {"TTL": "30s"},
}


def statuses(agent) -> dict:
    return {name: check["Status"] for name, check in agent.http("GET", "/v1/agent/checks")[2].items()}


def output(agent, name) -> str:
    return agent.http("GET", "/v1/agent/checks")[2][name]["Output"]


def test_checks_of_every_kind_return_after_a_restart(start, tmp_path):
    def agent():
        return start("-server", "-bootstrap-expect", "1", "-data-dir", tmp_path / "data", "-bind", "127.0.0.1",
                     "-enable-script-checks", dev=False)

    def known(running):
        checks = running.http("GET", "/v1/agent/checks")[2]
        return {key: {**check, "Status": "", "Output": ""} for key, check in checks.items()}

    first = agent()
    assert first.http("PUT", "/v1/agent/service/register", {"Name": "web", "Port": 1})[0] == 200
    for kind, fields in EVERY_KIND.items():
        timing = {} if kind in ("ttl", "alias") else {"Interval": "1h", "Timeout": "3s"}
        body = {"Name": kind, "ServiceID": "web", "Status": "passing", "SuccessBeforePassing": 2,
                "FailuresBeforeCritical": 3, "DeregisterCriticalServiceAfter": "90m", **timing, **fields}
        assert first.http("PUT", "/v1/agent/check/register", body)[0] == 200, kind
    before = known(first)
    assert {key: check["Type"] for key, check in before.items()} == {kind: kind for kind in EVERY_KIND}
    first.stop()
    second = agent()
    assert known(second) == before
    # What was passing is not thrown out by the restart; the alias has found that there is no such node.
    assert {**statuses(second), "alias": ""} == {**{kind: "passing" for kind in EVERY_KIND}, "alias": ""}


def certificates(directory) -> dict:
    """The files of the Swift tests' authority, server and client, written into a directory."""
    source = (ROOT / "Tests/HealthChecksTests/TestCertificates.swift").read_text()
    files = {}
    for name, text in re.findall(r'static let (\w+) = """\n(.*?)"""', source, flags=re.S):
        files[name] = directory / f"{name}.pem"
        files[name].write_text(re.sub(r"^ +", "", text, flags=re.M))
    return files


def test_grpc_and_h2ping_checks_follow_a_real_server(start, tmp_path):
    pem = certificates(tmp_path)
    file = tmp_path / "tls.hcl"
    # Not yet the authority of the server.
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(pem["client"].read_bytes())
    file.write_text(f"""
enable_agent_tls_for_checks = true
tls {{ defaults {{ ca_file = "{trusted}" cert_file = "{pem['client']}" key_file = "{pem['clientKey']}" }} }}
""")
    agent = start("-config-file", file)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    # Only clients with a certificate of the authority are let in.
    secure = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(
        [(pem["serverKey"].read_bytes(), pem["server"].read_bytes())], pem["authority"].read_bytes(), True))
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    servicer.set("web", health_pb2.HealthCheckResponse.SERVING)
    server.start()
    try:
        for name, fields in {
            "web": {"GRPC": f"127.0.0.1:{port}/web"},
            "whole": {"GRPC": f"127.0.0.1:{port}"},
            "none": {"GRPC": f"127.0.0.1:{port}/none"},
            "ping": {"H2PING": f"127.0.0.1:{port}", "H2PingUseTLS": False},
            "secure": {"GRPC": f"127.0.0.1:{secure}/web", "GRPCUseTLS": True, "TLSServerName": "web.example"},
            "secure-ping": {"H2PING": f"127.0.0.1:{secure}"},
        }.items():
            assert agent.http("PUT", "/v1/agent/check/register", {"Name": name, "Interval": "1s", **fields})[0] == 200
        assert eventually(lambda: "certificate" in output(agent, "secure-ping"), 5), output(agent, "secure-ping")
        # A reload reads the files again; one that cannot be used is named, and changes nothing.
        trusted.write_text("nothing")
        status, _, body = agent.http("PUT", "/v1/agent/reload")
        assert status == 500 and f"ca_file: '{trusted}'" in body, body
        trusted.write_bytes(pem["authority"].read_bytes())
        assert agent.http("PUT", "/v1/agent/reload")[0] == 200
        expected = {"web": "passing", "whole": "passing", "none": "critical", "ping": "passing", "secure": "passing",
                    "secure-ping": "passing"}
        assert eventually(lambda: statuses(agent) == expected and output(agent, "none"), 10), statuses(agent)
        assert output(agent, "web") == f"gRPC check 127.0.0.1:{port}/web: success"
        assert output(agent, "none").startswith("rpc error: code = NotFound desc = ")
        assert output(agent, "ping") == "HTTP2 ping was successful"
        servicer.set("web", health_pb2.HealthCheckResponse.NOT_SERVING)
        assert eventually(lambda: statuses(agent)["web"] == "critical" == statuses(agent)["secure"], 5)
        assert output(agent, "web") == f"gRPC 127.0.0.1:{port}/web serving status: NOT_SERVING"
    finally:
        server.stop(None).wait()
    # A server that goes away takes its checks with it; the run is counted.
    assert eventually(lambda: set(statuses(agent).values()) == {"critical"}, 5), statuses(agent)


def test_an_alias_follows_a_service_of_another_node(agent):
    def register(status, **more):
        body = {"Node": "ext1", "Address": "127.0.0.2", "Service": {"ID": "db1", "Service": "db"},
                "Check": {"CheckID": "k", "Name": "k", "ServiceID": "db1", "Status": status, "Output": "why"}, **more}
        assert agent.http("PUT", "/v1/catalog/register", body)[0] == 200

    assert agent.http("PUT", "/v1/agent/service/register", {
        "Name": "front", "Check": {"CheckID": "a", "AliasNode": "ext1", "AliasService": "db1"}})[0] == 200
    missing = "Service db1 could not be found on node ext1"
    assert eventually(lambda: output(agent, "a") == missing), output(agent, "a")
    register("passing")
    assert eventually(lambda: statuses(agent)["a"] == "passing"), output(agent, "a")
    register("warning")
    assert eventually(lambda: statuses(agent)["a"] == "warning"), output(agent, "a")
    assert output(agent, "a") == 'Aliased check "k" failing: why'
    assert agent.http("PUT", "/v1/catalog/deregister", {"Node": "ext1"})[0] == 200
    assert eventually(lambda: output(agent, "a") == missing), output(agent, "a")


def test_the_guide_defines_checks_of_every_kind(start, tmp_path):
    systemctl = tmp_path / "bin/systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text("#!/bin/sh\necho LoadState=loaded\necho ActiveState=failed\necho SubState=failed\n")
    systemctl.chmod(0o755)
    guide = (ROOT / "docs/operations/checks.md").read_text()
    file = tmp_path / "checks.hcl"
    # The example as it stands, but addresses where nobody is and one check that runs soon.
    example = re.search(r"^```hcl\n(.*?)^```$", guide, flags=re.M | re.S)[1].replace("10.0.0.7", "127.0.0.1")
    file.write_text(example.replace('os_service = "nginx", interval = "10s"', 'os_service = "nginx", interval = "1s"'))
    agent = start("-config-file", file, env={"PATH": f"{systemctl.parent}:{os.environ['PATH']}"})
    types = {key: check["Type"] for key, check in agent.http("GET", "/v1/agent/checks")[2].items()}
    kinds = ["http", "tcp", "udp", "grpc", "h2ping", "script", "docker", "ttl", "alias"]
    assert types == {**{kind: kind for kind in kinds}, "unit": "os_service", "far": "alias"}
    assert eventually(lambda: output(agent, "unit") == 'Service "nginx" is failed (failed)', 5), output(agent, "unit")
    # Scripts of files are allowed, those of the API are not, and a command in a container is one.
    body = {"Name": "d", "DockerContainerID": "web", "Args": ["true"], "Interval": "1s"}
    status, _, text = agent.http("PUT", "/v1/agent/check/register", body)
    assert status in (400, 500) and "Scripts are disabled on this agent from remote calls" in text, (status, text)


def test_e29_docker_checks_run_in_containers(start):
    with engine() as docker:
        docker.image("shell:1")
        docker.run("shell:1", "web")
        agent = start("-enable-script-checks", env={"DOCKER_HOST": docker.host})
        script = "i=0; while [ $i -lt 1500 ]; do echo line$i; i=$((i+1)); done; exit 2"
        for name, fields in {
            "zero": {"Args": ["/bin/echo", "a  b", "$HOME"]},
            "one": {"Shell": "/bin/sh", "Args": ["echo out; echo err >&2; exit 1"]},
            "two": {"Args": ["/bin/sh", "-c", script]},
            "none": {"DockerContainerID": "no-such", "Args": ["/bin/echo"]},
        }.items():
            body = {"Name": name, "DockerContainerID": "web", "Interval": "1s", **fields}
            assert agent.http("PUT", "/v1/agent/check/register", body)[0] == 200
        expected = {"zero": "passing", "one": "warning", "two": "critical", "none": "critical"}
        assert eventually(
            lambda: statuses(agent) == expected and output(agent, "two") and output(agent, "none"), 15
        ), agent.http("GET", "/v1/agent/checks")[2]
        assert output(agent, "zero") == "a  b $HOME\n"
        assert sorted(output(agent, "one").splitlines()) == ["err", "out"]
        assert output(agent, "two").startswith("Captured 4096 of ") and output(agent, "two").endswith("line1499\n")
        assert output(agent, "none") == "create exec failed for unknown container no-such"
        docker.docker("pause", "web")
        paused = "create exec failed since container web is paused or stopped"
        assert eventually(lambda: output(agent, "zero") == paused, 5), output(agent, "zero")
        assert statuses(agent)["zero"] == "critical"
        docker.docker("rm", "-f", "web")
        gone = "create exec failed for unknown container web"
        assert eventually(lambda: output(agent, "zero") == gone, 5), output(agent, "zero")
        assert set(statuses(agent).values()) == {"critical"}


def test_e29_an_agent_in_a_container_checks_its_neighbours(binary):
    """The other style: the engine's socket is mounted into the container of the agent, at the usual place."""
    with engine() as docker:
        docker.image("shell:1")
        docker.run("shell:1", "web")
        checks = [{"id": name, "name": name, "docker_container_id": "web", "shell": "/bin/sh", "args": [f"echo out; exit {code}"],
                   "interval": "1s"} for name, code in (("zero", 0), ("one", 1), ("two", 2))]
        # The engine's own network is one of the test's, with nothing but a loopback.
        docker.run("shell:1", "agent", "/bin/waypost", "agent", "-dev", "-enable-script-checks", "-hcl", json.dumps({"checks": checks}),
                   network="host", mounts=[*program(binary, "/bin/waypost"), (f"{docker.directory}/s", "/var/run/docker.sock")])

        def found():
            done = docker.space.curl("http://127.0.0.1:8500/v1/agent/checks", "-f")
            told = json.loads(done.stdout) if done.returncode == 0 else {}
            return {name: check["Status"] for name, check in told.items() if check["Output"] or check["Status"] != "critical"}

        expected = {"zero": "passing", "one": "warning", "two": "critical"}
        assert eventually(lambda: found() == expected, 15), (found(), docker.docker("logs", "agent").stdout)
        docker.docker("rm", "-f", "web")
        assert eventually(lambda: set(found().values()) == {"critical"}, 5), found()


def test_aliases_that_look_at_each_other_come_to_rest(agent):
    """A third of a second without a write shows it: such aliases once made some two hundred in that time."""
    for name in ("a", "b"):
        body = {"Name": name, "Check": {"CheckID": f"ttl-{name}", "TTL": "1h", "Status": "passing"}}
        assert agent.http("PUT", "/v1/agent/service/register", body)[0] == 200
        assert agent.http("PUT", "/v1/agent/check/register", {"ID": f"node-{name}", "Name": "at the node", "AliasService": name})[0] == 200
    for name, other in (("a", "b"), ("b", "a")):
        body = {"ID": f"ring-{name}", "Name": "ring", "ServiceID": name, "AliasService": other}
        assert agent.http("PUT", "/v1/agent/check/register", body)[0] == 200
    everything = {"ttl-a", "ttl-b", "node-a", "node-b", "ring-a", "ring-b"}

    def rest(expected):
        assert eventually(lambda: statuses(agent) == expected, 5), agent.http("GET", "/v1/agent/checks")[2]
        index = agent.http("GET", "/v1/catalog/services")[1]["X-Consul-Index"]
        checks = agent.http("GET", "/v1/health/state/any")[1]["X-Consul-Index"]
        time.sleep(0.3)
        assert agent.http("GET", "/v1/catalog/services")[1]["X-Consul-Index"] == index
        assert agent.http("GET", "/v1/health/state/any")[1]["X-Consul-Index"] == checks
        assert statuses(agent) == expected
        assert all(len(output(agent, name)) < 5000 for name in everything)

    rest(dict.fromkeys(everything, "passing"))
    assert agent.http("PUT", "/v1/agent/check/fail/ttl-a?note=" + "x" * 4000)[0] == 200
    # The node's aliases belong to both services.
    rest({**dict.fromkeys(everything, "critical"), "ttl-b": "passing"})
    assert agent.http("PUT", "/v1/agent/check/pass/ttl-a")[0] == 200
    rest(dict.fromkeys(everything, "passing"))
