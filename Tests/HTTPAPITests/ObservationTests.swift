// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("Readiness, and who asks what")
struct ObservationTests {
    @Test("200 when nothing is missing, 503 with what is missing else")
    func ready() async throws {
        try await TestAPI.run { api in
            api.control.ready.withLock {
                $0 = Readiness([.init("state"), .init("dns")], warnings: ["disk"])
            }
            let good = try await api.get("/v1/agent/ready")
            #expect(good.status == 200)
            #expect(good.headers[.cacheControl] == "no-store")
            #expect(
                good.text == #"{"Ready":true,"Conditions":[{"Name":"state","Ready":true,"#
                    + #""Problem":""},{"Name":"dns","Ready":true,"Problem":""}],"Warnings":["disk"]}"#
            )
            api.control.ready.withLock { $0.conditions[1].problem = "DNS does not listen" }
            let bad = try await api.get("/v1/agent/ready")
            #expect(bad.status == 503)
            #expect(bad.json["Ready"] == false)
            #expect(bad.json["Conditions"][1]["Problem"] == "DNS does not listen")
        }
    }

    @Test("the lists as JSON, by limit and window")
    func top() async throws {
        try await TestAPI.run { api in
            #expect(try await api.get("/v1/dns/top").status == 404)
            var report = TopReport(since: 60, queries: 9, samples: 3)
            report.names = [.init("a\"b.", 7, error: 2)]
            report.clients = [.init("192.0.2.1", 9)]
            api.control.top.withLock { $0 = report }
            let reply = try await api.get("/v1/dns/top?limit=25&window=5m")
            #expect(
                reply.text == #"{"Since":60,"Queries":9,"Samples":3,"Names":[{"Name":"a\"b.","#
                    + #""Count":7,"Error":2}],"FailingNames":[],"Clients":[{"Address":"192.0.2.1","#
                    + #""Count":9,"Error":0}],"Types":[],"Codes":[],"Sources":[]}"#
            )
            #expect(try await api.send(.delete, "/v1/dns/top").status == 200)
            #expect(api.control.topArguments.withLock { $0 } == ["0 10", "5 25", "reset"])
        }
    }

    @Test(
        "wrong limits and windows are said",
        arguments: [
            "limit=0", "limit=101", "limit=x", "window=0m", "window=11m", "window=5", "window=1h",
        ]
    )
    func wrong(query: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/dns/top?\(query)")
            #expect(reply.status == 400)
            #expect(reply.text.hasPrefix("Invalid \(query.prefix { $0 != "=" }): write"))
        }
    }
}
