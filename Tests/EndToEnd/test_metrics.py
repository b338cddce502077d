# SPDX-License-Identifier: Apache-2.0
"""What the running agent measures: JSON, Prometheus as its own parser reads it, statsd."""
import json
import pathlib
import re
import socket
import subprocess
import threading
import time

import dns.message
import dns.query
import pytest
from clients import ENVIRONMENT, tool
from conftest import ROOT, eventually
from prometheus_client.parser import text_string_to_metric_families

DOCUMENT = ROOT / "docs/operations/metrics.md"


def ask(agent, name, kind="A"):
    query = dns.message.make_query(name, kind)
    return dns.query.udp(query, "127.0.0.1", port=agent.dns_port, timeout=5)


def families(agent):
    status, _, body = agent.http("GET", "/v1/agent/metrics?format=prometheus")
    assert status == 200
    return {family.name: family for family in text_string_to_metric_families(body)}


def value(families, name, **labels):
    """The sum of the samples with these labels. The parser gives counters without it a suffix."""
    return sum(
        sample.value
        for family in families.values()
        for sample in family.samples
        if sample.name in (name, f"{name}_total") and labels.items() <= sample.labels.items()
    )


@pytest.fixture
def measured(start, tmp_path):
    (tmp_path / "telemetry.hcl").write_text(
        'telemetry { prometheus_retention_time = "60s" disable_hostname = true }'
    )
    return start("-config-file", tmp_path / "telemetry.hcl")


def test_prometheus_counts_what_happened(measured):
    agent = measured
    before = families(agent)
    for _ in range(20):
        assert ask(agent, "consul.service.consul").rcode() == 0
    for _ in range(7):
        assert ask(agent, "no-such.service.consul").rcode() == 3
    assert ask(agent, "consul.service.consul", "ANY").rcode() == 0
    query = dns.message.make_query("consul.service.consul", "A")
    assert dns.query.tcp(query, "127.0.0.1", port=agent.dns_port, timeout=5).rcode() == 0
    agent.http("PUT", "/v1/kv/a", b"1")
    agent.http("GET", "/v1/health/service/consul")
    after = families(agent)

    def grew(name, **labels):
        return value(after, name, **labels) - value(before, name, **labels)

    assert grew("waypost_dns_queries_total", proto="udp") == 28
    assert grew("waypost_dns_queries_total", proto="tcp", family="1", type="A") == 1
    assert grew("waypost_dns_queries_total", proto="udp", type="ANY") == 1
    assert grew("waypost_dns_queries_total", proto="udp", type="other") == 0
    assert grew("waypost_dns_answers_total", source="catalog") == 29
    assert grew("waypost_dns_responses_total", rcode="NXDOMAIN", source="catalog") == 7
    assert grew("waypost_dns_responses_total", rcode="NOERROR", source="catalog") == 22
    assert grew("consul_dns_domain_query_count") >= 28
    assert grew("consul_kvs_apply_count") == 1
    assert grew("consul_raft_apply") >= 1
    assert grew("consul_api_http_count", method="PUT", path="v1_kv_") == 1
    assert grew("consul_health_service_query", service="consul") == 1
    assert value(after, "consul_state_kv_entries", datacenter="dc1") == 1
    assert value(after, "consul_state_nodes", datacenter="dc1") == 1
    assert value(after, "consul_server_isLeader") == 1
    assert value(after, "consul_runtime_sys_bytes") > 10_000_000


def test_every_family_is_documented(measured):
    ask(measured, "consul.service.consul")
    documented = set(re.findall(r"^\| `(\w+)`", DOCUMENT.read_text(), re.M))
    # The parser takes the suffix off counters that have it.
    names = {name if name in documented else f"{name}_total" for name in families(measured)}
    assert len(names) > 40
    assert names <= documented


