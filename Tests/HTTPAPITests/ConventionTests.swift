// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Testing

@testable import HTTPAPI

@Suite("Conventions of the HTTP API")
struct ConventionTests {
    @Test("API-002 HEAD is not derived from GET")
    func head() async throws {
        try await TestAPI.run { api in
            let reply = try await api.send(.head, "/v1/catalog/nodes")
            #expect(reply.status == 405)
            #expect(reply["Allow"] == "OPTIONS,GET")
            #expect(reply.text == "")
        }
    }

    @Test("API-003 OPTIONS tells the methods")
    func options() async throws {
        try await TestAPI.run { api in
            let reply = try await api.send(.options, "/v1/agent/self")
            #expect(reply.status == 200)
            #expect(reply["Allow"] == "OPTIONS,GET")
            #expect(reply.text == "")
        }
    }

    @Test("API-004 a method that is not in the list is refused")
    func method() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/agent/service/register")
            #expect(reply.status == 405)
            #expect(reply["Allow"] == "OPTIONS,PUT")
            #expect(reply.text == "method GET not allowed")
        }
    }

    @Test("API-005 API-024 an unknown path is not found, with a hint")
    func unknownPath() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/nope")
            #expect(reply.status == 404)
            #expect(reply.text == "Invalid URL path: not a recognized HTTP API endpoint\n")
            #expect(
                try await api.get("/nope").text
                    == "Invalid URL path: if attempting to use the HTTP API, ensure the path "
                    + "starts with '/v1/'\n"
            )
        }
    }

    @Test(
        "API-006 paths are cleaned by a redirect",
        arguments: [
            ("/v1/status//leader", "/v1/status/leader"),
            ("/v1/./status/leader", "/v1/status/leader"),
            ("/v1/x/../status/leader?a=b", "/v1/status/leader?a=b"),
            ("/v1/catalog/service", "/v1/catalog/service/"),
        ]
    )
    func cleanedPath(path: String, location: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.get(path)
            #expect(reply.status == 301)
            #expect(reply["Location"] == location)
        }
    }

    @Test("percent escapes: malformed ones and unprintable characters are refused")
    func escapes() async throws {
        try await TestAPI.run { api in
            let malformed = try await api.get("/v1/catalog/node/%zz")
            #expect(malformed.status == 400)
            #expect(malformed.text == "400 Bad Request")
            let unprintable = try await api.get("/v1/catalog/node/a%01b")
            #expect(unprintable.status == 400)
            #expect(unprintable.text == "")
            #expect(try await api.get("/v1/catalog/node/n%C3%A9").status == 200)
        }
    }

    @Test("API-007 ?pretty indents by four spaces and ends the line")
    func pretty() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/catalog/nodes?pretty")
            #expect(reply.text.hasPrefix("[\n    {\n        \"ID\": \""))
            #expect(reply.text.hasSuffix("\n    }\n]\n"))
            #expect(
                try await api.get("/v1/catalog/service/none?pretty").text == "[]\n"
            )
        }
    }

    @Test("an agent in -dev indents always, the final newline comes with ?pretty only")
    func development() async throws {
        try await TestAPI.run(identity: TestAPI.identity(development: true)) { api in
            let peers = try await api.get("/v1/status/peers")
            #expect(peers.text == "[\n    \"10.0.0.5:8300\"\n]")
        }
    }

    @Test("API-008 reads of the catalog carry the index headers")
    func indexHeaders() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/catalog/nodes")
            #expect(reply.index >= 1)
            #expect(reply["X-Consul-KnownLeader"] == "true")
            #expect(reply["X-Consul-LastContact"] == "0")
            #expect(reply["X-Consul-Effective-Consistency"] == "leader")
            #expect(reply["X-Consul-Query-Backend"] == "blocking-query")
            #expect(reply["Content-Type"] == "application/json")
            #expect(reply["Vary"] == "Accept-Encoding")
            #expect(reply.headers.contains { $0.name.rawName == "X-Consul-Knownleader" })
        }
    }

    @Test("API-009 API-010 the consistency that was asked for is reported")
    func consistency() async throws {
        try await TestAPI.run { api in
            for mode in ["stale", "consistent"] {
                let reply = try await api.get("/v1/catalog/nodes?\(mode)")
                #expect(reply["X-Consul-Effective-Consistency"] == mode)
            }
            let bounded = try await api.get("/v1/catalog/nodes?max_stale=5s")
            #expect(bounded["X-Consul-Effective-Consistency"] == "stale")
        }
    }

    @Test(
        "bad parameters are refused",
        arguments: [
            (
                "API-011 /v1/catalog/nodes?stale&consistent", 400,
                "Cannot specify ?stale with ?consistent, conflicting semantics."
            ),
            (
                "API-012 /v1/catalog/services?cached&consistent", 400,
                "Cannot specify ?cached with ?consistent, conflicting semantics."
            ),
            ("API-013 /v1/catalog/nodes?index=abc", 400, "Invalid index"),
            ("API-013 /v1/catalog/nodes?index=-1", 400, "Invalid index"),
            ("API-014 /v1/catalog/nodes?index=1&wait=10", 400, "Invalid wait time"),
            ("API-015 /v1/catalog/nodes?dc=nodc", 500, "No path to datacenter"),
            ("API-015 /v1/status/leader?dc=nodc", 500, "No path to datacenter"),
            (
                "API-016 /v1/catalog/services?ns=x", 400,
                "Invalid query parameter: \"ns\" - Namespaces are a Consul Enterprise feature"
            ),
            ("API-018 /v1/catalog/nodes?max_stale=zz", 400, "Invalid max_stale value \"zz\""),
            (
                "API-025 /v1/catalog/nodes?partition=x", 400,
                "Invalid query parameter: \"partition\" - "
                    + "Partitions are a Consul Enterprise feature"
            ),
        ]
    )
    func parameters(request: String, status: Int, text: String) async throws {
        try await TestAPI.run { api in
            let uri = try #require(request.split(separator: " ").last)
            let reply = try await api.get(String(uri))
            #expect(reply.status == status)
            #expect(reply.text == text)
            #expect(reply["Content-Type"] == "text/plain; charset=utf-8")
        }
    }

    @Test("API-017 the namespace header is refused where namespaces count")
    func namespaceHeader() async throws {
        try await TestAPI.run { api in
            let headers = ["X-Consul-Namespace": "x"]
            let reply = try await api.get("/v1/catalog/services", headers: headers)
            #expect(reply.status == 400)
            #expect(
                reply.text == "Invalid header: \"X-Consul-Namespace\" - "
                    + "Namespaces are a Consul Enterprise feature"
            )
            #expect(try await api.get("/v1/catalog/nodes", headers: headers).status == 200)
            #expect(try await api.get("/v1/catalog/nodes?ns=x").status == 200)
        }
    }

    @Test("API-019 every reply tells the default policy, errors too")
    func defaultPolicy() async throws {
        try await TestAPI.run { api in
            for uri in ["/v1/catalog/services", "/v1/nope", "/v1/catalog/nodes?index=x"] {
                let reply = try await api.get(uri)
                #expect(reply["X-Consul-Default-ACL-Policy"] == "allow")
            }
        }
    }

    @Test("API-019 the default policy and translated addresses are told as configured")
    func configuredHeaders() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/catalog/nodes")
            #expect(reply["X-Consul-Translate-Addresses"] == nil)
        }
        try await TestAPI.run {
            $0.defaultPolicy = "deny"
            $0.translatesAddresses = true
        } _: { api in
            for uri in ["/v1/catalog/nodes", "/v1/nope"] {
                let reply = try await api.get(uri)
                #expect(reply["X-Consul-Default-ACL-Policy"] == "deny")
                #expect(reply["X-Consul-Translate-Addresses"] == "true")
            }
        }
    }

    @Test(
        "discovery_max_stale: reads of catalog and health that ask for no mode are stale ones",
        arguments: [
            ("/v1/catalog/nodes", "stale"), ("/v1/catalog/services", "stale"),
            ("/v1/health/service/consul", "stale"), ("/v1/health/state/any", "stale"),
            ("/v1/catalog/nodes?leader", "leader"), ("/v1/catalog/nodes?consistent", "consistent"),
            ("/v1/health/service/consul?cached", "leader"), ("/v1/coordinate/nodes", "leader"),
        ]
    )
    func discoveryMaximumStaleness(uri: String, mode: String) async throws {
        try await TestAPI.run {
            $0.discoversStale = true
        } _: { api in
            let reply = try await api.get(uri)
            #expect(reply["X-Consul-Effective-Consistency"] == mode)
        }
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/catalog/nodes")
            #expect(reply["X-Consul-Effective-Consistency"] == "leader")
        }
    }

    @Test("API-020 a bad Cache-Control is refused")
    func cacheControl() async throws {
        try await TestAPI.run { api in
            let bad = try await api.get(
                "/v1/catalog/services",
                headers: ["Cache-Control": "max-age=zz"]
            )
            #expect(bad.status == 400)
            #expect(bad.text == "Invalid Cache-Control header.")
            let good = try await api.get(
                "/v1/catalog/services",
                headers: ["Cache-Control": "max-age=5, must-revalidate, stale-if-error=60"]
            )
            #expect(good.status == 200)
        }
    }

    @Test("API-021 ?cached is answered as a fresh hit")
    func cached() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/catalog/services?cached")
            #expect(reply["X-Cache"] == "HIT")
            #expect(reply["Age"] == "0")
            #expect(try await api.get("/v1/catalog/services")["X-Cache"] == nil)
        }
    }

    @Test("API-023 HTML characters are escaped")
    func htmlEscapes() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", #"{"Name":"e","Meta":{"k":"<&>"}}"#)
            let reply = try await api.get("/v1/agent/service/e")
            #expect(reply.text.contains(#""k":"\u003c\u0026\u003e""#))
            #expect(reply.json["Meta"]["k"] == "<&>")
        }
    }

    @Test("API-027 blocked endpoints")
    func blockedEndpoints() async throws {
        try await TestAPI.run(configure: { $0.blockedEndpoints = ["/v1/agent"] }) { api in
            let reply = try await api.get("/v1/agent/self")
            #expect(reply.status == 403)
            #expect(reply.text == "Endpoint is blocked by agent configuration")
            #expect(try await api.get("/v1/catalog/nodes").status == 200)
        }
    }

    @Test("API-028 writes from elsewhere are restricted")
    func writers() async throws {
        let range = try #require(AddressRange("10.0.0.0/8"))
        try await TestAPI.run(configure: { $0.writersFrom = [range] }) { api in
            let reply = try await api.put("/v1/agent/reload")
            #expect(reply.status == 403)
            #expect(reply.text == "Access is restricted")
            #expect(try await api.get("/v1/catalog/nodes").status == 200)
        }
    }

    @Test("configured headers are added, and do not override what a reply has to say")
    func responseHeaders() async throws {
        let configured = [
            "X-Own": "1", "Vary": "*", "Content-Type": "text/html", "X-Consul-Index": "9",
            "content-security-policy": "none", "X-Consul-Default-Acl-Policy": "deny",
        ]
        try await TestAPI.run(configure: { $0.responseHeaders = configured }) { api in
            let reply = try await api.get("/v1/status/leader")
            #expect(reply["X-Own"] == "1")
            #expect(reply["Vary"] == "*")
            #expect(reply["Content-Type"] == "application/json")
            #expect(reply["X-Consul-Default-Acl-Policy"] == "allow")
            #expect(reply["Content-Security-Policy"] == "none")
            #expect(try await api.get("/v1/catalog/nodes").index == 1)
            try await api.put("/v1/kv/c/t", "1")
            #expect(try await api.get("/v1/kv/c/t?raw")["Content-Security-Policy"] == "sandbox")
            #expect(try await api.get("/v1/kv/none").headers[values: .contentType].count == 1)
        }
    }

    @Test(
        "a query that Go cannot read is 500 without a text",
        arguments: ["a=%zz", "a=1;b=2", "%"]
    )
    func malformedQuery(query: String) async throws {
        try await TestAPI.run { api in
            for path in ["/v1/catalog/nodes", "/v1/agent/self", "/v1/kv/x"] {
                let reply = try await api.get("\(path)?\(query)")
                #expect(reply.status == 500 && reply.text.isEmpty, "\(path)")
            }
            #expect(try await api.put("/v1/kv/x?\(query)", "1").status == 500)
            #expect(try await api.get("/v1/kv/x").status == 404)
            #expect(try await api.get("/v1/none?\(query)").status == 404)
            #expect(try await api.get("/v1/catalog/nodes?&a=1&&b").status == 200)
        }
    }

    @Test("?cached says HIT where Consul has a cache, and nothing without http_config.use_cache")
    func cacheSaid() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/catalog/datacenters?cached")
            #expect(reply["X-Cache"] == "HIT" && reply["Age"] == "0")
            #expect(try await api.get("/v1/catalog/datacenters")["X-Cache"] == nil)
            #expect(try await api.get("/v1/health/service/x?cached")["X-Cache"] == "HIT")
        }
        try await TestAPI.run(configure: { $0.usesCache = false }) { api in
            for path in ["/v1/catalog/datacenters", "/v1/health/service/x"] {
                let reply = try await api.get("\(path)?cached&consistent")
                #expect(reply.status == 200 && reply["X-Cache"] == nil, "\(path)")
            }
        }
    }

    @Test(
        "what is empty is not given, but for ?enable=; a bad wait is refused wherever one may wait"
    )
    func emptyParameters() async throws {
        try await TestAPI.run { api in
            let bounded = try await api.get("/v1/catalog/nodes?max_stale=")
            #expect(bounded.status == 200)
            #expect(bounded["X-Consul-Effective-Consistency"] == "leader")
            for path in ["/v1/agent/maintenance", "/v1/agent/service/maintenance/x"] {
                let reply = try await api.put("\(path)?enable=")
                #expect(reply.status == 400 && reply.text == #"Invalid value for enable: """#)
                #expect(try await api.put(path).text == "Missing value for enable")
            }
            let wait = try await api.get("/v1/agent/service/none?wait=x")
            #expect(wait.status == 400 && wait.text == "Invalid wait time")
        }
    }

    @Test("a body beyond the limit is too large")
    func bodyLimit() async throws {
        try await TestAPI.run { api in
            let body = String(repeating: " ", count: APIRequest.maximumBody + 1)
            let reply = try await api.put("/v1/agent/service/register", body)
            #expect(reply.status == 413)
            #expect(reply.text.contains("too large, max size: 1048576 bytes"))
        }
    }

    @Test("the root says that there is no UI")
    func root() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/")
            #expect(reply.status == 200)
            #expect(reply.text.hasPrefix("Consul Agent: UI disabled."))
        }
    }
}

@Suite("Address ranges")
struct AddressRangeTests {
    @Test(
        "contain what shares their prefix",
        arguments: [
            ("10.0.0.0/8", "10.255.1.1", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("0.0.0.0/0", "1.2.3.4", true),
            ("::1/128", "::1", true), ("fd00::/7", "fe00::1", false), ("10.0.0.0/8", "::1", false),
            ("10.0.0.0/8", "", false),
        ]
    )
    func contains(range: String, address: String, expected: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == expected)
    }

    @Test("need an address and a length", arguments: ["10.0.0.0", "10.0.0.0/33", "x/8", "::/129"])
    func malformed(text: String) { #expect(AddressRange(text) == nil) }
}
