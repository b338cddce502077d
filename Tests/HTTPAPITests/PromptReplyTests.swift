// SPDX-License-Identifier: Apache-2.0
import Definitions
import NIOCore
import NIOPosix
import StateStore
import Testing

@testable import HTTPAPI

/// Replies that the connection's event loop gives without the connection's task.
@Suite("Prompt replies", .timeLimit(.minutes(1)))
struct PromptReplyTests {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private static func get(_ path: String, _ headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
    }

    private static func put(_ path: String, _ body: String) -> String {
        "PUT \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func id(_ digit: String) -> String {
        "00000000-0000-4000-8000-" + String(repeating: digit, count: 12)
    }

    private static func set(_ key: String, _ value: String) -> Command {
        var operation = KVOperation(.set, key)
        operation.value = Array(value.utf8)
        return .kv(operation)
    }

    /// Reads replies with a length from a connection.
    private struct Replies: ~Copyable {
        private var parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private var rest = ""

        init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) {
            parts = inbound.makeAsyncIterator()
        }

        /// The status, the fields and the body of the next one; `nil` at the end of the connection.
        mutating func next(
            isolation: isolated (any Actor)? = #isolation
        ) async throws -> (status: String, fields: [String], body: String)? {
            while true {
                if let found = take() { return found }
                guard let part = try await parts.next(isolation: isolation) else { return nil }
                rest += String(buffer: part)
            }
        }