def test_alerts_fire_when_they_should(measured):
    rules = ROOT / "examples/prometheus/alerts.yml"
    cases = pathlib.Path(__file__).parent / "alerts.test.yml"
    for command in (("check", "rules", rules), ("test", "rules", cases)):
        done = subprocess.run([tool("promtool"), *command], capture_output=True, text=True, timeout=30, env=ENVIRONMENT)
        assert done.returncode == 0, done
    alerts = set(re.findall(r"alert: (\w+)", rules.read_text()))
    assert len(alerts) == 8 and alerts == set(re.findall(r'alertname[:=] ?"?(\w+)', cases.read_text()))
    # All names are there after a write, but for those of HTTPS, of recursors and of a data directory.
    measured.http("PUT", "/v1/kv/a", b"1")
    text = measured.http("GET", "/v1/agent/metrics?format=prometheus")[2]
    there = set(re.findall(r"^(\w+)", text, re.M))
    names = set(re.findall(r"\b(?:consul|waypost)_\w+", rules.read_text()))
    assert names - there <= {"consul_agent_tls_cert_expiry", "waypost_forward_healthy", "waypost_raft_snapshot_age_seconds",
                             "waypost_disk_free_bytes", "waypost_disk_size_bytes"}


def test_json_without_prometheus(agent):
    """API-153, API-154."""
    status, _, body = agent.http("GET", "/v1/agent/metrics")
    report = body
    assert status == 200 and list(report) == ["Timestamp", "Gauges", "Points", "Counters", "Samples"]
    assert all(g["Name"].startswith(("consul.", "waypost.")) for g in report["Gauges"])
    names = [g["Name"] for g in report["Gauges"]]
    assert "consul.runtime.alloc_bytes" in names and names == sorted(names)
    status, _, body = agent.http("GET", "/v1/agent/metrics?format=prometheus")
    assert (status, body) == (
        415, "Prometheus is not enabled since its retention time is not positive")


def test_statsd_and_the_stream_end_with_the_agent(start, tmp_path):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(10)
    (tmp_path / "telemetry.json").write_text(json.dumps({"telemetry": {
        "statsd_address": f"127.0.0.1:{server.getsockname()[1]}",
        "prefix_filter": ["-consul.runtime"], "disable_hostname": True}}))
    agent = start("-config-file", tmp_path / "telemetry.json")
    agent.http("PUT", "/v1/kv/a", b"1")
    lines = []

    def told():
        lines.extend(server.recv(65536).decode().splitlines())
        return any(re.fullmatch(r"consul\.kvs\.apply:[0-9.e-]+\|ms", line) for line in lines)

    eventually(told, seconds=10)
    assert any(line.startswith("consul.server.isLeader:1|g") for line in lines)
    assert not any("runtime" in line for line in lines)
    # A stream that waits for its next interval does not keep the agent from stopping.
    stream = socket.create_connection(("127.0.0.1", agent.http_port))
    stream.sendall(b"GET /v1/agent/metrics/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    stream.settimeout(15)
    assert stream.recv(65536).startswith(b"HTTP/1.1 200")
    begun = time.monotonic()
    agent.stop()
    assert time.monotonic() - begun < 5


def test_monitor_shows_the_log_as_it_is_written(agent, binary):
    """CLI-038 and beyond: the command reads along at its own level, and ends with the agent."""
    refused = agent.cli("monitor", "-log-level=zz")
    assert refused.returncode == 1 and "Unknown log level: zz" in refused.stderr
    command = [binary, "monitor", f"-http-addr=127.0.0.1:{agent.http_port}", "-log-level=debug"]
    monitor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(monitor.stdout), daemon=True)
    reader.start()
    try:
        def reloaded():
            agent.cli("reload")
            return any("[INFO]" in line and "configuration reloaded" in line for line in seen)

        eventually(reloaded, seconds=10)
        agent.stop()
        # Consul: who reads along fails when the agent goes.
        assert monitor.wait(10) == 1
        reader.join(5)
        assert "Remote side ended the monitor" in "".join(seen)
    finally:
        monitor.kill()
        monitor.wait()
