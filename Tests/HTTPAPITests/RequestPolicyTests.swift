// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("Who may ask, and how much")
struct RequestPolicyTests {
    private static let rule = HostRule(
        nodeName: "Web-1.example.net",
        domains: ["consul.", "alt.example."],
        allowed: ["consul.example.com", "*.svc.cluster.test"]
    )

    @Test(
        "SEC-01 names of this agent",
        arguments: [
            "127.0.0.1:8500", "10.1.2.3", "[::1]:8500", "[fe80::1%25eth0]:8500", "::1",
            "localhost:8500", "LOCALHOST.", "consul:8500", "web-1.example.net",
            "web.service.consul:8500", "x.alt.example.", "consul.example.com:443",
            "a.b.svc.cluster.test", "",
        ]
    )
    func ours(host: String) { #expect(Self.rule.allows(host)) }

    @Test(
        "SEC-01 names of others",
        arguments: [
            "evil.example", "127.0.0.1.nip.example:8500", "consul.evil.example",
            "evilconsul.example.com", "svc.cluster.test", "1.2.3.4.5", "[evil.example]:8500",
            "a.b:c:d", ".", "xconsul.evil",
        ]
    )
    func others(host: String) { #expect(!Self.rule.allows(host)) }

    @Test("SEC-01 an asterisk allows every name")
    func all() { #expect(HostRule(allowed: ["*"]).allows("evil.example")) }

    private static func refusal(
        _ headers: [String: String],
        _ method: HTTPRequest.Method = .put,
        allowed: [String] = []
    ) -> String? {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return OriginRule(allowed: allowed).refusal(method, host: "localhost:8500", fields)
    }

    @Test("SEC-02 writes of other origins are refused")
    func origins() {
        #expect(Self.refusal(["Origin": "http://evil.example"]) != nil)
        #expect(Self.refusal(["Origin": "null"]) != nil)
        #expect(Self.refusal(["Origin": "http://localhost:3000"]) != nil)
        #expect(Self.refusal(["Sec-Fetch-Site": "cross-site"]) != nil)
        #expect(Self.refusal(["Sec-Fetch-Site": "same-site"]) != nil)
        #expect(Self.refusal([:]) == nil)
        #expect(Self.refusal(["Sec-Fetch-Site": "none"]) == nil)
        #expect(Self.refusal(["Origin": "http://LOCALHOST:8500/"]) == nil)
        let allowed = ["https://ops.example.com:443/"]
        #expect(Self.refusal(["Origin": "https://ops.example.com"], allowed: allowed) == nil)
        #expect(Self.refusal(["Origin": "http://ops.example.com"], allowed: allowed) != nil)
        #expect(Self.refusal(["Origin": "http://evil.example"], allowed: ["*"]) == nil)
    }

    @Test("SEC-02 a form of a browser writes nothing; other clients send what type they like")
    func forms() {
        let own = ["Origin": "http://localhost:8500", "Content-Type": "text/plain;charset=UTF-8"]
        #expect(Self.refusal(own, .post) != nil)
        #expect(Self.refusal(own) == nil)
        #expect(Self.refusal(["Content-Type": "text/plain"], .post) == nil)
        #expect(
            Self.refusal(
                ["Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"],
                .post
            ) == nil
        )
    }

    @Test("SEC-02 a query of another origin is not created")
    func query() async throws {
        try await TestAPI.run { api in
            let reply = try await api.send(
                .post,
                "/v1/query",
                #"{"Name":"q","Service":{"Service":"web"}}"#,
                headers: ["Origin": "http://evil.example", "Content-Type": "text/plain"]
            )
            #expect(reply.status == 403)
            #expect(reply.text.contains("http_config.allowed_origins"))
            #expect(try await api.get("/v1/query").json.count == 0)
        }
    }

    @Test("SEC-03 a preflight gets no leave, and no header of CORS ever")
    func preflight() async throws {
        try await TestAPI.run { api in
            let headers = [
                "Origin": "http://evil.example", "Access-Control-Request-Method": "PUT",
            ]
            for method in [HTTPRequest.Method.options, .get] {
                let reply = try await api.send(method, "/v1/kv/a", headers: headers)
                #expect([200, 404].contains(reply.status))
                #expect(
                    reply.headers.allSatisfy {
                        !$0.name.canonicalName.hasPrefix("access-control")
                    }
                )
            }
        }
    }

    @Test("SEC-05 paths are decoded once, and keys are what they are")
    func paths() async throws {
        try await TestAPI.run { api in
            for path in ["/v1/kv/../agent/self", "/v1/kv/./a", "/v1//kv/a"] {
                let reply = try await api.get(path)
                #expect(reply.status == 301, "\(path)")
            }
            for key in ["%2e%2e/agent/self", "%252e%252e", "a%2fb", "..%2f", "%25"] {
                #expect(try await api.put("/v1/kv/\(key)", "1").text == "true", "\(key)")
            }
            #expect(
                try await api.get("/v1/kv/?keys").json
                    == ["%", "%2e%2e", "../", "../agent/self", "a/b"]
            )
            #expect(try await api.get("/v1/kv/a%00b").status == 400)
            // Overlong octets of a dot are no dot.
            #expect(try await api.get("/v1/kv/%c0%ae%c0%ae/a").status != 200)
        }
    }

