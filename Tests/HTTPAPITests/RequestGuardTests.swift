// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Testing

@testable import HTTPAPI

@Suite("Requests in doubt", .timeLimit(.minutes(1)))
struct RequestGuardTests {
    private static let put = "PUT /v1/kv/a HTTP/1.1\r\nHost: localhost\r\n"
    private static let get = "GET /v1/status/leader HTTP/1.1\r\nHost: localhost\r\n"
    private static let chunk = "1\r\na\r\n0\r\n\r\n"

    /// A request that could mean two to two programs in a row, and the status that it gets.
    struct Doubt: Sendable {
        var name: String
        var request: String
        var status: String

        init(_ name: String, _ head: String, _ rest: String, _ status: String = "400 Bad Request") {
            self.name = name
            request = "\(head)\(rest)"
            self.status = status
        }
    }

    static let doubtful: [Doubt] = [
        Doubt("two lengths", put, "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        Doubt("a list of lengths", put, "Content-Length: 1, 1\r\n\r\na"),
        Doubt("a signed length", put, "Content-Length: +1\r\n\r\na"),
        Doubt(
            "a length and chunks",
            put,
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)"
        ),
        Doubt(
            "chunks and a length",
            put,
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n\(chunk)"
        ),
        Doubt("a blank before the colon", put, "Transfer-Encoding : chunked\r\n\r\n\(chunk)"),
        Doubt(
            "a coding that is not known",
            put,
            "Transfer-Encoding: xchunked\r\n\r\n\(chunk)",
            "501 Not Implemented"
        ),
        Doubt(
            "a coding before chunks",
            put,
            "Transfer-Encoding: gzip, chunked\r\n\r\n\(chunk)",
            "501 Not Implemented"
        ),
        Doubt(
            "chunks over HTTP/1.0",
            "PUT /v1/kv/a HTTP/1.0\r\n",
            "Transfer-Encoding: chunked\r\n\r\n\(chunk)"
        ),
        Doubt("no host", "GET /v1/status/leader HTTP/1.1\r\n", "\r\n"),
        Doubt("two hosts", get, "Host: localhost\r\n\r\n"),
        Doubt("a folded header", get, "X-A: b\r\n c\r\n\r\n"),
        Doubt("NUL in a header", get, "X-A: b\0c\r\n\r\n"),
        Doubt("NUL in a header's name", get, "X\0A: b\r\n\r\n"),
        Doubt("lines without CR", "GET / HTTP/1.1\n", "Host: localhost\n\n"),
        Doubt("CR within a line", get, "X-A: a\rX-B: b\r\n\r\n"),
        Doubt("a method in lower case", "get / HTTP/1.1\r\n", "Host: localhost\r\n\r\n"),
        Doubt("CONNECT", "CONNECT a:80 HTTP/1.1\r\n", "Host: localhost\r\n\r\n"),
    ]

    @Test("SEC-04 framing in doubt is refused, and the connection closed")
    func framing() async throws {
        try await TestServer.run { server in
            for doubt in Self.doubtful {
                // Behind a request that is whole: its own answer comes first.
                let text = try await server.ask("\(Self.get)\r\n\(doubt.request)")
                let replies = text.split(separator: "HTTP/1.1 ")
                #expect(replies.count == 2, "\(doubt.name): \(text)")
                #expect(replies.first?.hasPrefix("200 OK") == true, "\(doubt.name): \(text)")
                #expect(replies.last?.hasPrefix(doubt.status) == true, "\(doubt.name): \(text)")
            }
        }
    }

    @Test("a client that holds its body back is asked for it, over HTTP/1.1 and for a body alone")
    func continues() async throws {
        let expect = "Connection: close\r\nExpect: 100-Continue\r\n"
        let interim = "HTTP/1.1 100 Continue\r\n\r\n"
        try await TestServer.run { server in
            let whole = try await server.ask(
                Self.put + expect + "Content-Length: 1\r\n\r\na"
            )
            #expect(whole.hasPrefix(interim + "HTTP/1.1 200 OK\r\n"), "\(whole)")
            let chunks = try await server.ask(
                Self.put + expect + "Transfer-Encoding: chunked\r\n\r\n\(Self.chunk)"
            )
            #expect(chunks.hasPrefix(interim + "HTTP/1.1 200 OK\r\n"), "\(chunks)")
            for rest in ["Content-Length: 0\r\n", ""] {
                let text = try await server.ask(Self.get + expect + rest + "\r\n")
                #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(text)")
            }
            let put = "PUT /v1/kv/a HTTP/1.0\r\nHost: localhost\r\n"
            let old = try await server.ask(put + expect + "Content-Length: 1\r\n\r\na")
            #expect(!old.contains("100 Continue") && old.contains(" 200 OK\r\n"), "\(old)")
        }
    }

    @Test("a path whose octets are no text is refused: two keys would be one")
    func noText() async throws {
        try await TestServer.run { server in
            for path in ["/v1/kv/u%ff", "/v1/kv/u%C3%28", "/v1/agent/service/%fe"] {
                let text = try await server.get(path, "Host: a")
                #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(path): \(text)")
                #expect(text.contains("UTF-8"), "\(path): \(text)")
            }
            let fine = try await server.get("/v1/kv/u%C3%A9", "Host: a")
            #expect(fine.contains(" 404 "))
        }
    }

