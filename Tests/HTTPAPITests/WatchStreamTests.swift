// SPDX-License-Identifier: Apache-2.0
import Definitions
import Events
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import StateStore
import Testing

@testable import HTTPAPI

@Suite("W38 Changes as server-sent events", .timeLimit(.minutes(1)))
struct WatchStreamTests {
    /// A server on a loopback port.
    private struct Fixture: Sendable {
        let running: TestServer

        var api: API { running.server.api }
        var responder: APIResponder { running.server.responder }
        var catalog: TestCatalog { running.catalog }
        var port: Int { running.port }

        func stop() async { await running.stop() }

        func put(_ key: String, _ value: String) throws {
            var operation = KVOperation(.set, key)
            operation.value = Array(value.utf8)
            try catalog.apply(.kv(operation))
        }

        func register(_ id: String, _ status: CheckStatus, output: String = "") throws {
            try catalog.apply(
                .register(
                    Registration(
                        node: TestAPI.node,
                        service: ServiceRow(node: "n1", id: id, name: "web", meta: [:], port: 80),
                        checks: [
                            CheckRow(
                                node: "n1",
                                id: "c-\(id)",
                                name: "c",
                                status: status,
                                output: output,
                                serviceID: id
                            )
                        ]
                    )
                )
            )
        }

        func fire(_ name: String, _ payload: String) async throws {
            let event = UserEvent(
                id: UUIDText.random(),
                name: name,
                payload: Array(payload.utf8),
                filter: EventFilter(node: "", service: "", tag: "")
            )
            try await api.control.fire(event)
        }

