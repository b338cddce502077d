// SPDX-License-Identifier: Apache-2.0
import StateStore
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("Sessions and locks over HTTP")
struct SessionTests {
    private static let unknown = "11111111-2222-3333-4444-555555555555"

    /// Creates a session; returns its ID.
    private func create(_ api: TestAPI, _ body: String? = nil) async throws -> String {
        let reply = try await api.put("/v1/session/create", body)
        guard reply.status == 200, case .string(let id) = reply.json["ID"] else {
            Issue.record("\(reply.status) \(reply.text)")
            return ""
        }
        return id
    }

    @Test("API-069 API-070 API-071 a session with what it has by default")
    func created() async throws {
        try await TestAPI.run { api in
            let id = try await create(api)
            #expect(UUIDText.problem(id) == nil)
            let info = try await api.get("/v1/session/info/\(id)")
            #expect(
                info.text
                    == #"[{"ID":"\#(id)","Name":"","Node":"n1","LockDelay":15000000000,"#
                    + #""Behavior":"release","TTL":"","NodeChecks":["serfHealth"],"#
                    + #""ServiceChecks":null,"CreateIndex":2,"ModifyIndex":2}]"#
            )
            #expect(info.index == 2)
            #expect(try await api.get("/v1/session/list").text == info.text)
            #expect(try await api.get("/v1/session/node/N1").text == info.text)
            #expect(api.timers.begun.withLock { $0 } == [id])
            for other in [Self.unknown, "no-uuid"] {
                let absent = try await api.get("/v1/session/info/\(other)")
                #expect(absent.status == 200 && absent.text == "[]" && absent.index == 2)
            }
            let missing = try await api.get("/v1/session/info/")
            #expect(missing.status == 400 && missing.text == "Missing session")
        }
    }

    @Test(
        "checks that are null are none, as those of an empty list",
        arguments: ["NodeChecks", "Checks"]
    )
    func nullChecks(member: String) async throws {
        try await TestAPI.run { api in
            for value in ["null", "[]"] {
                let id = try await create(api, #"{"\#(member)":\#(value)}"#)
                let session = try await api.get("/v1/session/info/\(id)").json[0]
                #expect(
                    session["NodeChecks"].count == 0 && session["NodeChecks"] != .null,
                    "\(value)"
                )
            }
        }
    }

    @Test(
        "API-072 API-073 API-074 API-075 API-076 API-077 API-081 what a session cannot be",
        arguments: [
            (
                #"{"TTL": "5s"}"#, 500,
                "Invalid Session TTL '5000000000', must be between [10s=24h0m0s]"
            ),
            (
                #"{"TTL": "25h"}"#, 500,
                "Invalid Session TTL '90000000000000', must be between [10s=24h0m0s]"
            ),
            (
                #"{"TTL": "x"}"#, 500,
                #"Session TTL 'x' invalid: time: invalid duration "x""#
            ),
            (#"{"Behavior": "x"}"#, 500, "Invalid Behavior setting 'x'"),
            (#"{"Node": "no-such"}"#, 500, "apply failed: Missing node registration"),
            (
                #"{"Checks": ["nochk"]}"#, 500,
                "apply failed: Missing check 'nochk' registration"
            ),
            (
                #"{"NodeChecks": ["scrit"]}"#, 500,
                "apply failed: Check 'scrit' is in critical state"
            ),
            (
                #"{"ServiceChecks": [{"ID": "nochk"}]}"#, 500,
                "apply failed: Missing check 'nochk' registration"
            ),
            (
                #"{bad"#, 400,
                "Request decode failed: "
                    + "invalid character 'b' looking for beginning of object key string"
            ),
            (
                #"{"TTL": 5}"#, 400,
                "Request decode failed: json: cannot unmarshal number into Go struct field "
                    + "structs.Session.TTL of type string"
            ),
            (
                #"{"LockDelay": "x"}"#, 400,
                #"Request decode failed: time: invalid duration "x""#
            ),
        ] as [(String, Int, String)]
    )
    func refused(body: String, status: Int, text: String) async throws {
        try await TestAPI.run { api in
            try await api.put(
                "/v1/catalog/register",
                #"{"Node":"n1","Address":"10.0.0.5","SkipNodeUpdate":true,"#
                    + #""Check":{"CheckID":"scrit","Name":"s","Status":"critical"}}"#
            )
            let reply = try await api.put("/v1/session/create", body)
            #expect(reply.status == status && reply.text == text)
            #expect(try await api.get("/v1/session/list").text == "[]")
            #expect(api.timers.begun.withLock { $0.isEmpty })
        }
    }

    @Test("API-078 API-079 API-080 bodies as clients write them")
    func bodies() async throws {
        try await TestAPI.run { api in
            func info(_ body: String) async throws -> JSONValue {
                try await api.get("/v1/session/info/\(try await create(api, body))").json[0]
            }
            #expect(try await info(#"{"LockDelay":5}"#)["LockDelay"] == 5_000_000_000)
            #expect(try await info(#"{"LockDelay":"0s"}"#)["LockDelay"] == 0)
            #expect(try await info(#"{"LockDelay":2000000000}"#)["LockDelay"] == 2_000_000_000)
            let patroni = try await info(
                #"{"name":"p","checks":[],"lockdelay":"0.001s","ttl":"15.0s","behavior":"delete"}"#
            )
            #expect(patroni["LockDelay"] == 1_000_000 && patroni["TTL"] == "15.0s")
            #expect(patroni["NodeChecks"] == [] && patroni["Behavior"] == "delete")
            #expect(try await info(#"{"Unknown": 1}"#)["Name"] == "")
            let services = try await info(#"{"NodeChecks":[],"ServiceChecks":[]}"#)
            #expect(services["ServiceChecks"] == [] && services["NodeChecks"] == [])
        }
    }

    @Test("API-082 API-083 API-084 API-085 renewed, destroyed, not there")
    func renewed() async throws {
        try await TestAPI.run { api in
            let id = try await create(api, #"{"TTL":"10s"}"#)
            let renewed = try await api.put("/v1/session/renew/\(id.uppercased())")
            #expect(renewed.status == 200 && renewed.json[0]["ID"] == .string(id))
            #expect(api.timers.begun.withLock { $0 } == [id, id])
            let lost = try await api.put("/v1/session/renew/\(Self.unknown)")
            #expect(lost.status == 404)
            #expect(lost.text == "Session id '\(Self.unknown)' not found")
            for one in [Self.unknown, id, id] {
                let reply = try await api.put("/v1/session/destroy/\(one)")
                #expect(reply.status == 200 && reply.text == "true")
            }
            #expect(api.timers.ended.withLock { $0 } == [id])
            #expect(try await api.get("/v1/session/info/\(id)").text == "[]")
            #expect(try await api.get("/v1/session/node/no-such").text == "[]")
            for path in ["renew", "destroy"] {
                let reply = try await api.put("/v1/session/\(path)/")
                #expect(reply.status == 400 && reply.text == "Missing session")
            }
            #expect(try await api.get("/v1/session/node/").text == "Missing node name")
        }
    }

    @Test("API-086 API-087 API-088 API-089 API-090 API-095 a lock and who holds it")
    func locks() async throws {
        try await TestAPI.run { api in
            let one = try await create(api)
            let two = try await create(api)
            func lock() async throws -> JSONValue { try await api.get("/v1/kv/c/lock").json[0] }
            #expect(try await api.put("/v1/kv/c/lock?acquire=\(one)", "a").text == "true")
            #expect(try await lock()["LockIndex"] == 1)
            #expect(
                try await lock().names == [
                    "LockIndex", "Key", "Flags", "Value", "Session", "CreateIndex", "ModifyIndex",
                ]
            )
            #expect(try await api.put("/v1/kv/c/lock?acquire=\(two)", "b").text == "false")
            #expect(try await lock()["Value"] == "YQ==")
            #expect(try await api.put("/v1/kv/c/lock?acquire=\(one)", "c").text == "true")
            #expect(try await lock()["LockIndex"] == 1)
            #expect(try await api.put("/v1/kv/c/lock?release=\(two)", "d").text == "false")
            #expect(try await api.put("/v1/kv/c/lock", "e").text == "true")
            #expect(try await lock()["LockIndex"] == 0)
            #expect(try await lock()["Session"] == .string(one))
            #expect(try await api.put("/v1/kv/c/lock?release=\(one)", "f").text == "true")
            #expect(try await lock()["Session"] == .null)
            #expect(try await lock()["Value"] == "Zg==")
        }
    }

    @Test("API-091 API-092 what a destroyed session leaves")
    func destroyed() async throws {
        try await TestAPI.run { api in
            let one = try await create(api, #"{"LockDelay":"2s"}"#)
            let deleting = try await create(api, #"{"Behavior":"delete","LockDelay":"0s"}"#)
            let other = try await create(api)
            try await api.put("/v1/kv/l?acquire=\(one)", "a")
            try await api.put("/v1/kv/m?acquire=\(deleting)", "a")
            try await api.put("/v1/session/destroy/\(one)")
            try await api.put("/v1/session/destroy/\(deleting)")
            #expect(try await api.get("/v1/kv/m").status == 404)
            #expect(try await api.put("/v1/kv/m?acquire=\(other)", "b").text == "true")
            #expect(try await api.get("/v1/kv/l").json[0]["Session"] == .null)
            #expect(try await api.put("/v1/kv/l?acquire=\(other)", "b").text == "false")
            api.catalog.time.withLock { $0 = LogTime(rawValue: 2000) }
            #expect(try await api.put("/v1/kv/l?acquire=\(other)", "b").text == "true")
        }
    }

    @Test("API-093 API-094 a lock without a session that there is")
    func badSession() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put("/v1/kv/c/lock?acquire=\(Self.unknown)", "x")
            #expect(reply.status == 500)
            // Without words before it: Patroni looks at how the text begins.
            #expect(reply.text == #"invalid session "\#(Self.unknown)""#)
            let empty = try await api.put("/v1/kv/c/lock?acquire=", "x")
            #expect(empty.status == 500 && empty.text == "missing session")
        }
    }

    @Test("API-096 a check that goes critical ends the session and wakes who waits for its keys")
    func checkGoesCritical() async throws {
        try await TestAPI.run { api in
            let check = #"{"Name":"a","Check":{"TTL":"1h","Status":"passing"}}"#
            try await api.put("/v1/agent/service/register", check)
            let id = try await create(api, #"{"ServiceChecks":[{"ID":"service:a"}]}"#)
            try await api.put("/v1/kv/c/lock?acquire=\(id)", "x")
            let index = try await api.get("/v1/kv/c/lock").index
            let reply = try await api.blocked("/v1/kv/c/lock?index=\(index)&wait=1m") {
                try await api.put("/v1/agent/check/warn/service:a")
                #expect(api.server.waits.count == 1)
                try await api.put("/v1/agent/check/fail/service:a")
            }
            #expect(reply.json[0]["Session"] == .null)
            #expect(try await api.get("/v1/session/list").text == "[]")
        }
    }

    @Test("a reader of the sessions is woken by one that begins, not by keys")
    func blocking() async throws {
        try await TestAPI.run { api in
            let first = try await create(api)
            let index = try await api.get("/v1/session/list").index
            let reply = try await api.blocked("/v1/session/list?index=\(index)&wait=1m") {
                try await api.put("/v1/kv/k?acquire=\(first)", "1")
                #expect(api.server.waits.count == 1)
                _ = try await create(api)
            }
            #expect(reply.json.count == 2)
        }
    }
}