    @Test("SEC-04 headers over the limit are 431, whichever of them is large")
    func largeHeaders() async throws {
        let long = String(repeating: "a", count: 5000)
        let requests = [
            Self.get + "X-A: \(long)\r\n\r\n",
            Self.get + (0..<50).map { "X-\($0): \(long.prefix(100))\r\n" }.joined() + "\r\n",
            "GET /v1/kv/\(long) HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ]
        try await TestServer.run {
            $0.maximumHeaderBytes = 4096
        } _: { server in
            for request in requests {
                let text = try await server.ask(request)
                #expect(text.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\n"))
                #expect(text.hasSuffix("\r\n\r\n431 Request Header Fields Too Large"))
            }
        }
    }

    @Test("SEC-01 a name that its owner led here is refused, for reads too")
    func rebinding() async throws {
        try await TestServer.run {
            $0.hosts = HostRule(nodeName: "n1.example.net", domains: ["consul."])
        } _: { server in
            for host in ["evil.example", "127.0.0.1.evil.example:8500", "xconsul.example"] {
                let text = try await server.get("/v1/agent/self", "Host: \(host)")
                #expect(text.hasPrefix("HTTP/1.1 403 Forbidden\r\n"), "\(host)")
                #expect(text.contains("http_config.allowed_hosts"))
            }
            for host in ["127.0.0.1:8500", "[::1]:8500", "localhost", "N1.example.net", "a.consul"]
            {
                let text = try await server.get("/v1/status/leader", "Host: \(host)")
                #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(host)")
            }
            // RFC 9112 §3.2.2: the target's host counts, not the header.
            let text = try await server.get(
                "http://evil.example/v1/status/leader",
                "Host: localhost"
            )
            #expect(text.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
        }
    }

    @Test("SEC-01 a reload takes up names")
    func update() async throws {
        try await TestServer.run { server in
            let before = try await server.get("/", "Host: a.example")
            #expect(before.contains(" 403 "))
            var configuration = server.server.configuration
            configuration.hosts = HostRule(allowed: ["a.example"])
            server.server.update(configuration)
            let after = try await server.get("/", "Host: a.example")
            #expect(after.contains(" 200 "))
        }
    }

    @Test("SEC-08 a head that does not end is cut off")
    func slowHead() async throws {
        try await TestServer.run {
            $0.timeouts.head = .milliseconds(50)
        } _: { server in
            let before = try await server.ask(Self.get + "X-A: ")
            #expect(before == "")
            // Between two requests there is more time.
            let idle = try await server.get("/v1/status/leader", "Host: a")
            #expect(idle.contains(" 200 "))
        }
    }

    @Test(
        "SEC-08 nor does it last when it began with the end of the request before",
        arguments: [
            get + "\r\n",
            get + "\r\n" + get + "\r\n",
            put + "Content-Length: 6\r\n\r\na\r\n\r\nb",
            put + "Transfer-Encoding: chunked\r\n\r\n\(chunk)",
            get + "\r\n" + put + "Content-Length: 1\r\n\r\na",
        ]
    )
    func slowHeadBehind(first: String) async throws {
        try await TestServer.run {
            $0.timeouts.head = .milliseconds(50)
        } _: { server in
            // Ends since the connection is closed.
            let text = try await server.ask(first + "G")
            #expect(text.contains(" 200 OK\r\n"))
        }
    }

    @Test("SEC-08 but it may take as long as the reply before it takes")
    func slowHeadBehindQuery() async throws {
        try await TestServer.run {
            $0.timeouts.head = .milliseconds(20)
        } _: { server in
            let query = Self.get.replacing("/v1/status/leader", with: "/v1/kv/a?index=1&wait=150ms")
            let text = try await server.ask(query + "\r\nGET /")
            #expect(text.contains(" 404 Not Found\r\n"))
        }
    }

    @Test("SEC-08 a body that does not come is cut off, and nothing is stored")
    func slowBody() async throws {
        try await TestServer.run {
            $0.timeouts.body = .milliseconds(50)
        } _: { server in
            let text = try await server.ask(Self.put + "Content-Length: 10\r\n\r\nabc")
            #expect(!text.contains(" 200 "), "\(text)")
            let stored = try await server.get("/v1/kv/a", "Host: a")
            #expect(stored.contains(" 404 "))
        }
    }

    @Test("SEC-08 a blocking query may last longer than a request may take")
    func longAnswer() async throws {
        try await TestServer.run {
            $0.timeouts.head = .milliseconds(20)
            $0.timeouts.body = .milliseconds(20)
        } _: { server in
            let text = try await server.get("/v1/kv/a?index=1&wait=150ms", "Host: a")
            #expect(text.contains(" 404 "), "\(text)")
        }
    }

    @Test("SEC-07 what is read counts, not what a length says")
    func bodyLimit() async throws {
        let body = String(repeating: "a", count: 2000)
        try await TestServer.run {
            $0.maximumValueSize = 1000
        } _: { server in
            let known = try await server.ask(
                Self.put + "Connection: close\r\nContent-Length: 2000\r\n\r\n" + body
            )
            #expect(known.hasPrefix("HTTP/1.1 413 "))
            let chunked = try await server.ask(
                Self.put
                    + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n\(body)\r\n"
                    + "0\r\n\r\n"
            )
            #expect(chunked.hasPrefix("HTTP/1.1 413 "))
            let stored = try await server.get("/v1/kv/a", "Host: a")
            #expect(stored.contains(" 404 "))
        }
    }
}
