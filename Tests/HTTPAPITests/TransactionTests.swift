// SPDX-License-Identifier: Apache-2.0
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Transactions over HTTP")
struct TransactionTests {
    private func txn(_ api: TestAPI, _ body: String) async throws -> Reply {
        try await api.put("/v1/txn", body)
    }

    @Test("API-206 API-212 what was done is told, values only where they were read")
    func done() async throws {
        try await TestAPI.run { api in
            let reply = try await txn(
                api,
                #"[{"KV": {"Verb": "set", "Key": "c/t1", "Value": "MQ=="}}, "#
                    + #"{"KV": {"Verb": "get", "Key": "c/t1"}}]"#
            )
            let rest = #""CreateIndex":2,"ModifyIndex":2}}"#
            #expect(reply.status == 200)
            #expect(
                reply.text
                    == #"{"Results":[{"KV":{"LockIndex":0,"Key":"c/t1","Flags":0,"Value":null,"#
                    + rest
                    + #",{"KV":{"LockIndex":0,"Key":"c/t1","Flags":0,"Value":"MQ==","#
                    + rest + #"],"Errors":null}"#
            )
            try await api.put("/v1/kv/c/t2", "2")
            let tree = try await txn(api, #"[{"KV":{"Verb":"get-tree","Key":"c/t"}}]"#)
            #expect(tree.json["Results"].count == 2)
            #expect(tree.json["Results"][1]["KV"]["Value"] == "Mg==")
        }
    }

