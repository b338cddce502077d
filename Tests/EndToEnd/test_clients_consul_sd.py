# SPDX-License-Identifier: Apache-2.0
"""E5: what Prometheus' `consul_sd_configs` asks, as recorded, and the targets that it makes of the answers."""
import gzip
import http.client
import json
import socket
import threading
import time
import urllib.parse

import pytest
import yaml
from clients import snippet
from conftest import eventually
from prometheus_client.parser import text_string_to_metric_families

HEADERS = {"User-Agent": "Prometheus/2.42.0", "Accept-Encoding": "gzip"}


class Discovery:
    """The requests of Prometheus 2.42: who the agent is, then one blocking query for the names and one for each service."""

    def __init__(self, port, refresh):
        self.port, self.refresh, self.over = port, refresh, threading.Event()
        self.targets, self.waiting, self.asked, self.problems, self.connections = {}, {}, [], [], set()
        self.datacenter = self.get(http.client.HTTPConnection("127.0.0.1", port, timeout=10), "/v1/agent/self")[1]["Config"]["Datacenter"]
        self.services = self.watch("/v1/catalog/services", self.take_names)

    def get(self, connection, path):
        self.asked.append(path)
        connection.request("GET", path, headers=HEADERS)
        reply = connection.getresponse()
        body = reply.read()
        assert reply.status == 200, (path, reply.status, body)
        assert reply.headers["Content-Type"] == "application/json"
        if reply.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        return reply.headers, json.loads(body)

    def watch(self, path, take):
        """Asks again and again, as its own thread, until `stop` of what it returns is set."""
        stop = threading.Event()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=130)
        self.connections.add(connection)

        def asks():
            index = 0
            while not stop.is_set() and not self.over.is_set():
                query = {"stale": "", "wait": "120000ms", **({"index": index} if index else {})}
                try:
                    headers, body = self.get(connection, f"{path}?{urllib.parse.urlencode(sorted(query.items()))}")
                except (OSError, AttributeError, http.client.HTTPException) as error:
                    if not self.over.is_set() and not stop.is_set():
                        self.problems.append(error)
                    return
                latest = int(headers["X-Consul-Index"])
                # A blocking query that came back with its own index has nothing new.
                if latest != index and not stop.is_set():
                    index = latest if latest > index else 0
                    take(body)
                stop.wait(self.refresh)

        threading.Thread(target=asks, daemon=True).start()
        stop.connection = connection
        return stop

    def take_names(self, names):
        for name in set(self.waiting) - set(names):
            self.waiting.pop(name).set()
            self.targets.pop(name, None)
        for name in set(names) - set(self.waiting):
            self.waiting[name] = self.watch(f"/v1/health/service/{name}", lambda found, name=name: self.take_instances(name, found))

    def take_instances(self, name, found):
        """Labels as in `consul.go` of Prometheus."""
        made = []
        for entry in found:
            node, service = entry["Node"], entry["Service"]
            states = [check["Status"] for check in entry["Checks"]]
            health = next((state for state in ("maintenance", "critical", "warning", "passing") if state in states), "passing")
            made.append({
                "__address__": f"{service['Address'] or node['Address']}:{service['Port']}",
                "__meta_consul_address": node["Address"], "__meta_consul_node": node["Node"], "__meta_consul_dc": self.datacenter,
                "__meta_consul_tags": f",{','.join(service['Tags'])},", "__meta_consul_health": health,
                "__meta_consul_service": name, "__meta_consul_service_id": service["ID"],
                "__meta_consul_service_address": service["Address"], "__meta_consul_service_port": str(service["Port"]),
                **{f"__meta_consul_metadata_{key}": value for key, value in node["Meta"].items()},
                **{f"__meta_consul_service_metadata_{key}": value for key, value in service["Meta"].items()},
                **{f"__meta_consul_tagged_address_{key}": value for key, value in node["TaggedAddresses"].items()},
            })
        self.targets[name] = made

    def close(self):
        self.over.set()
        for stop in [self.services, *self.waiting.values()]:
            stop.set()
        for connection in self.connections:
            if connection.sock:
                connection.sock.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def measured(start, tmp_path):
    (tmp_path / "telemetry.hcl").write_text('telemetry { prometheus_retention_time = "60s" disable_hostname = true }')
    return start("-config-file", tmp_path / "telemetry.hcl")