        private mutating func take() -> (String, [String], String)? {
            guard let end = rest.firstRange(of: "\r\n\r\n") else { return nil }
            let lines = rest[..<end.lowerBound].split(separator: "\r\n").map(String.init)
            let length =
                lines.first { $0.lowercased().hasPrefix("content-length: ") }
                .flatMap { Int($0.dropFirst("content-length: ".count)) } ?? 0
            let body = rest[end.upperBound...].utf8
            guard body.count >= length else { return nil }
            let text = String(body.prefix(length)) ?? ""
            rest = String(body.dropFirst(length)) ?? ""
            return (lines[0], Array(lines.dropFirst()), text)
        }
    }

    @Test("replies come in the order of their requests, whoever gives them")
    func order() async throws {
        try await TestServer.run { server in
            try server.catalog.apply(Self.set("a", "1"))
            let asked = [
                (Self.get("/v1/kv/a?raw"), "1"), (Self.put("/v1/kv/b", "2"), "true"),
                (Self.get("/v1/kv/b?raw"), "2"), (Self.get("/v1/kv/?keys"), #"["a","b"]"#),
                (Self.get("/v1/kv/a?raw"), "1"), (Self.get("/v1/kv/none"), ""),
                (Self.put("/v1/kv/a", "3"), "true"), (Self.get("/v1/kv/a?raw"), "3"),
            ]
            try await TestServer.connect(server.port).executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: asked.map(\.0).joined()))
                var replies = Replies(inbound)
                for (request, body) in asked {
                    let reply = try await replies.next()
                    #expect(reply?.body == body, "\(request)")
                }
            }
        }
    }

    @Test("what follows a blocking query waits for its reply")
    func behindAWait() async throws {
        try await TestServer.run { server in
            try server.catalog.apply(Self.set("a", "1"))
            try await TestServer.connect(server.port).executeThenClose { inbound, outbound in
                var replies = Replies(inbound)
                try await outbound.write(ByteBuffer(string: Self.get("/v1/kv/a?raw")))
                let index = try await Self.index(of: replies.next())
                // More than is read while one waits.
                let behind = (0..<100).map { Self.get("/v1/kv/a?raw&turn=\($0)") }.joined()
                let blocking = Self.get("/v1/kv/a?raw&index=\(index)&wait=10m")
                try await outbound.write(ByteBuffer(string: blocking + behind))
                await Self.until { server.server.waitingQueries == 1 }
                try server.catalog.apply(Self.set("a", "2"))
                for _ in 0...100 {
                    #expect(try await replies.next()?.body == "2")
                }
                #expect(server.server.waitingQueries == 0)
            }
        }
    }

    @Test(
        "queries whose answers are read on another thread wait and are woken in their order, too",
        arguments: [
            "/v1/kv/?recurse&x", "/v1/kv/?keys", "/v1/catalog/service/web?x",
            "/v1/catalog/services?x", "/v1/catalog/nodes?x", "/v1/catalog/node/n1?x",
            "/v1/catalog/node-services/n1?x", "/v1/health/service/web?near=n1",
            "/v1/health/node/n1?x", "/v1/health/checks/web?x", "/v1/health/state/any?x",
            "/v1/session/list?x", "/v1/session/node/n1?x", "/v1/query?x",
            "/v1/config/service-defaults?x", "/v1/coordinate/nodes?x",
            "/v1/internal/ui/services?x", "/v1/internal/ui/nodes?x", "/v1/internal/ui/node/n1?x",
        ]
    )
    func readElsewhere(path: String) async throws {
        try await TestServer.run { server in
            func change(_ text: String) throws {
                var node = TestAPI.node
                node.meta = ["turn": text]
                var service = ServiceRow(node: node.name, id: "web", name: "web")
                service.tags = [text]
                var check = CheckRow(node: node.name, id: "web", name: "web", status: .passing)
                check.serviceID = "web"
                check.output = text
                try server.catalog.apply(
                    .register(Registration(node: node, service: service, checks: [check]))
                )
                try server.catalog.apply(Self.set(text, "1"))
                try server.catalog.apply(
                    .session(SessionChange(.create, SessionRow(id: Self.id(text), node: node.name)))
                )
                let query = PreparedQueryRow(
                    id: Self.id(text),
                    service: ServiceQuery(service: "web")
                )
                try server.catalog.apply(.preparedQuery(.init(.create, query)))
                try server.catalog.apply(
                    .configEntry(
                        ConfigEntryChange(ConfigEntryRow(kind: .serviceDefaults, name: text))
                    )
                )
                var here = CoordinateRow(node: node.name, coordinate: NetworkCoordinate())
                here.coordinate.adjustment = Double(text.utf8.first ?? 0)
                try server.catalog.apply(.coordinates([here]))
            }
            try change("a")
            try await TestServer.connect(server.port).executeThenClose { inbound, outbound in
                var replies = Replies(inbound)
                let asked = path.replacing("n1", with: TestAPI.node.name)
                try await outbound.write(ByteBuffer(string: Self.get(asked)))
                let first = try await replies.next()
                #expect(first?.status == "HTTP/1.1 200 OK")
                let index = try Self.index(of: first)
                let blocking = Self.get(asked + "&index=\(index)&wait=10m")
                let behind = (0..<40).map { Self.get("/v1/kv/a?raw&turn=\($0)") }.joined()
                try await outbound.write(ByteBuffer(string: blocking + behind))
                await Self.until { server.server.waitingQueries == 1 }
                try change("b")
                let second = try await replies.next()
                #expect(try Self.index(of: second) != index)
                for _ in 0..<40 { #expect(try await replies.next()?.body == "1") }
                // The same once more, until the time is over.
                let newest = try Self.index(of: second)
                let brief = Self.get(asked + "&index=\(newest)0&wait=1ms")
                try await outbound.write(ByteBuffer(string: brief))
                #expect(try await replies.next()?.status == "HTTP/1.1 200 OK")
                #expect(server.server.waitingQueries == 0)
            }
        }
    }

    @Test("what cannot be read behind a blocking query is refused after its reply")
    func errorBehindAWait() async throws {
        try await TestServer.run { server in
            try server.catalog.apply(Self.set("a", "1"))
            try await TestServer.connect(server.port).executeThenClose { inbound, outbound in
                var replies = Replies(inbound)
                try await outbound.write(ByteBuffer(string: Self.get("/v1/kv/a?raw")))
                let index = try await Self.index(of: replies.next())
                let blocking = Self.get("/v1/kv/a?raw&index=\(index)&wait=10m")
                try await outbound.write(ByteBuffer(string: blocking + "GET / FTP/9\r\n\r\n"))
                await Self.until { server.server.waitingQueries == 1 }
                try server.catalog.apply(Self.set("a", "2"))
                #expect(try await replies.next()?.body == "2")
                #expect(try await replies.next()?.status == "HTTP/1.1 400 Bad Request")
                #expect(try await replies.next() == nil)
            }
        }
    }

    @Test("a blocking query ends with its time, its client and its server")
    func endOfWaits() async throws {
        try await TestServer.run { server in
            try server.catalog.apply(Self.set("a", "1"))
            let index = try await TestServer.connect(server.port).executeThenClose {
                inbound,
                outbound in
                var replies = Replies(inbound)
                try await outbound.write(ByteBuffer(string: Self.get("/v1/kv/a?raw")))
                let index = try await Self.index(of: replies.next())
                let brief = Self.get("/v1/kv/a?raw&index=\(index)&wait=1ms")
                try await outbound.write(ByteBuffer(string: brief))
                #expect(try await replies.next()?.body == "1")
                let long = Self.get("/v1/kv/a?raw&index=\(index)&wait=10m")
                try await outbound.write(ByteBuffer(string: long))
                await Self.until { server.server.waitingQueries == 1 }
                return index
            }
            await Self.until { server.server.waitingQueries == 0 }
            try await TestServer.connect(server.port).executeThenClose { inbound, outbound in
                var replies = Replies(inbound)
                let long = Self.get("/v1/kv/a?raw&index=\(index)&wait=10m")
                try await outbound.write(ByteBuffer(string: long))
                await Self.until { server.server.waitingQueries == 1 }
                async let stopped: Void = server.stop()
                #expect(try await replies.next()?.body == "1")
                #expect(try await replies.next() == nil)
                await stopped
            }
        }
    }

    @Test("a query about more instances than are written on the loop gets its reply after its wait")
    func wideService() async throws {
        try await TestServer.run { server in
            let count = API.mostAtOnce + 1
            @Sendable func register(_ number: Int, port: Int) throws {
                var service = ServiceRow(node: TestAPI.node.name, id: "w\(number)", name: "wide")
                service.port = port
                try server.catalog.apply(
                    .register(Registration(node: TestAPI.node, service: service))
                )
            }
            for number in 0..<count { try register(number, port: 1) }
            try await TestServer.connect(server.port).executeThenClose { inbound, outbound in
                var replies = Replies(inbound)
                let path = "/v1/health/service/wide"
                try await outbound.write(ByteBuffer(string: Self.get(path)))
                let index = try await Self.index(of: replies.next())
                let blocking = Self.get("\(path)?index=\(index)&wait=10m")
                try await outbound.write(ByteBuffer(string: blocking))
                await Self.until { server.server.waitingQueries == 1 }
                try register(0, port: 7)
                let reply = try await replies.next()
                #expect(reply?.body.contains(#""Port":7"#) == true)
                let newer = try Self.index(of: reply)
                #expect(newer != index)
                // A passing filter is another body, which nobody has kept when the time is over.
                let brief = Self.get("\(path)?passing&index=\(newer)&wait=1ms")
                try await outbound.write(ByteBuffer(string: brief))
                #expect(try await Self.index(of: replies.next()) == newer)
                // The connection goes on as before.
                try await outbound.write(ByteBuffer(string: Self.get("/v1/kv/none")))
                #expect(try await replies.next()?.status == "HTTP/1.1 404 Not Found")
            }
        }
    }

    @Test(
        "a client that does not stay is told so and its connection is closed",
        arguments: [
            ("1.1", "Connection: close"), ("1.1", "connection: Close"),
            ("1.1", "Connection: x, close"), ("1.0", "X: y"),
        ]
    )
    func closes(version: String, field: String) async throws {
        try await TestServer.run { server in
            let request = "GET /v1/kv/none HTTP/\(version)\r\nHost: x\r\n\(field)\r\n\r\n"
            let text = try await server.ask(request)
            #expect(text.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
            #expect(text.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test("W38 a stream of an agent with -dev is not sent in the form of its replies")
    func developmentStream() async throws {
        try await TestServer.run(development: true) { server in
            let web = ServiceRow(node: TestAPI.node.name, id: "web", name: "web")
            try server.catalog.apply(.register(Registration(node: TestAPI.node, service: web)))
            try await TestServer.connect(server.port).executeThenClose { inbound, outbound in
                var replies = Replies(inbound)
                try await outbound.write(ByteBuffer(string: Self.get("/v1/health/service/web")))
                #expect(try await replies.next()?.body.hasPrefix("[\n    {") == true)
            }
            try await TestServer.connect(server.port).executeThenClose { inbound, outbound in
                let path = "/v1/watch?type=service&service=web"
                try await outbound.write(ByteBuffer(string: Self.get(path)))
                var text = ""
                for try await part in inbound {
                    text += String(buffer: part)
                    if text.contains("data: ["), text.contains("\n\n") { break }
                }
                #expect(text.contains("data: [{"))
            }
        }
    }

    @Test(
        "a reply is the same from the loop and from the task",
        arguments: [
            "/v1/kv/a", "/v1/kv/a?raw", "/v1/kv/none", "/v1/kv/", "/v1/kv/a?pretty",
            "/v1/kv/a?dc=elsewhere", "/v1/kv/a?index=x", "/v1/kv/a?ns=n", "/v1/kv//a", "/v1/kv",
            "/v1/kv/%zz", "/v1/health/service/web", "/v1/health/service/web?passing",
            "/v1/health/service/web?passing=x", "/v1/health/service/", "/v1/nothing", "/",
            "/v1/health/service/none?stale", "/v1/status/leader", "/v1/kv/a#fragment?x",
            "/v1/kv/?recurse", "/v1/kv/none/?keys", "/v1/catalog/nodes?pretty",
            "/v1/catalog/services",
            "/v1/catalog/service/web?filter=x", "/v1/catalog/service/web?cached",
            "/v1/catalog/node/x",
            "/v1/health/state/", "/v1/session/info/", "/v1/session/list?dc=elsewhere",
            "/v1/config/x", "/v1/config/service-defaults/x", "/v1/query/x", "/v1/query/x/execute",
            "/v1/connect/intentions/check", "/v1/coordinate/node/x", "/v1/internal/ui/node/x",
            "/v1/operator/autopilot/configuration",
        ]
    )
    func sameFromBoth(path: String) async throws {
        for development in [false, true] {
            try await TestServer.run(development: development) {
                $0.responseHeaders = ["X-Own": "1"]
            } _: { server in
                try server.catalog.apply(Self.set("a", "<1>"))
                let web = ServiceRow(node: TestAPI.node.name, id: "web", name: "web")
                try server.catalog.apply(
                    .register(Registration(node: TestAPI.node, service: web))
                )
                let seen = try await TestServer.connect(server.port).executeThenClose {
                    inbound,
                    outbound in
                    var replies = Replies(inbound)
                    try await outbound.write(ByteBuffer(string: Self.get(path)))
                    let prompt = try await replies.next()
                    let closing = Self.get(path, "Connection: close\r\n")
                    try await outbound.write(ByteBuffer(string: closing))
                    return (prompt, try await replies.next())
                }
                let (prompt, task) = seen
                #expect(prompt?.status == task?.status)
                #expect(prompt?.body == task?.body)
                #expect(Self.compared(prompt?.fields) == Self.compared(task?.fields))
                #expect(prompt?.fields.contains { $0.hasSuffix(" GMT") } == true)
            }
        }
    }

    /// All fields but that of the time, sorted.
    private static func compared(_ fields: [String]?) -> [String] {
        (fields ?? []).map { $0.lowercased() }
            .filter { !$0.hasPrefix("date: ") && $0 != "connection: close" }.sorted()
    }

    private static func index(
        of reply: (status: String, fields: [String], body: String)?
    ) throws -> String {
        let field = reply?.fields.first { $0.lowercased().hasPrefix("x-consul-index: ") }
        return try #require(field.map { String($0.dropFirst("x-consul-index: ".count)) })
    }

    private static func until(_ condition: @Sendable () -> Bool) async {
        while !condition() { await Task.yield() }
    }
}