    @Test(
        "API-207 API-208 API-209 API-210 one that fails undoes all, with its place and why",
        arguments: [
            (#"{"Verb": "get", "Key": "c/no"}"#, #"key "c/no" doesn't exist"#),
            (
                #"{"Verb": "cas", "Key": "c/t1", "Index": 1, "Value": "MQ=="}"#,
                #"failed to set key "c/t1", index is stale"#
            ),
            (#"{"Verb": "check-not-exists", "Key": "c/t1"}"#, #"key "c/t1" exists"#),
            (#"{"Verb": "zap", "Key": "c/t1"}"#, "unknown KV operation: zap"),
            (#"{"Verb": "set", "Value": "MQ=="}"#, "Must provide key"),
            (#"{"Verb": "lock", "Key": "c/t1", "Session": "x"}"#, #"invalid session "x""#),
        ] as [(String, String)]
    )
    func failed(operation: String, what: String) async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/kv/c/t1", "1")
            let reply = try await txn(
                api,
                #"[{"KV": {"Verb": "set", "Key": "c/t2", "Value": "MQ=="}}, {"KV": \#(operation)}]"#
            )
            #expect(reply.status == 409 && reply["Content-Type"] == "application/json")
            #expect(reply.json["Results"] == .null)
            #expect(reply.json["Errors"].count == 1)
            #expect(reply.json["Errors"][0]["OpIndex"] == 1)
            #expect(reply.json["Errors"][0]["What"] == .string(what))
            #expect(try await api.get("/v1/kv/c/?keys").json == ["c/t1"])
        }
    }

    @Test("API-211 one that only reads says how it was read, and writes nothing")
    func readOnly() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/kv/c/t1", "1")
            let index = api.catalog.snapshot().lastIndex
            let reply = try await txn(api, #"[{"KV": {"Verb": "get", "Key": "c/t1"}}]"#)
            #expect(
                reply.json.names == [
                    "Results", "Errors", "Index", "LastContact", "KnownLeader", "ConsistencyLevel",
                    "NotModified", "Backend",
                ]
            )
            #expect(reply["X-Consul-Knownleader"] == "true")
            #expect(reply["X-Consul-Lastcontact"] == "0")
            #expect(reply["X-Consul-Index"] == nil)
            let failed = try await txn(api, #"[{"KV": {"Verb": "get", "Key": "no"}}]"#)
            #expect(failed.status == 409 && failed.json["Errors"][0]["OpIndex"] == 0)
            let empty = try await txn(api, "[]")
            #expect(empty.status == 200 && empty.json["Results"] == [])
            #expect(api.catalog.snapshot().lastIndex == index)
        }
    }

    @Test(
        "API-211 how it was read is told of what only reads, not of a write that fails",
        arguments: [
            (#"{"KV":{"Verb":"set","Value":"MQ=="}}"#, false),
            (#"{"KV":{"Verb":"cas","Key":"k","Index":7}}"#, false),
            (#"{"Node":{"Verb":"zap","Node":{"Node":"n1"}}}"#, false),
            (#"{"KV":{"Verb":"get"}}"#, true),
            (#"{"KV":{"Verb":"get","Key":"none"}}"#, true),
        ] as [(String, Bool)]
    )
    func formOfFailure(operation: String, isRead: Bool) async throws {
        try await TestAPI.run { api in
            let reply = try await txn(api, "[\(operation)]")
            #expect(reply.status == 409)
            #expect(reply.json.names.count == (isRead ? 8 : 2), "\(reply.text)")
            #expect((reply["X-Consul-Knownleader"] != nil) == isRead)
        }
    }

    @Test(
        "a member that nobody knows is refused, but for those of a check's definition",
        arguments: [
            #"[{"KV":{"Verb":"set","Key":"k","Nonsense":1}}]"#,
            #"[{"KV":{"Verb":"set","Key":"k"},"Nonsense":1}]"#,
            #"[{"Node":{"Verb":"set","Node":{"Node":"n","Address":"1.2.3.4","Nonsense":1}}}]"#,
            #"[{"Check":{"Verb":"set","Check":{"Node":"n1","Name":"c","Nonsense":1}}}]"#,
        ]
    )
    func unknownMember(body: String) async throws {
        try await TestAPI.run { api in
            let reply = try await txn(api, body)
            #expect(reply.status == 400)
            #expect(reply.text == "Failed to parse body: json: unknown field \"Nonsense\"")
            let check =
                #"[{"Check":{"Verb":"set","Check":{"Node":"n1","Name":"c","Status":"passing","#
                + #""Definition":{"HTTP":"http://x/","Interval":"10s","Nonsense":1}}}}]"#
            #expect(try await txn(api, check).status == 200)
        }
    }

    @Test(
        "API-213 a body that is none",
        arguments: [
            "{}", "", "{bad", "[1]", "[{}]", #"[{"KV":{"Verb":"set","Key":"k","Value":"%"}}]"#,
            #"[{"KV":{"Verb":"set","Key":"k","Flags":-1}}]"#, #"[{"KV":7}]"#, "\"x\"",
            #"[{"Service":{"Verb":"set","Node":"n1","Service":{"Nonsense":1}}}]"#,
        ]
    )
    func badBody(body: String) async throws {
        try await TestAPI.run { api in
            let reply = try await txn(api, body)
            #expect(reply.status == 400 && reply.text.hasPrefix("Failed to parse body: "))
        }
    }

    @Test("API-214 too many operations, too long a body")
    func tooLarge() async throws {
        @Sendable func body(_ count: Int) -> String {
            let operation = #"{"KV":{"Verb":"check-not-exists","Key":"k"}}"#
            return "[" + repeatElement(operation, count: count).joined(separator: ",") + "]"
        }
        try await TestAPI.run { api in
            #expect(try await txn(api, body(128)).status == 200)
            let reply = try await txn(api, body(129))
            #expect(reply.status == 413)
            #expect(reply.text == "Transaction contains too many operations (129 > 128)")
            let long = try await txn(api, "[" + String(repeating: " ", count: 524_288) + "]")
            #expect(long.status == 413 && long.text.contains("max size: 524288 bytes"))
        }
        try await TestAPI.run(configure: { $0.maximumValueSize = 2 }) { api in
            let reply = try await txn(api, #"[{"KV":{"Verb":"set","Key":"k","Value":"MTIz"}}]"#)
            #expect(reply.status == 413)
            #expect(reply.text == #"Value for key "k" is too large (3 > 2 bytes)"#)
        }
    }

    @Test("API-215 node, service and check are written as one, and echoed")
    func catalogRows() async throws {
        try await TestAPI.run { api in
            let reply = try await txn(
                api,
                """
                [{"Node":{"Verb":"set","Node":{"Node":"tn","Address":"10.1.1.1","Meta":{"a":"b"}}}},
                 {"Service":{"Verb":"set","Node":"tn",
                   "Service":{"ID":"ts1","Service":"ts","Port":7,"ContentHash":"x","Namespace":""}}},
                 {"Check":{"Verb":"set","Check":{"Node":"tn","CheckID":"tc","Name":"tc",
                   "Status":"passing","ServiceID":"ts1","Definition":{"HTTP":"http://x/",
                   "Interval":"10s"}}}}]
                """
            )
            #expect(reply.status == 200)
            let results = reply.json["Results"]
            #expect(results[0]["Node"]["Node"] == "tn" && results[0]["Node"]["ModifyIndex"] == 2)
            #expect(results[1]["Service"]["Port"] == 7)
            #expect(results[2]["Check"]["ServiceName"] == "ts")
            #expect(try await api.get("/v1/health/service/ts?passing").json.count == 1)
            let stale = try await txn(
                api,
                #"[{"Check":{"Verb":"cas","Check":{"Node":"tn","CheckID":"tc","Name":"tc","#
                    + #""Status":"critical","ModifyIndex":1}}},"#
                    + #"{"Node":{"Verb":"zap","Node":{"Node":"tn"}}}]"#
            )
            #expect(stale.status == 409)
            #expect(stale.json["Errors"][0]["What"] == "unknown Node operation: zap")
            let gone = try await txn(
                api,
                #"[{"Service":{"Verb":"delete","Node":"tn","Service":{"ID":"ts1"}}},"#
                    + #"{"Check":{"Verb":"get","Check":{"Node":"tn","CheckID":"tc"}}}]"#
            )
            #expect(
                gone.json["Errors"][0]["What"] == #"check "tc" on node "tn" doesn't exist"#
            )
        }
    }
}

@Suite("Base64")
struct Base64Tests {
    private static let pairs = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]

    @Test("the vectors of RFC 4648 §10, both ways", arguments: pairs)
    func vectors(text: String, encoded: String) throws {
        var octets: [UInt8] = []
        Base64.append(Array(text.utf8), to: &octets)
        #expect(String(decoding: octets, as: UTF8.self) == encoded)
        #expect(try Base64.decode(Array(encoded.utf8)) == Array(text.utf8))
    }

    @Test("all octets come back, with line breaks as well")
    func roundTrip() throws {
        let all = (0...255).map { UInt8($0) }
        var text: [UInt8] = []
        Base64.append(all, to: &text)
        #expect(try Base64.decode(text) == all)
        #expect(try Base64.decode(text[..<40] + Array("\r\n".utf8) + text[40...]) == all)
    }

    @Test(
        "what is none is refused where it goes wrong",
        arguments: [
            ("Z", 1), ("Zg", 2), ("Zg=", 3), ("=", 0), ("Z===", 1), ("Zg==Zg==", 4),
            ("Zm9-", 3), ("Zm9v=", 4), ("Zg===", 4),
        ]
    )
    func corrupt(text: String, place: Int) {
        #expect(throws: Base64.Corrupt(place: place)) { try Base64.decode(Array(text.utf8)) }
    }
}
