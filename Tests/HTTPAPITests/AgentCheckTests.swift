// SPDX-License-Identifier: Apache-2.0
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Agent checks over HTTP")
struct AgentCheckTests {
    private static let register = "/v1/agent/check/register"

    @Test("API-128 API-129 a TTL check of the node")
    func register() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(Self.register, #"{"Name": "c1", "TTL": "30s"}"#)
            #expect(reply.status == 200)
            #expect(reply.text == "")
            let check = try await api.get("/v1/agent/checks").json["c1"]
            #expect(check["CheckID"] == "c1")
            #expect(check["Status"] == "critical")
            #expect(check["ServiceID"] == "")
            #expect(check["ServiceTags"] == [])
            #expect(check["Definition"] == .object([]))
        }
    }

    @Test(
        "API-130 API-131 registrations that are refused",
        arguments: [
            (#"{"TTL": "30s"}"#, 400, "Missing check name"),
            (#"{"Name": "c2", "TTL": "30s", "Status": "bogus"}"#, 400, "Bad check status"),
            (#"{"Name": "c2"}"#, 400, "Invalid check: TTL must be > 0 for TTL checks"),
            (
                #"{"Name": "c2", "TTL": "30s", "ServiceID": "x"}"#, 404,
                "ServiceID \"x\" does not exist"
            ),
            (
                #"{"Name": "c2", "TTL": "30s", "CheckID": "x"}"#, 400,
                "Request decode failed: json: unknown field \"CheckID\""
            ),
            (
                #"{"Name": "c2", "TTL": "30s", "success_before_passing": 1}"#, 400,
                "Request decode failed: json: unknown field \"success_before_passing\""
            ),
        ]
    )
    func refused(body: String, status: Int, text: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(Self.register, body)
            #expect(reply.status == status)
            #expect(reply.text == text)
            #expect(try await api.get("/v1/agent/checks").text == "{}")
        }
    }

    @Test("API-132 pass, warn and fail")
    func passWarnFail() async throws {
        try await TestAPI.run { api in
            try await api.put(Self.register, #"{"Name": "c1", "TTL": "30s"}"#)
            for (verb, status) in [("pass", "passing"), ("warn", "warning"), ("fail", "critical")] {
                let reply = try await api.put("/v1/agent/check/\(verb)/c1?note=fine+\(verb)")
                #expect(reply.status == 200)
                #expect(reply.text == "")
                let check = try await api.get("/v1/agent/checks").json["c1"]
                #expect(check["Status"] == .string(status))
                #expect(check["Output"] == .string("fine \(verb)"))
                let health = try await api.get("/v1/health/state/\(status)").json
                #expect((0..<health.count).contains { health[$0]["CheckID"] == "c1" })
            }
        }
    }

    @Test("API-134 API-135 update by a body")
    func update() async throws {
        try await TestAPI.run { api in
            try await api.put(Self.register, #"{"Name": "c1", "TTL": "30s"}"#)
            let uri = "/v1/agent/check/update/c1"
            let reply = try await api.put(uri, #"{"Status": "warning", "Output": "hm"}"#)
            #expect(reply.status == 200)
            #expect(reply.text == "")
            let check = try await api.get("/v1/agent/checks").json["c1"]
            #expect(check["Status"] == "warning")
            #expect(check["Output"] == "hm")
            let bogus = try await api.put(uri, #"{"Status": "bogus"}"#)
            #expect(bogus.status == 400)
            #expect(bogus.text == "Invalid check status: 'bogus'")
            let long = String(repeating: "x", count: 5000)
            try await api.put(uri, #"{"Status":"passing","Output":"\#(long)"}"#)
            let output = try await api.get("/v1/agent/checks").json["c1"]["Output"]
            #expect(
                output
                    == .string(
                        String(repeating: "x", count: 4096) + " ... (captured 4096 of 5000 bytes)"
                    )
            )
        }
    }

    @Test("API-136 unknown checks, and checks without TTL")
    func unknown() async throws {
        try await TestAPI.run { api in
            let unknown = try await api.put("/v1/agent/check/pass/no-such")
            #expect(unknown.status == 404)
            #expect(
                unknown.text == "Unknown check ID \"no-such\". "
                    + "Ensure that the check ID is passed, not the check name."
            )
            try await api.put(
                Self.register,
                #"{"Name": "t", "TCP": "127.0.0.1:1", "Interval": "10s"}"#
            )
            let noTTL = try await api.put("/v1/agent/check/pass/t")
            #expect(noTTL.status == 500)
            #expect(noTTL.text == "CheckID \"t\" does not have associated TTL")
        }
    }

    @Test("a polled check shows its kind and times")
    func polled() async throws {
        try await TestAPI.run { api in
            try await api.put(
                Self.register,
                #"{"Name": "t", "HTTP": "http://127.0.0.1:1", "Interval": "1s", "Timeout": "1m30s"}"#
            )
            let check = try await api.get("/v1/agent/checks").json["t"]
            #expect(check["Type"] == "http")
            #expect(check["Interval"] == "1s")
            #expect(check["Timeout"] == "1m30s")
        }
    }

    @Test("API-144 deregistration")
    func deregister() async throws {
        try await TestAPI.run { api in
            try await api.put(Self.register, #"{"Name": "c1", "TTL": "30s"}"#)
            let reply = try await api.put("/v1/agent/check/deregister/c1")
            #expect(reply.status == 200)
            #expect(reply.text == "")
            #expect(try await api.get("/v1/agent/checks").text == "{}")
            #expect(try await api.put("/v1/agent/check/deregister/c1").status == 404)
        }
    }
}

@Suite("Agent health over HTTP")
struct AgentHealthTests {
    @Test("API-145 the status code follows the service's checks")
    func byID() async throws {
        try await TestAPI.run { api in
            try await api.put(
                "/v1/agent/service/register",
                #"{"Name":"ah","ID":"ah-1","Check":{"TTL":"30s"}}"#
            )
            for (verb, status, code) in [
                ("pass", "passing", 200), ("warn", "warning", 429), ("fail", "critical", 503),
            ] {
                try await api.put("/v1/agent/check/\(verb)/service:ah-1")
                let reply = try await api.get("/v1/agent/health/service/id/ah-1")
                #expect(reply.status == code)
                #expect(reply.json.names == ["AggregatedStatus", "Service", "Checks"])
                #expect(reply.json["AggregatedStatus"] == .string(status))
                #expect(reply.json["Service"]["ID"] == "ah-1")
                #expect(reply.json["Checks"][0]["CheckID"] == "service:ah-1")
                #expect(reply["X-Consul-Reason"] == status)
            }
        }
    }

    @Test("API-146 by name: the worst instance decides")
    func byName() async throws {
        try await TestAPI.run { api in
            for id in ["ah-1", "ah-2"] {
                try await api.put(
                    "/v1/agent/service/register",
                    #"{"Name":"ah","ID":"\#(id)","Check":{"TTL":"30s","Status":"passing"}}"#
                )
            }
            #expect(try await api.get("/v1/agent/health/service/name/ah").status == 200)
            try await api.put("/v1/agent/check/fail/service:ah-1")
            let reply = try await api.get("/v1/agent/health/service/name/ah")
            #expect(reply.status == 503)
            #expect(reply.json[0]["AggregatedStatus"] == "critical")
            #expect(reply.json[1]["AggregatedStatus"] == "passing")
        }
    }

    @Test("API-147 as text")
    func text() async throws {
        try await TestAPI.run { api in
            try await api.put(
                "/v1/agent/service/register",
                #"{"Name":"ah","ID":"ah-1","Check":{"TTL":"30s"}}"#
            )
            for reply in [
                try await api.get("/v1/agent/health/service/id/ah-1?format=text"),
                try await api.get(
                    "/v1/agent/health/service/id/ah-1",
                    headers: ["Accept": "text/plain"]
                ),
            ] {
                #expect(reply.status == 503)
                #expect(reply["Content-Type"] == "text/plain")
                #expect(reply.text == "critical")
            }
        }
    }

    @Test("API-148 API-149 unknown services, and no name at all")
    func unknown() async throws {
        try await TestAPI.run { api in
            let byID = try await api.get("/v1/agent/health/service/id/no-such")
            #expect(byID.status == 404)
            #expect(
                byID.text == #"{"AggregatedStatus":"critical","Service":null,"Checks":null}"#
            )
            #expect(byID["X-Consul-Reason"] == "ServiceId no-such not found")
            let byName = try await api.get("/v1/agent/health/service/name/no-such")
            #expect(byName.status == 404)
            #expect(byName.text == "[]")
            #expect(byName["X-Consul-Reason"] == "ServiceName no-such Not Found")
            #expect(
                try await api.get("/v1/agent/health/service/id/").text == "Missing serviceID"
            )
            #expect(
                try await api.get("/v1/agent/health/service/name/").text
                    == "Missing service Name"
            )
        }
    }

    @Test("maintenance of the node takes all its services out")
    func maintenance() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", #"{"Name":"ah"}"#)
            #expect(try await api.get("/v1/agent/health/service/id/ah").json["Checks"] == [])
            try await api.put("/v1/agent/maintenance?enable=true")
            let reply = try await api.get("/v1/agent/health/service/id/ah?format=text")
            #expect(reply.status == 503)
            #expect(reply.text == "maintenance")
        }
    }
}
