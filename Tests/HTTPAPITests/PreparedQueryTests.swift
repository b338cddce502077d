// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Prepared queries over HTTP")
struct PreparedQueryTests {
    /// Creates a query; returns its ID.
    private func create(_ api: TestAPI, _ body: String) async throws -> String {
        let reply = try await api.send(.post, "/v1/query", body)
        guard reply.status == 200, case .string(let id) = reply.json["ID"] else {
            Issue.record("\(reply.status) \(reply.text)")
            return ""
        }
        return id
    }

    @Test("API-216 a query is created, listed and read")
    func created() async throws {
        try await TestAPI.run { api in
            #expect(try await api.get("/v1/query").text == "[]")
            let id = try await create(api, #"{"Name":"cq1","Service":{"Service":"ts"}}"#)
            #expect(UUIDText.problem(id) == nil)
            let one = try await api.get("/v1/query/\(id)")
            #expect(
                one.text
                    == #"[{"ID":"\#(id)","Name":"cq1","Session":"","Token":"","#
                    + #""Template":{"Type":"","Regexp":"","RemoveEmptyTags":false},"#
                    + #""Service":{"Service":"ts","Failover":{"NearestN":0,"Datacenters":null},"#
                    + #""OnlyPassing":false,"IgnoreCheckIDs":null,"Near":"","Tags":null,"#
                    + #""NodeMeta":null,"ServiceMeta":null,"Connect":false},"DNS":{"TTL":""},"#
                    + #""CreateIndex":2,"ModifyIndex":2}]"#
            )
            #expect(one.index == 2)
            #expect(try await api.get("/v1/query").text == one.text)
        }
    }

