// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTPAPI

@Suite("The log over HTTP")
struct MonitorTests {
    @Test("lines come as they are, from the level that is asked for; info without a word")
    func lines() async throws {
        try await TestAPI.run { api in
            let plain = try await api.get("/v1/agent/monitor")
            #expect(plain.status == 200)
            #expect(plain["Content-Type"] == "text/plain; charset=utf-8")
            #expect(plain.text == "info false 1\n2\n3\n")
            let json = try await api.get("/v1/agent/monitor?loglevel=debug&logjson")
            #expect(json["Content-Type"] == "application/json")
            #expect(json.text.hasPrefix("debug true"))
        }
    }

    @Test("an unknown level is 400")
    func unknownLevel() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/agent/monitor?loglevel=zz")
            #expect(reply.status == 400)
            #expect(reply.text == "Unknown log level: zz")
        }
    }
}
