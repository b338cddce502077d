// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Testing

@testable import HTTPAPI

@Suite("Autopilot's configuration over HTTP")
struct AutopilotTests {
    private static let path = "/v1/operator/autopilot/configuration"
    private static let body = #"""
        {"CleanupDeadServers": true, "LastContactThreshold": "200ms", "MaxTrailingLogs": 250,
         "ServerStabilizationTime": "10s"}
        """#

    @Test("API-224 before any is written: Consul's defaults")
    func defaults() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get(Self.path)
            #expect(
                reply.text
                    == #"{"CleanupDeadServers":true,"LastContactThreshold":"200ms","#
                    + #""MaxTrailingLogs":250,"MinQuorum":0,"ServerStabilizationTime":"10s","#
                    + #""RedundancyZoneTag":"","DisableUpgradeMigration":false,"#
                    + #""UpgradeVersionTag":"","CreateIndex":0,"ModifyIndex":0}"#
            )
            #expect(reply.index == 1)
        }
    }

    @Test("API-226 a write goes through at the index that was given, else false")
    func checkAndSet() async throws {
        try await TestAPI.run { api in
            let refused = try await api.put(Self.path + "?cas=1", Self.body)
            #expect(refused.status == 200 && refused.text == "false")
            #expect(try await api.put(Self.path + "?cas=0", Self.body).text == "true")
            let written = try await api.get(Self.path)
            let index = written.index
            #expect(written.json["ModifyIndex"] == .number("\(index)") && index > 1)
            // What was read is sent back, with a change.
            let changed = written.text.replacing(#""MinQuorum":0"#, with: #""MinQuorum":3"#)
            #expect(try await api.put(Self.path + "?cas=1", changed).text == "false")
            #expect(try await api.put(Self.path + "?cas=\(index)", changed).text == "true")
            #expect(try await api.get(Self.path).json["MinQuorum"] == 3)
            let bad = try await api.put(Self.path + "?cas=x", Self.body)
            #expect(bad.status == 400 && bad.text.hasPrefix("Error parsing cas value: "))
        }
    }

    @Test("without ?cas any write goes through; what it leaves out is as by default")
    func written() async throws {
        try await TestAPI.run { api in
            let body = #"{"MaxTrailingLogs": 9, "LastContactThreshold": 1500000000}"#
            #expect(try await api.put(Self.path, body).text == "true")
            var json = try await api.get(Self.path).json
            #expect(json["MaxTrailingLogs"] == 9 && json["LastContactThreshold"] == "1.5s")
            #expect(json["CleanupDeadServers"] == true)
            #expect(try await api.put(Self.path, #"{"CleanupDeadServers":false}"#).text == "true")
            json = try await api.get(Self.path).json
            #expect(json["MaxTrailingLogs"] == 250 && json["CleanupDeadServers"] == false)
        }
    }

    @Test(
        "what is no configuration is refused, and why",
        arguments: [
            (#"{"Bogus": 1}"#, #"Error parsing autopilot config: json: unknown field "Bogus""#),
            (#"{"MinQuorum": -1}"#, "cannot unmarshal number -1 into Go struct field"),
            (#"{"LastContactThreshold": "soon"}"#, "Error parsing autopilot config: "),
            ("", "EOF"),
        ]
    )
    func refused(body: String, text: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(Self.path, body)
            #expect(reply.status == 400 && reply.text.contains(text), "\(reply.text)")
            #expect(try await api.get(Self.path).json["ModifyIndex"] == 0)
        }
    }

    @Test("a reader waits for a change of it")
    func blocking() async throws {
        try await TestAPI.run { api in
            try await api.put(Self.path, Self.body)
            let index = try await api.get(Self.path).index
            let reply = try await api.blocked(Self.path + "?index=\(index)") {
                try await api.put(Self.path, #"{"MinQuorum":5}"#)
            }
            #expect(reply.json["MinQuorum"] == 5 && reply.index > index)
        }
    }
}
