// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Intentions over HTTP")
struct IntentionTests {
    private static let path = "/v1/connect/intentions"

    private static func exact(_ source: String, _ destination: String) -> String {
        "\(path)/exact?source=\(source)&destination=\(destination)"
    }

    @Test("API-239 none: an empty list")
    func none() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get(Self.path)
            #expect(reply.status == 200 && reply.text == "[]" && reply.index == 1)
        }
    }

    @Test("API-238 without Connect there is no authority, and the error is Consul's")
    func authority() async throws {
        try await TestAPI.run { api in
            for path in [
                "/v1/connect/ca/roots", "/v1/connect/ca/configuration",
                "/v1/agent/connect/ca/roots", "/v1/agent/connect/ca/leaf/web",
                "/v1/discovery-chain/web", "/v1/internal/ui/service-topology/web?kind=",
            ] {
                let reply = try await api.get(path)
                #expect(reply.status == 500, "\(path)")
                #expect(reply.text == "Connect must be enabled in order to use this endpoint")
            }
            #expect(try await api.send(.post, "/v1/connect/ca/roots").status == 405)
        }
    }

    @Test("one is written, read, written anew and deleted by source and destination")
    func exact() async throws {
        try await TestAPI.run { api in
            let web = Self.exact("web", "db")
            let missing = try await api.get(web)
            #expect(missing.status == 404 && missing.text == "Intention not found")
            #expect(missing.index >= 1)
            #expect(try await api.put(web, #"{"Action":"allow","Description":"d"}"#).text == "true")
            #expect(
                try await api.get(web).text
                    == #"{"Description":"d","SourceNS":"default","SourceName":"web","#
                    + #""DestinationNS":"default","DestinationName":"db","SourceType":"consul","#
                    + #""Action":"allow","Meta":{},"Precedence":9,"#
                    + #""CreatedAt":"0001-01-01T00:00:00Z","UpdatedAt":"0001-01-01T00:00:00Z","#
                    + #""CreateIndex":2,"ModifyIndex":2}"#
            )
            #expect(try await api.put(web, #"{"Action":"deny"}"#).text == "true")
            #expect(try await api.get(web).json["Action"] == "deny")
            // They are the sources of a config entry.
            try await api.put(Self.exact("*", "db"), #"{"Action":"allow"}"#)
            let entry = try await api.get("/v1/config/service-intentions/db").json
            #expect(entry["Sources"].count == 2 && entry["Sources"][1]["Name"] == "*")
            #expect(try await api.send(.delete, web).text == "true")
            #expect(try await api.get(web).status == 404)
            #expect(try await api.send(.delete, Self.exact("*", "db")).text == "true")
            #expect(try await api.get("/v1/config/service-intentions/db").status == 404)
            #expect(try await api.send(.delete, web).status == 200)
        }
    }

    @Test("the list is ordered by weight and can be filtered")
    func list() async throws {
        try await TestAPI.run { api in
            for (source, destination) in [("*", "*"), ("web", "db"), ("*", "db"), ("api", "db")] {
                try await api.put(Self.exact(source, destination), #"{"Action":"allow"}"#)
            }
            let list = try await api.get(Self.path).json
            let lines = (0..<list.count).map { place in
                "\(list[place]["SourceName"]) \(list[place]["Precedence"])"
            }
            #expect(
                lines == [
                    #"string("api") number("9")"#, #"string("web") number("9")"#,
                    #"string("*") number("8")"#, #"string("*") number("5")"#,
                ]
            )
            let kept = try await api.get(Self.path + "?filter=SourceName%20%3D%3D%20web").json
            #expect(kept.count == 1 && kept[0]["SourceName"] == "web")
        }
    }

    @Test("the first that fits decides; without one everything is allowed")
    func check() async throws {
        try await TestAPI.run { api in
            func isAllowed(_ source: String, _ destination: String) async throws -> JSONValue {
                let query = "?source=\(source)&destination=\(destination)"
                return try await api.get(Self.path + "/check" + query).json["Allowed"]
            }
            #expect(try await isAllowed("web", "db") == true)
            try await api.put(Self.exact("*", "db"), #"{"Action":"deny"}"#)
            #expect(try await isAllowed("web", "db") == false)
            try await api.put(Self.exact("web", "db"), #"{"Action":"allow"}"#)
            #expect(try await isAllowed("web", "db") == true)
            #expect(try await isAllowed("default/web", "default/db") == true)
            #expect(try await isAllowed("other", "db") == false)
            #expect(try await isAllowed("other", "cache") == true)
            // Requests are not known here.
            let rules = #"{"Permissions":[{"Action":"allow","HTTP":{"PathPrefix":"/"}}]}"#
            #expect(try await api.put(Self.exact("web", "db"), rules).text == "true")
            #expect(try await isAllowed("web", "db") == false)
        }
    }

    @Test("what holds for a source or a destination, by name")
    func match() async throws {
        try await TestAPI.run { api in
            for (source, destination) in [("*", "*"), ("web", "db"), ("web", "cache")] {
                try await api.put(Self.exact(source, destination), #"{"Action":"allow"}"#)
            }
            let to = try await api.get(Self.path + "/match?by=destination&name=db&name=x").json
            #expect(to.names == ["db", "x"])
            #expect(to["db"].count == 2 && to["db"][0]["SourceName"] == "web")
            #expect(to["x"].count == 1)
            let from = try await api.get(Self.path + "/match?by=source&name=web").json["web"]
            #expect(from.count == 3 && from[0]["DestinationName"] == "cache")
            for (query, text) in [
                ("?name=a", "required query parameter 'by' not set"),
                ("?by=x&name=a", "'by' parameter must be one of 'source' or 'destination'"),
                ("?by=source", "required query parameter 'name' not set"),
            ] {
                let reply = try await api.get(Self.path + "/match" + query)
                #expect(reply.status == 500 && reply.text == text)
            }
        }
    }

    @Test("as of old one has an ID, times and metadata")
    func legacy() async throws {
        try await TestAPI.run { api in
            let body =
                #"{"SourceName":"web","DestinationName":"db","Action":"allow","Meta":{"a":"b"}}"#
            let created = try await api.send(.post, Self.path, body)
            guard case .string(let id) = created.json["ID"] else {
                Issue.record("\(created.text)")
                return
            }
            let one = try await api.get("\(Self.path)/\(id)").json
            #expect(one["ID"] == .string(id) && one["Meta"]["a"] == "b")
            #expect(one["CreatedAt"] != "0001-01-01T00:00:00Z")
            let again = try await api.send(.post, Self.path, body)
            #expect(again.status == 500)
            #expect(
                again.text == "duplicate intention found: ALLOW default/web => default/db"
            )
            let denied = body.replacing("allow", with: "deny")
            #expect(try await api.put("\(Self.path)/\(id)", denied).json["ID"] == .string(id))
            #expect(try await api.get("\(Self.path)/\(id)").json["Action"] == "deny")
            #expect(try await api.send(.delete, "\(Self.path)/\(id)").status == 200)
            #expect(try await api.get("\(Self.path)/\(id)").status == 404)
            #expect(try await api.get("\(Self.path)/nope").status == 400)
            let gone = try await api.put("\(Self.path)/\(id)", body)
            #expect(gone.text == "Cannot modify non-existent intention: '\(id)'")
        }
    }

    @Test(
        "what is wrong is told",
        arguments: [
            (#"{"Action":"maybe"}"#, 500, "Sources[0].Action must be set to 'allow' or 'deny'"),
            (#"{}"#, 500, "Sources[0].Action must be set to 'allow' or 'deny'"),
            (#"{"Action":"allow","Meta":{"a":"b"}}"#, 500, "Meta must not be specified"),
            (#"{"Action":"allow","Bogus":1}"#, 400, #"unknown field "Bogus""#),
            (#"{"Action":"allow","SourceNS":"x"}"#, 400, "Namespaces is a Consul Enterprise"),
        ]
    )
    func refused(body: String, status: Int, text: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(Self.exact("web", "db"), body)
            #expect(reply.status == status && reply.text.contains(text), "\(reply.text)")
        }
        try await TestAPI.run { api in
            let unnamed = try await api.put(Self.path + "/exact?source=a", "{}")
            #expect(unnamed.text == "required query parameter 'destination' not set")
            let post = try await api.send(.post, Self.path, #"{"SourceName":"a*"}"#)
            #expect(post.status == 500 && post.text.hasPrefix("3 errors occurred:\n\t* "))
        }
    }

    @Test("readers wait for a change")
    func blocking() async throws {
        try await TestAPI.run { api in
            try await api.put(Self.exact("a", "b"), #"{"Action":"allow"}"#)
            let index = try await api.get(Self.path).index
            let reply = try await api.blocked(Self.path + "?index=\(index)") {
                try await api.put(Self.exact("c", "d"), #"{"Action":"allow"}"#)
            }
            #expect(reply.json.count == 2)
        }
    }
}