    @Test("API-217 execution: what was found, with DNS options")
    func execution() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            _ = try await create(
                api,
                #"{"Name":"cq1","Service":{"Service":"xs"},"DNS":{"TTL":"10s"}}"#
            )
            let reply = try await api.get("/v1/query/cq1/execute")
            #expect(
                reply.json.names == [
                    "Service", "Nodes", "DNS", "Datacenter", "Failovers", "Index", "LastContact",
                    "KnownLeader", "ConsistencyLevel", "NotModified", "Backend",
                ]
            )
            #expect(reply.json["Service"] == "xs" && reply.json["Datacenter"] == "dc1")
            #expect(reply.json["Failovers"] == 0 && reply.json["DNS"]["TTL"] == "10s")
            #expect(reply.json["Nodes"].count == 1)
            #expect(reply.json["Nodes"][0].names == ["Node", "Service", "Checks"])
            #expect(reply.json["Nodes"][0]["Node"]["Node"] == "ext1")
            #expect(reply["X-Consul-Effective-Consistency"] == "leader")
            // Nodes is a list even when nothing is found.
            _ = try await create(api, #"{"Name":"none","Service":{"Service":"nothing"}}"#)
            #expect(try await api.get("/v1/query/none/execute").json["Nodes"] == [])
        }
    }

    @Test("execution takes limit, near, connect and the caller's address")
    func executionParameters() async throws {
        try await TestAPI.run { api in
            for number in 1...5 {
                let body =
                    #"{"Node":"m\#(number)","Address":"10.1.0.\#(number)","#
                    + #""Service":{"Service":"many"}}"#
                try await api.put("/v1/catalog/register", body)
            }
            _ = try await create(api, #"{"Name":"q","Service":{"Service":"many","Near":"_ip"}}"#)
            func first(_ query: String, headers: [String: String] = [:]) async throws -> JSONValue {
                try await api.get("/v1/query/q/execute?\(query)", headers: headers)
                    .json["Nodes"][0]["Node"]["Node"]
            }
            for _ in 0..<5 {
                #expect(try await first("near=m4") == "m4")
                let forwarded = ["X-Forwarded-For": "10.1.0.3, 10.9.9.9"]
                #expect(try await first("", headers: forwarded) == "m3")
            }
            let limited = try await api.get("/v1/query/q/execute?limit=2")
            #expect(limited.json["Nodes"].count == 2)
            let connect = try await api.get("/v1/query/q/execute?connect=true")
            #expect(connect.json["Nodes"] == [])
            let bad = try await api.get("/v1/query/q/execute?limit=x")
            #expect(bad.status == 500 && bad.text.hasPrefix("Bad limit: "))
        }
    }

    @Test("API-218 a query that does not exist")
    func missing() async throws {
        try await TestAPI.run { api in
            for path in ["none/execute", "none/explain", "none"] {
                let reply = try await api.get("/v1/query/\(path)")
                #expect(reply.status == 404 && reply.text == "Query not found")
            }
            for method in [HTTPRequest.Method.put, .delete] {
                let body = #"{"Name":"a","Service":{"Service":"b"}}"#
                let reply = try await api.send(method, "/v1/query/x", body)
                #expect(reply.status == 500)
                #expect(reply.text == "Cannot modify non-existent prepared query: 'x'")
            }
        }
    }

    @Test(
        "API-219 API-220 what is refused",
        arguments: [
            (
                #"{"Name": "cq2", "Service": {}}"#,
                "Invalid prepared query: Must provide a Service name to query"
            ),
            (
                #"{"Name": "cq1", "Service": {"Service": "ts"}}"#,
                "raft apply failed: name 'cq1' aliases an existing query name"
            ),
            (
                #"{"Service":{"Service":"ts"}}"#,
                "Invalid prepared query: Must be bound to a session"
            ),
            (
                #"{"ID":"x","Name":"n","Service":{"Service":"ts"}}"#,
                "ID must be empty when creating a new prepared query"
            ),
            (
                #"{"Session":"s","Service":{"Service":"ts"}}"#,
                #"raft apply failed: invalid session "s""#
            ),
            (
                #"{"Name":"n","Service":{"Service":"ts","Failover":{"NearestN":-1}}}"#,
                "Invalid prepared query: Bad NearestN '-1', must be >= 0"
            ),
        ]
    )
    func refused(body: String, text: String) async throws {
        try await TestAPI.run { api in
            _ = try await create(api, #"{"Name":"cq1","Service":{"Service":"ts"}}"#)
            let reply = try await api.send(.post, "/v1/query", body)
            #expect(reply.status == 500 && reply.text == text)
        }
    }

    @Test("unknown members are refused by name")
    func unknownMembers() async throws {
        try await TestAPI.run { api in
            let body = #"{"Name":"n","Service":{"Service":"s","Tag":"x"}}"#
            let reply = try await api.send(.post, "/v1/query", body)
            #expect(reply.status == 400)
            #expect(reply.text == #"Request decode failed: json: unknown field "Tag""#)
        }
    }

    @Test("API-221 a query is changed and deleted")
    func deleted() async throws {
        try await TestAPI.run { api in
            let id = try await create(api, #"{"Name":"cq1","Service":{"Service":"ts"}}"#)
            let body = #"{"name":"cq2","service":{"service":"ts","tags":["!a"]}}"#
            let update = try await api.put("/v1/query/\(id)", body)
            #expect(update.status == 200 && update.text.isEmpty)
            let stored = try await api.get("/v1/query/\(id)").json[0]
            #expect(stored["Name"] == "cq2" && stored["Service"]["Tags"] == ["!a"])
            #expect(stored["CreateIndex"] == 2 && stored["ModifyIndex"] == 3)
            let gone = try await api.send(.delete, "/v1/query/\(id)")
            #expect(gone.status == 200 && gone.text.isEmpty)
            #expect(try await api.get("/v1/query/\(id)").status == 404)
        }
    }

    @Test("explanation shows a template filled in")
    func explanation() async throws {
        try await TestAPI.run { api in
            let id = try await create(
                api,
                #"{"Name":"geo-","Template":{"Type":"name_prefix_match","#
                    + #""Regexp":"^geo-(.*?)-([^\\-]+?)$"},"#
                    + #""Service":{"Service":"${match(1)}","Tags":["${match(2)}"]}}"#
            )
            let reply = try await api.get("/v1/query/geo-web-v2/explain")
            #expect(reply.json["Query"]["Service"]["Service"] == "web")
            #expect(reply.json["Query"]["Service"]["Tags"] == ["v2"])
            let stored = try await api.get("/v1/query/\(id)").json[0]
            #expect(stored["CreateIndex"] == 2)
            for index in ["CreateIndex", "ModifyIndex"] {
                #expect(reply.json["Query"][index] == stored[index])
            }
            let byID = try await api.get("/v1/query/\(id)/execute")
            #expect(byID.status == 500)
            #expect(byID.text.contains("can only be resolved up by name, not by ID"))
        }
    }

    @Test("reads wait for a change of any query")
    func blocking() async throws {
        try await TestAPI.run { api in
            _ = try await create(api, #"{"Name":"a","Service":{"Service":"ts"}}"#)
            let reply = try await api.blocked("/v1/query?index=2") {
                _ = try await create(api, #"{"Name":"b","Service":{"Service":"ts"}}"#)
            }
            #expect(reply.index == 3 && reply.json.count == 2)
        }
    }

    @Test("?connect= is read as Go reads truth values, and refused when it is none")
    func connect() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            _ = try await create(api, #"{"Name":"q","Service":{"Service":"xs"}}"#)
            for (text, count) in [
                ("1", 0), ("t", 0), ("TRUE", 0), ("true", 0), ("0", 1), ("F", 1), ("", 1),
            ] {
                let reply = try await api.get("/v1/query/q/execute?connect=\(text)")
                #expect(reply.json["Nodes"].count == count, "\(text)")
            }
            let odd = try await api.get("/v1/query/q/execute?connect=yes")
            #expect(odd.status == 500)
            #expect(
                odd.text
                    == #"Error parsing 'connect' value: strconv.ParseBool: parsing "yes": invalid syntax"#
            )
        }
    }

    @Test("an update without a body is one of nothing; what is absent can be waited for")
    func emptyUpdate() async throws {
        try await TestAPI.run { api in
            let id = try await create(api, #"{"Name":"q","Service":{"Service":"xs"}}"#)
            let empty = try await api.send(.put, "/v1/query/\(id)")
            #expect(empty.status == 500)
            #expect(empty.text.hasPrefix("Invalid prepared query: "))
            let absent = try await api.send(.put, "/v1/query/\(UUIDText.random())")
            #expect(absent.text.hasPrefix("Cannot modify non-existent prepared query"))
            let read = try await api.get("/v1/query/\(UUIDText.random())")
            #expect(read.status == 404 && read.index >= 1)
        }
    }

    @Test("methods are refused without naming OPTIONS")
    func methods() async throws {
        try await TestAPI.run { api in
            let reply = try await api.send(.post, "/v1/query/x", "{}")
            #expect(reply.status == 405 && reply["Allow"] == "GET,PUT,DELETE")
            let whole = try await api.send(.put, "/v1/query", "{}")
            #expect(whole.status == 405 && whole["Allow"] == "OPTIONS,GET,POST")
            let execution = try await api.send(.put, "/v1/query/x/execute", "{}")
            #expect(execution.status == 405 && execution["Allow"] == "GET")
            let posted = try await api.send(.post, "/v1/query/x/explain", "{}")
            #expect(posted.status == 405 && posted["Allow"] == "GET")
        }
    }
}
