# SPDX-License-Identifier: Apache-2.0
"""Commands that look after an agent, against a real one; numbers are those of the specifications."""
import json
import tarfile

from conftest import eventually

DEFAULTS = ["CleanupDeadServers = true", "LastContactThreshold = 200ms", "MaxTrailingLogs = 250", "MinQuorum = 0",
            "ServerStabilizationTime = 10s", 'RedundancyZoneTag = ""', "DisableUpgradeMigration = false",
            'UpgradeVersionTag = ""']


def test_cli_027_api_224_226_autopilot_configuration_survives_a_restart(start, tmp_path):
    flags = ("-server", "-bootstrap", "-bind", "127.0.0.1", "-data-dir", tmp_path / "data")
    agent = start(*flags, dev=False)
    assert agent.cli("operator", "autopilot", "get-config").stdout.splitlines() == DEFAULTS
    assert agent.cli("operator", "autopilot", "set-config", "-min-quorum=3").stdout == "Configuration updated!\n"
    path = "/v1/operator/autopilot/configuration"
    assert agent.http("PUT", path + "?cas=1", {"MinQuorum": 5})[2] is False
    agent.stop()
    again = start(*flags, dev=False)
    assert "MinQuorum = 3" in again.cli("operator", "autopilot", "get-config").stdout
    assert again.http("GET", path)[2]["ModifyIndex"] > 0
    state = again.cli("operator", "autopilot", "state").stdout
    assert "Healthy:                      true" in state and "Status:          leader" in state
    assert "Billable Service Instances Total: " in again.cli("operator", "usage", "instances").stdout


def test_config_entries_and_intentions_cli_054(agent, tmp_path):
    none = agent.cli("intention", "list")
    assert (none.returncode, none.stderr) == (2, "There are no intentions.\n")
    entry = tmp_path / "web.hcl"
    entry.write_text('Kind = "service-router"\nName = "web"\nRoutes = [{\n  match { http { path_prefix = "/a" } }\n'
                     '  destination { service = "api" }\n}]\n')
    refused = agent.cli("config", "write", str(entry))
    assert refused.returncode == 1 and 'uses a protocol "tcp"' in refused.stderr
    done = agent.cli("config", "write", "-", input='kind = "proxy-defaults" config { protocol = "http" }')
    assert done.stdout == "Config entry written: proxy-defaults/global\n", done.stderr
    assert agent.cli("config", "write", str(entry)).stdout == "Config entry written: service-router/web\n"
    shown = json.loads(agent.cli("config", "read", "-kind=service-router", "-name=web").stdout)
    assert shown["Routes"][0]["Match"] == {"HTTP": {"PathPrefix": "/a"}}
    assert agent.cli("config", "list", "-kind=service-router").stdout == "web\n"
    assert agent.cli("intention", "create", "-deny", "*", "db").stdout == "Created: * => db (deny)\n"
    denied = agent.cli("intention", "check", "web", "db")
    assert (denied.returncode, denied.stdout) == (1, "Denied\n")
    assert agent.cli("intention", "match", "db").stdout == "* => db (deny)\n"
    assert agent.cli("intention", "delete", "*", "db").stdout == "Intention deleted.\n"
    assert agent.cli("config", "delete", f"-filename={entry}").stdout == "Config entry deleted: service-router/web\n"


def test_cli_037_cli_045_keyring_and_rtt(agent):
    keys = agent.cli("keyring", "-list")
    assert keys.returncode == 1 and "error: Unexpected response code: 500 (4 errors occurred:" in keys.stderr
    coordinate = {"Vec": [0.0] * 8, "Error": 1.5, "Adjustment": 0, "Height": 0.00001}
    name = agent.http("GET", "/v1/agent/self")[2]["Config"]["NodeName"]
    assert agent.http("PUT", "/v1/coordinate/update", {"Node": name, "Coord": coordinate})[0] == 200
    estimate = eventually(lambda: agent.cli("rtt", name, name).stdout)
    assert estimate == f"Estimated {name} <-> {name} rtt: 0.020 ms (using LAN coordinates)\n"


def test_exec_runs_only_where_it_is_allowed(start):
    closed = start()
    done = closed.cli("exec", "-wait=300ms", "-wait-repl=1ms", "true")
    assert "0 / 0 node(s) completed / acknowledged" in done.stdout and "disable_remote_exec = false" in done.stderr
    closed.stop()
    agent = start("-hcl", "disable_remote_exec = false")
    name = agent.http("GET", "/v1/agent/self")[2]["Config"]["NodeName"]
    done = agent.cli("exec", "-wait=500ms", "-wait-repl=1ms", "echo", "one;", "echo", "two", ">&2;", "exit", "3")
    assert done.returncode == 2, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == [f"    {name}: one", f"    {name}: two"]
    assert lines[2:] == [f"==> {name}: finished with exit code 3", "1 / 1 node(s) completed / acknowledged"]
    script = agent.cli("exec", "-wait=500ms", "-wait-repl=1ms", "-", input="echo from $0\n")
    assert script.returncode == 0 and f"    {name}: from " in script.stdout
    # Session and keys are gone.
    assert agent.http("GET", "/v1/kv/_rexec/?recurse")[0] == 404
    assert agent.http("GET", "/v1/session/list")[2] == []


def test_debug_bundle_holds_no_secret(start, tmp_path):
    agent = start("-hcl", 'acl { tokens { agent = "very-secret" } }')
    output = tmp_path / "bundle"
    done = agent.cli("debug", "-capture=agent", "-capture=host", "-capture=members", f"-output={output}")
    assert done.returncode == 0, done.stderr
    with tarfile.open(f"{output}.tar.gz") as archive:
        names = sorted(archive.getnames())
        assert names == [f"bundle/{name}" for name in
                         ("agent.json", "host.json", "index.json", "members.json", "raft.json")]
        texts = {name: archive.extractfile(name).read().decode() for name in names}
    assert all("very-secret" not in text for text in texts.values())
    assert "NodeName" in json.loads(texts["bundle/agent.json"])["Config"]
    assert json.loads(texts["bundle/index.json"])["Targets"] == ["agent", "host", "members"]
    assert agent.cli("debug", "-capture=agent", f"-output={output}").returncode == 1


def test_internal_ui_lists_services_and_nodes(agent):
    agent.http("PUT", "/v1/agent/service/register", {"Name": "web", "Tags": ["b", "a"], "Check": {"TTL": "10s"}})
    services = {service["Name"]: service for service in agent.http("GET", "/v1/internal/ui/services")[2]}
    assert services["web"]["Tags"] == ["a", "b"] and services["web"]["ChecksCritical"] == 1
    nodes = agent.http("GET", "/v1/internal/ui/nodes")[2]
    assert len(nodes) == 1 and {"consul", "web"} == {service["Service"] for service in nodes[0]["Services"]}
    assert agent.http("GET", f"/v1/internal/ui/node/{nodes[0]['Node']}")[2]["Checks"]
    assert agent.http("GET", "/v1/internal/ui/catalog-overview")[2]["Nodes"][0]["Total"] == 1