@pytest.fixture
def discovery(measured):
    settings = yaml.safe_load(snippet("Prometheus with consul_sd", "yaml"))["scrape_configs"][0]["consul_sd_configs"][0]
    assert settings == {"server": "127.0.0.1:8500", "refresh_interval": "2s"}
    # Prometheus pauses for the interval between two answers; the test does not want to.
    made = Discovery(measured.http_port, refresh=0.05)
    yield made
    made.close()


def test_e5_targets_follow_the_catalog(measured, discovery):
    def register(n, **more):
        body = {"ID": f"web-{n}", "Name": "web", "Address": f"10.0.0.1{n}", "Port": 8080, "Tags": ["v1", "prod"],
                "Meta": {"team": "shop"}, "Check": {"TTL": "1h", "Status": "passing"}, **more}
        assert measured.http("PUT", "/v1/agent/service/register", body)[0] == 200

    def addresses(name="web"):
        return sorted(target["__address__"] for target in list(discovery.targets.get(name, [])))

    register(1)
    register(2)
    assert eventually(lambda: addresses() == ["10.0.0.11:8080", "10.0.0.12:8080"]), (discovery.targets, discovery.problems)
    one = min(discovery.targets["web"], key=lambda target: target["__address__"])
    expected = {"service": "web", "service_id": "web-1", "tags": ",v1,prod,", "health": "passing", "dc": "dc1",
                "service_metadata_team": "shop", "service_address": "10.0.0.11", "service_port": "8080", "address": "127.0.0.1", "tagged_address_lan": "127.0.0.1"}
    assert {key: one[f"__meta_consul_{key}"] for key in expected} == expected
    assert len(discovery.targets["consul"]) == 1

    # A check that changes is a new label, a second instance a new target, within a moment and not at the end of the wait.
    assert measured.http("PUT", "/v1/agent/check/fail/service:web-1")[0] == 200
    assert eventually(lambda: any(target["__meta_consul_health"] == "critical" for target in discovery.targets["web"])), discovery.targets
    register(3)
    assert eventually(lambda: len(addresses()) == 3), discovery.targets
    begin = time.monotonic()
    for n in (1, 2, 3):
        assert measured.http("PUT", f"/v1/agent/service/deregister/web-{n}")[0] == 200
    assert eventually(lambda: "web" not in discovery.targets or not discovery.targets["web"], 2), discovery.targets
    assert eventually(lambda: "web" not in discovery.waiting, 2), discovery.waiting
    assert time.monotonic() - begin < 3
    assert not discovery.problems and discovery.targets["consul"]
    assert "/v1/catalog/services?stale=&wait=120000ms" in discovery.asked
    assert any(path.startswith("/v1/health/service/web?index=") for path in discovery.asked)


def test_e5_idle_watches_ask_nothing_more(measured, discovery):
    assert eventually(lambda: "consul" in discovery.targets)
    assert eventually(lambda: sum("index=" in path for path in discovery.asked) == 2)
    before = len(discovery.asked)
    assert measured.http("PUT", "/v1/kv/unrelated", b"1")[0] == 200
    assert not eventually(lambda: len(discovery.asked) > before, 0.5), discovery.asked[before:]


def test_e5_a_scrape_of_the_agents_own_measurements(measured):
    connection = http.client.HTTPConnection("127.0.0.1", measured.http_port, timeout=10)
    accept = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
    connection.request("GET", "/v1/agent/metrics?format=prometheus", headers={**HEADERS, "Accept": accept})
    reply = connection.getresponse()
    body = reply.read()
    if reply.headers["Content-Encoding"] == "gzip":
        body = gzip.decompress(body)
    assert reply.status == 200 and reply.headers["Content-Type"].startswith("text/plain; version=0.0.4"), reply.headers
    families = {family.name: family for family in text_string_to_metric_families(body.decode())}
    assert any(name.startswith("consul_") for name in families)
    # Consul has summaries alone; how long DNS takes can be added up over servers.
    took = families["waypost_dns_request_duration_seconds"]
    assert took.type == "histogram" and {"0.001", "+Inf"} <= {sample.labels.get("le") for sample in took.samples}
    connection.close()