    @Test("SEC-06 a raw value is no page")
    func raw() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/kv/x.html", "<script>alert(1)</script>")
            let reply = try await api.get("/v1/kv/x.html?raw")
            #expect(reply["Content-Type"] == "text/plain")
            #expect(reply["X-Content-Type-Options"] == "nosniff")
            #expect(reply["Content-Security-Policy"] == "sandbox")
            #expect(try await api.get("/v1/kv/x.html")["Content-Type"] == "application/json")
        }
    }

    @Test("a bucket gives what its rate allows, and saves up ten seconds")
    func bucket() {
        let start = ContinuousClock.now
        func taken(_ bucket: inout TokenBucket, _ times: [Duration]) -> [Bool] {
            times.map { bucket.take(now: start + $0) }
        }
        var bucket = TokenBucket(rate: 2, now: start)
        let first = taken(&bucket, Array(repeating: .zero, count: 20))
        #expect(first.allSatisfy { $0 })
        let then = taken(
            &bucket,
            [.zero, .milliseconds(400), .milliseconds(550), .milliseconds(600)]
        )
        #expect(then == [false, false, true, false])
        let later = taken(&bucket, Array(repeating: .seconds(100), count: 21))
        #expect(later == Array(repeating: true, count: 20) + [false])
        var open = TokenBucket(rate: -1, now: start)
        let all = taken(&open, [.zero, .zero])
        #expect(all == [true, true])
        var closed = TokenBucket(rate: 0, now: start)
        let none = taken(&closed, [.zero, .seconds(9)])
        #expect(none == [false, false])
    }

    @Test("limits.request_limits: 429 for reads, 503 for writes, the agent's own affairs are free")
    func requestLimits() async throws {
        var limits = RequestLimits()
        limits.mode = .enforcing
        limits.readRate = 0
        limits.writeRate = 0
        try await TestAPI.run {
            $0.requestLimits = limits
        } _: { api in
            let read = try await api.get("/v1/catalog/nodes")
            #expect(read.status == 429)
            #expect(
                read.text == "rate limit exceeded, try again later or against a different server"
            )
            let write = try await api.put("/v1/kv/a", "1")
            #expect(write.status == 503)
            #expect(
                write.text
                    == "rate limit exceeded for operation that can only be performed by the leader, "
                    + "try again later"
            )
            #expect(try await api.get("/v1/agent/self").status == 200)
            #expect(try await api.get("/v1/status/leader").status == 200)
        }
        limits.mode = .permissive
        try await TestAPI.run {
            $0.requestLimits = limits
        } _: { api in
            let read = try await api.get("/v1/catalog/nodes")
            let write = try await api.put("/v1/kv/a", "1")
            #expect(read.status == 200 && write.status == 200)
            let notes = api.control.measured.notes.withLock { $0 }
            #expect(
                notes.contains("rpc.rate_limit.exceeded;limit_type=global/read;mode=permissive")
            )
        }
    }

    @Test(
        "limits.request_limits: a transaction that only reads counts as a read, others as a write",
        arguments: [("read", 429, 200), ("write", 200, 503)]
    )
    func requestLimitsOfTransactions(closed: String, read: Int, write: Int) async throws {
        var limits = RequestLimits()
        limits.mode = .enforcing
        limits.readRate = closed == "read" ? 0 : -1
        limits.writeRate = closed == "write" ? 0 : -1
        let (get, set) = (
            #"{"KV":{"Verb":"get-or-empty","Key":"a"}}"#,
            #"{"KV":{"Verb":"set","Key":"a","Value":"MQ=="}}"#
        )
        try await TestAPI.run {
            $0.requestLimits = limits
        } _: { api in
            // What is no transaction reads and writes nothing.
            for (body, status) in [
                ("[\(get)]", read), ("[]", read), ("[\(get),\(set)]", write), ("{}", 400),
            ] {
                let reply = try await api.put("/v1/txn", body)
                #expect(reply.status == status, "\(body)")
            }
        }
    }

    @Test("limits.request_limits: a read that waited is counted once, when it came")
    func requestLimitsOfWaits() async throws {
        var limits = RequestLimits()
        limits.mode = .enforcing
        limits.readRate = 1
        try await TestAPI.run {
            $0.requestLimits = limits
        } _: { api in
            _ = try await api.put("/v1/kv/a", "1")
            // Ten may come at once; the wait is the last of them.
            let index = try await api.get("/v1/kv/a").index
            for _ in 0..<8 { _ = try await api.get("/v1/kv/a") }
            let reply = try await api.blocked("/v1/kv/a?raw&index=\(index)&wait=1m") {
                _ = try await api.put("/v1/kv/a", "2")
            }
            #expect(reply.status == 200 && reply.text == "2")
        }
    }
}
