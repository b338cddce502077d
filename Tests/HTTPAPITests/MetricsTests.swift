// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Synchronization
import Telemetry
import Testing

@testable import HTTPAPI

@Suite("Measurements over HTTP")
struct MetricsTests {
    private func fill(_ api: TestAPI) {
        api.control.measured.book.withLock { book in
            if let id = book.series(MetricKey("runtime.alloc_bytes"), .gauge) {
                book.set(id, to: 1)
            }
            let labels = [MetricKey.Label("service", "web")]
            if let id = book.series(MetricKey("catalog.service.query", labels), .counter) {
                book.add(1, to: id)
            }
            if let id = book.series(MetricKey("kvs.apply"), .sample) {
                book.take(0.5, in: id)
                book.take(1.5, in: id)
            }
        }
    }

    @Test("API-153 the members of the report, gauge names begin with consul.")
    func report() async throws {
        try await TestAPI.run { api in
            fill(api)
            let reply = try await api.get("/v1/agent/metrics")
            let json = reply.json
            #expect(json.names == ["Timestamp", "Gauges", "Points", "Counters", "Samples"])
            #expect(json["Timestamp"] == "2024-01-02 03:04:00 +0000 UTC")
            #expect(json["Gauges"][0]["Name"] == "consul.runtime.alloc_bytes")
            #expect(json["Gauges"][0].names == ["Name", "Value", "Labels"])
            #expect(json["Points"].count == 0)
            let members = [
                "Name", "Count", "Rate", "Sum", "Min", "Max", "Mean", "Stddev", "Labels",
            ]
            #expect(json["Counters"][0].names == members)
            #expect(json["Counters"][0]["Labels"]["service"] == "web")
            let sample = json["Samples"][0]
            #expect(sample.names == members)
            #expect(sample["Count"] == 2)
            #expect(sample["Sum"] == 2)
            #expect(reply.text.contains("\"Rate\":0.2"))
            #expect(reply.text.contains("\"Mean\":1,"))
        }
    }

    @Test("API-154 Prometheus without a retention time is 415")
    func prometheusOff() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/agent/metrics?format=prometheus")
            #expect(reply.status == 415)
            #expect(
                reply.text == "Prometheus is not enabled since its retention time is not positive"
            )
        }
    }

    @Test(
        "API-262 Prometheus with a retention time, asked for by parameter or by Accept",
        arguments: [
            nil, "application/openmetrics-text; version=1.0.0,text/plain;version=0.0.4;q=0.5",
            "text/plain; version=0.0.4",
        ] as [String?]
    )
    func prometheus(accept: String?) async throws {
        try await TestAPI.run { api in
            fill(api)
            api.control.measured.hasPrometheus.withLock { $0 = true }
            let reply =
                if let accept {
                    try await api.send(.get, "/v1/agent/metrics", headers: ["Accept": accept])
                } else {
                    try await api.get("/v1/agent/metrics?format=prometheus")
                }
            #expect(reply.status == 200)
            #expect(reply["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(reply.text.contains("consul_catalog_service_query{service=\"web\"} 1"))
        }
    }

    @Test("who accepts anything gets JSON")
    func json() async throws {
        try await TestAPI.run { api in
            let reply = try await api.send(
                .get,
                "/v1/agent/metrics",
                headers: ["Accept": "text/plain, */*"]
            )
            #expect(reply["Content-Type"] == "application/json")
        }
    }

    @Test("the stream has an object a line for each interval")
    func stream() async throws {
        try await TestAPI.run { api in
            fill(api)
            let report = api.control.measured.report()
            api.control.measured.coming.withLock { $0 = [report, report] }
            let reply = try await api.get("/v1/agent/metrics/stream")
            let lines = reply.text.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.hasPrefix("{\"Timestamp\"") && $0.hasSuffix("}") })
        }
    }

    @Test("labels are what is registered, however it is asked for")
    func labels() async throws {
        try await TestAPI.run { api in
            try await api.put(
                "/v1/catalog/register",
                #"{"Node":"m","Address":"10.0.0.1","Service":{"Service":"Web","Tags":["Blue","red"]}}"#
            )
            api.control.measured.notes.withLock { $0 = [] }
            for tag in ["blue", "Blue", "RED", "green", ""] {
                _ = try await api.get("/v1/catalog/service/wEB?tag=\(tag)")
                _ = try await api.get("/v1/health/service/web?tag=\(tag)")
            }
            let notes = api.control.measured.notes.withLock {
                Set($0.filter { $0.contains(".service.") })
            }
            #expect(
                notes
                    == Set(
                        ["catalog", "health"].flatMap { section in
                            [
                                "\(section).service.query;service=Web",
                                "\(section).service.query-tag;service=Web;tag=Blue",
                                "\(section).service.query-tag;service=Web;tag=red",
                            ]
                        }
                    )
            )
        }
    }

    @Test("requests are timed by method and route, reads and services counted")
    func requests() async throws {
        try await TestAPI.run { api in
            _ = try await api.get("/v1/catalog/service/consul?tag=a")
            _ = try await api.get("/v1/health/service/no-such")
            _ = try await api.send(.put, "/v1/kv/a", "x")
            _ = try await api.get("/v1/nothing")
            _ = try await api.get("/v1/kv/a?dc=far")
            let notes = api.control.measured.notes.withLock { $0 }
            #expect(
                notes == [
                    "client.api.catalog_service_nodes;node=n1",
                    "rpc.query", "rpc.request", "client.rpc",
                    "catalog.service.query;service=consul",
                    "api.http;method=GET;path=v1_catalog_service_",
                    "client.api.success.catalog_service_nodes;node=n1",
                    "rpc.query", "rpc.request", "client.rpc", "health.service.not-found",
                    "api.http;method=GET;path=v1_health_service_",
                    "api.http;method=PUT;path=v1_kv_",
                    "api.http;method=GET;path=v1_kv_", "rpc.request_error", "client.rpc.failed",
                ]
            )
        }
    }

    @Test("calls of the catalog count once, how long ever they wait, and by what came of them")
    func clients() async throws {
        try await TestAPI.run { api in
            @Sendable func counted(_ name: String) -> Int {
                api.control.measured.notes.withLock { notes in
                    notes.count { $0 == "client.\(name);node=n1" }
                }
            }
            try await api.registerExternal()
            #expect(counted("api.catalog_register") == 1)
            #expect(counted("api.success.catalog_register") == 1)
            let index = try await api.get("/v1/catalog/nodes").index
            _ = try await api.blocked("/v1/catalog/nodes?index=\(index)&wait=1m") {
                #expect(counted("api.catalog_nodes") == 2)
                #expect(counted("api.success.catalog_nodes") == 1)
                try await api.put("/v1/catalog/deregister", #"{"Node":"ext1"}"#)
            }
            #expect(counted("api.catalog_nodes") == 2)
            #expect(counted("api.success.catalog_nodes") == 2)
            _ = try await api.get("/v1/catalog/nodes?dc=far")
            #expect(counted("api.success.catalog_nodes") == 2)
            #expect(counted("rpc.error.catalog_nodes") == 1)
            // What was asked wrongly is neither.
            _ = try await api.send(.put, "/v1/catalog/register", "{")
            #expect(counted("api.catalog_register") == 2)
            #expect(counted("api.success.catalog_register") == 1)
            #expect(counted("rpc.error.catalog_register") == 0)
        }
    }
}