        /// Opens a stream, lets a test read it, and closes it.
        func stream(
            _ query: String,
            headers: String = "",
            _ test: (inout Reader, Fixture) async throws -> Void
        ) async throws {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel
                        )
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                let text = "GET /v1/watch?\(query) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
                try await outbound.write(ByteBuffer(string: text))
                var reader = Reader(parts: inbound.makeAsyncIterator())
                try await test(&reader, self)
            }
        }
    }

    /// What comes over a connection, block by block.
    private struct Reader {
        var parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private var text = ""

        init(parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) { self.parts = parts }

        /// What stands before the next end of that kind; `nil` at the end of the connection.
        mutating func until(_ end: String) async throws -> String? {
            while true {
                if let range = text.firstRange(of: end) {
                    defer { text.removeSubrange(..<range.upperBound) }
                    return String(text[..<range.lowerBound])
                }
                guard let part = try await parts.next(isolation: #isolation) else { return nil }
                text += String(buffer: part)
            }
        }

        /// The head of the reply.
        mutating func head() async throws -> String { try await until("\r\n\r\n") ?? "" }

        /// The next chunk, which holds a whole block; `nil` after the last one.
        mutating func block() async throws -> String? {
            guard let size = try await until("\r\n").flatMap({ Int($0, radix: 16) }), size > 0
            else { return nil }
            return try await until("\n\n\r\n")
        }

        /// The next event; comments are left out.
        mutating func event() async throws -> (id: UInt64, type: String, data: String)? {
            while let block = try await block() {
                let lines = block.split(separator: "\n").map(String.init)
                guard lines.count == 3, lines[0].hasPrefix("id: ") else { continue }
                let id = try #require(UInt64(lines[0].dropFirst(4)))
                #expect(lines[1].hasPrefix("event: ") && lines[2].hasPrefix("data: "))
                return (id, String(lines[1].dropFirst(7)), String(lines[2].dropFirst(6)))
            }
            return nil
        }
    }

    private func serve(
        configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        _ test: @escaping @Sendable (Fixture) async throws -> Void
    ) async throws {
        // An agent in development indents its JSON, which would not fit on one line.
        try await TestServer.run(development: true, configure: configure) {
            try await test(Fixture(running: $0))
        }
    }

    @Test("W38 the present state comes first, then each change, as the blocking endpoint has it")
    func key() async throws {
        try await serve { server in
            try await server.stream("type=key&key=a%2Fb") { reader, server in
                let head = try await reader.head()
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(head.lowercased().contains("content-type: text/event-stream"))
                #expect(head.lowercased().contains("cache-control: no-store"))
                #expect(try await reader.block() == "retry: 1000")
                let absent = try await reader.event()
                #expect(absent?.data == "null" && absent?.type == "key")
                try server.put("other", "1")
                try server.put("a/b", "1")
                let first = try #require(try await reader.event())
                #expect(first.id == 3)
                #expect(
                    first.data
                        == #"[{"LockIndex":0,"Key":"a/b","Flags":0,"Value":"MQ==","#
                        + #""CreateIndex":3,"ModifyIndex":3}]"#
                )
                try server.put("a/b", "2")
                let second = try await reader.event()
                #expect(second?.id == 4 && second?.data.contains("Mg==") == true)
            }
        }
    }

    @Test("W38 a client that comes again gets only what it does not know")
    func resumes() async throws {
        try await serve { server in
            try server.put("a", "1")
            try server.put("b", "1")
            for (query, headers) in [
                ("type=key&key=a&index=2", ""),
                ("type=key&key=a", "Last-Event-ID: 2\r\n"),
                // A browser asks for the same address again: the header is newer.
                ("type=key&key=a&index=1", "Last-Event-ID: 2\r\n"),
            ] {
                let known = try #require(server.catalog.snapshot().entry("a").value).modifyIndex
                let query = query.replacing("index=2", with: "index=\(known.rawValue)")
                let headers = headers.replacing("ID: 2", with: "ID: \(known.rawValue)")
                try await server.stream(query, headers: headers) { reader, server in
                    _ = try await reader.head()
                    #expect(try await reader.block() == "retry: 1000")
                    // The same value again would be no change.
                    try server.put("a", "again\(known.rawValue)")
                    let event = try #require(try await reader.event())
                    let changed = try #require(server.catalog.snapshot().entry("a").value)
                    #expect(event.id == changed.modifyIndex.rawValue, "the known state came again")
                }
            }
            // What happened while nobody listened, and a state whose indexes begin anew.
            for index in ["2", "4000000"] {
                try await server.stream("type=key&key=a&index=\(index)") { reader, _ in
                    _ = try await reader.head()
                    #expect(try await reader.event()?.data.contains("YWdhaW4") == true)
                }
            }
        }
    }

    @Test("W38 W36 a change that leaves what is watched as it was is no event")
    func unchanged() async throws {
        try await serve { server in
            try server.register("w1", .passing)
            try server.register("w2", .critical)
            try await server.stream("type=service&service=web&passing") { reader, server in
                _ = try await reader.head()
                let first = try #require(try await reader.event())
                #expect(first.type == "service" && first.data.contains(#""ID":"w1""#))
                #expect(!first.data.contains(#""ID":"w2""#))
                try server.register("w2", .critical, output: "still down")
                try server.register("w3", .passing)
                let second = try #require(try await reader.event())
                #expect(second.data.contains(#""ID":"w3""#))
            }
        }
    }

    @Test(
        "W38 every type streams what its endpoint answers",
        arguments: [
            ("keyprefix&prefix=p", "/v1/kv/p?recurse"),
            ("services", "/v1/catalog/services"),
            (
                "services&filter=ServiceName%20%3D%3D%20web",
                "/v1/catalog/services?filter=ServiceName%20%3D%3D%20web"
            ),
            ("nodes", "/v1/catalog/nodes"),
            (
                "service&service=web&filter=Service.ID%20%3D%3D%20w2",
                "/v1/health/service/web?filter=Service.ID%20%3D%3D%20w2"
            ),
            ("checks&service=web", "/v1/health/checks/web"),
            ("checks&state=critical", "/v1/health/state/critical"),
            ("checks", "/v1/health/state/any"),
        ]
    )
    func types(query: String, path: String) async throws {
        try await serve { server in
            try server.put("p/1", "1")
            try server.register("w1", .passing)
            try server.register("w2", .critical)
            let reader = LocalReader(responder: server.responder)
            let reply = await reader.get(path)
            let json = try JSONParser.parse(reply.body)
            try await server.stream("type=" + query) { reader, _ in
                _ = try await reader.head()
                let event = try #require(try await reader.event())
                #expect(event.id == reply.index)
                #expect(try JSONParser.parse(Array(event.data.utf8)) == json)
            }
        }
    }

    @Test("W38 events come once, and after the one that a client names")
    func events() async throws {
        try await serve { server in
            var last: UInt64 = 0
            try await server.stream("type=event&name=deploy") { reader, server in
                _ = try await reader.head()
                #expect(try await reader.event()?.data == "[]")
                try await server.fire("deploy", "1")
                #expect(try await reader.event()?.data.contains("MQ==") == true)
                try await server.fire("other", "1")
                try await server.fire("deploy", "2")
                let event = try #require(try await reader.event())
                #expect(event.data.contains("Mg==") && !event.data.contains("MQ=="))
                last = event.id
            }
            try await server.fire("deploy", "3")
            try await server.stream("type=event&name=deploy&index=\(last)") { reader, _ in
                _ = try await reader.head()
                let event = try #require(try await reader.event())
                #expect(event.data.contains("Mw==") && !event.data.contains("Mg=="))
            }
        }
    }

    @Test("W38 while nothing changes a comment shows that the stream is there")
    func heartbeat() async throws {
        try await serve(configure: { $0.streamHeartbeat = .milliseconds(1) }) { server in
            try await server.stream("type=key&key=a") { reader, server in
                _ = try await reader.head()
                _ = try await reader.event()
                for _ in 0..<3 { #expect(try await reader.block() == ":") }
                try server.put("a", "1")
                #expect(try await reader.event()?.data.contains("MQ==") == true)
            }
        }
    }

    @Test("W38 stopping ends streams in good order, and a client that goes ends its own")
    func ends() async throws {
        try await serve { server in
            try await server.stream("type=nodes") { reader, server in
                _ = try await reader.head()
                _ = try await reader.event()
                try await server.stream("type=nodes") { other, _ in _ = try await other.head() }
                // The other's read is gone, ours waits on.
                while server.api.waits.count != 1 { await Task.yield() }
                await server.stop()
                #expect(try await reader.event() == nil)
                #expect(try await reader.until("\r\n") == "", "no end of the chunks")
            }
            #expect(server.api.waits.count == 0)
        }
    }

    @Test(
        "W38 what cannot be watched is answered with what is wrong",
        arguments: [
            (
                "", 400,
                "Missing ?type=: it is one of key, keyprefix, services, nodes, service, checks, event"
            ),
            ("?type=kv", 400, "Unknown watch type \"kv\": it is one of key, keyprefix"),
            ("?type=key", 400, "Must specify a single key to watch: type=key takes key"),
            (
                "?type=service&servce=web", 400,
                "Unknown parameter \"servce\": type=service takes service, tag"
            ),
            ("?type=nodes&passing", 400, "Unknown parameter \"passing\": type=nodes takes filter"),
            (
                "?type=service&service=web&passing=maybe", 400,
                "Invalid value \"maybe\" for ?passing"
            ),
            ("?type=checks&service=a&state=b", 400, "Cannot specify service and state"),
            ("?type=nodes&index=-1", 400, "Invalid index \"-1\""),
            ("?type=nodes&filter=Nod%20%3D%3D%20a", 400, "Nod"),
            ("?type=nodes&dc=elsewhere", 500, "No path to datacenter"),
        ]
    )
    func refused(query: String, status: Int, text: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/watch" + query)
            #expect(reply.status == status)
            #expect(reply.text.contains(text), "\(reply.text)")
        }
    }

    @Test("W38 a header that is no index, and endpoints that are blocked")
    func refusedByOthers() async throws {
        let path = "/v1/watch?type=nodes"
        try await TestAPI.run(configure: { $0.blockedEndpoints = ["/v1/catalog"] }) { api in
            let bad = try await api.get(path, headers: ["Last-Event-ID": "x"])
            #expect(bad.status == 400 && bad.text.hasPrefix("Invalid Last-Event-ID \"x\""))
            #expect(try await api.get(path).status == 403)
        }
    }
}
