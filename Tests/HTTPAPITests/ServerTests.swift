// SPDX-License-Identifier: Apache-2.0
import Definitions
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import StateStore
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("The HTTP server", .timeLimit(.minutes(1)))
struct ServerTests {
    /// Runs a test against a server on a loopback port, which is stopped in the end.
    private func serve(
        connections: Int = 200,
        _ test: @escaping @Sendable (HTTPServer, Int) async throws -> Void
    ) async throws {
        try await TestServer.run {
            $0.maximumConnectionsPerClient = connections
        } _: {
            try await test($0.server, $0.port)
        }
    }

    private func connect(_ port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await TestServer.connect(port)
    }

    private static let request = ByteBuffer(
        string: "GET /v1/status/leader HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    private static let blocking = ByteBuffer(
        string: "GET /v1/catalog/nodes?index=1&wait=10m HTTP/1.1\r\nHost: x\r\n\r\n"
    )

    @Test("serves requests one after the other on a connection")
    func serves() async throws {
        try await serve { _, port in
            try await connect(port).executeThenClose { inbound, outbound in
                var replies = inbound.makeAsyncIterator()
                for _ in 0..<2 {
                    try await outbound.write(Self.request)
                    var text = ""
                    while !text.hasSuffix("\"10.0.0.5:8300\"") {
                        guard let part = try await replies.next() else { break }
                        text += String(buffer: part)
                    }
                    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
                    #expect(text.hasSuffix("\"10.0.0.5:8300\""))
                }
            }
        }
    }

    @Test("API-022 a large reply is compressed for who accepts it, a small one is not")
    func compresses() async throws {
        @Sendable func ask(_ port: Int, _ path: String, accept: String) async throws -> [UInt8] {
            try await connect(port).executeThenClose { inbound, outbound in
                let text =
                    "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(accept)\r\n"
                try await outbound.write(ByteBuffer(string: text))
                var octets: [UInt8] = []
                for try await part in inbound { octets += part.readableBytesView }
                return octets
            }
        }
        @Sendable func head(_ reply: [UInt8]) -> String {
            let text = String(decoding: reply, as: UTF8.self)
            return String(text[..<(text.firstRange(of: "\r\n\r\n")?.lowerBound ?? text.endIndex)])
                .lowercased()
        }
        let gzip = "Accept-Encoding: deflate, gzip;q=0.5, br\r\n"
        try await serve { _, port in
            let small = try await ask(port, "/v1/status/leader", accept: gzip)
            #expect(!head(small).contains("content-encoding"))
            #expect(head(small).contains("vary: accept-encoding"))
            let plain = try await ask(port, "/v1/agent/self?pretty", accept: "")
            #expect(!head(plain).contains("content-encoding"))
            try #require(plain.count > ReplyCompression.smallestBody + head(plain).utf8.count)
            let packed = try await ask(port, "/v1/agent/self?pretty", accept: gzip)
            #expect(head(packed).contains("content-encoding: gzip"))
            #expect(packed.count < plain.count)
            let deflate = try await ask(
                port,
                "/v1/agent/self?pretty",
                accept: "Accept-Encoding: deflate\r\n"
            )
            #expect(!head(deflate).contains("content-encoding"))
            let start = head(packed).utf8.count + 4
            #expect(Array(packed.dropFirst(start).prefix(2)) == [0x1f, 0x8b])
        }
    }

    @Test("a request that breaks off or cannot be read costs its own connection only")
    func broken() async throws {
        let texts = ["GET /v1/status/lea", "GET", "NOT HTTP\r\n\r\n", "GET / HTTP/1.1\r\nHost"]
        try await serve { _, port in
            for text in texts {
                try await connect(port).executeThenClose { inbound, outbound in
                    try await outbound.write(Self.request)
                    try await outbound.write(ByteBuffer(string: text))
                    var replies = inbound.makeAsyncIterator()
                    _ = try await replies.next()
                }
                try await connect(port).executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: text))
                }
            }
            let reply = try await connect(port).executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "NOT HTTP\r\n\r\n"))
                var text = ""
                for try await part in inbound { text += String(buffer: part) }
                return text
            }
            #expect(reply.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        }
    }

    @Test("a wait ends when its client goes away")
    func disconnect() async throws {
        try await serve { server, port in
            try await connect(port).executeThenClose { _, outbound in
                try await outbound.write(Self.blocking)
                while server.waits.count == 0 { await Task.yield() }
            }
            // Would last ten minutes otherwise; the suite's time limit is the failure.
            while server.waits.count > 0 { await Task.yield() }
        }
    }

    @Test("stopping ends the waits and answers them")
    func stops() async throws {
        try await withThrowingTaskGroup(of: String.self) { readers in
            let (ports, ready) = AsyncStream.makeStream(of: Int.self)
            readers.addTask {
                var text = ""
                for await port in ports {
                    try await connect(port).executeThenClose { inbound, outbound in
                        try await outbound.write(Self.blocking)
                        for try await part in inbound { text += String(buffer: part) }
                    }
                }
                return text
            }
            // The server stops at the end of this test, while the reader waits.
            try await serve { server, port in
                ready.yield(port)
                ready.finish()
                while server.waits.count == 0 { await Task.yield() }
            }
            let text = try await readers.next() ?? ""
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.hasSuffix("]"))
        }
    }

    @Test("connections beyond the limit of a client get 429")
    func connectionLimit() async throws {
        try await serve(connections: 1) { _, port in
            try await connect(port).executeThenClose { inbound, outbound in
                try await outbound.write(Self.request)
                var replies = inbound.makeAsyncIterator()
                _ = try await replies.next()
                try await connect(port).executeThenClose { refused, _ in
                    var text = ""
                    for try await part in refused { text += String(buffer: part) }
                    #expect(text.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n"))
                }
            }
        }
    }

    @Test("an address that cannot be bound is named in the error")
    func bindError() async throws {
        try await serve { server, port in
            let other = HTTPServer(
                configuration: HTTPServerConfiguration(addresses: [.ip("127.0.0.1", port: port)]),
                control: server.api.control,
                submitter: TestCatalog(),
                snapshots: server.api.snapshots,
                watches: server.api.watches,
                sessionTimers: TestTimers(),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: TestAPI.quietLogger()
            )
            let error = await #expect(throws: HTTPServerError.self) { try await other.run() }
            #expect(error?.code == .addressInUse && error?.port == port)
            let text = error?.message ?? ""
            #expect(
                text.hasPrefix(
                    "cannot serve HTTP on 127.0.0.1:\(port): Address already in use. Another process"
                )
            )
            #expect(text.contains("-http-port"))
            #expect(await other.boundAddresses.isEmpty)
        }
    }

    @Test(
        "one of several listeners that cannot be bound ends all, whichever it is",
        arguments: [
            // TEST-NET-1 (RFC 5737): no machine has it.
            (HTTPListenAddress.ip("192.0.2.1", port: 0), "Cannot assign requested address"),
            (.unix(path: "/nonexistent/x.sock"), "No such file or directory"),
            (.unix(path: "/proc/version"), "there is a file that is no socket"),
        ]
    )
    func oneOfSeveral(address: HTTPListenAddress, reason: String) async throws {
        let alive = HTTPListenAddress.ip("127.0.0.1", port: 0)
        for addresses in [[alive, address], [address, alive]] {
            let server = Self.server(addresses)
            async let bound = server.boundAddresses
            let error = await #expect(throws: HTTPServerError.self) { try await server.run() }
            let text = error?.message ?? ""
            #expect(text.hasPrefix("cannot serve HTTP on \(address): \(reason). "), "\(text)")
            #expect(await bound.isEmpty)
        }
    }

    private static func server(_ addresses: [HTTPListenAddress]) -> HTTPServer {
        let catalog = TestCatalog()
        return HTTPServer(
            configuration: HTTPServerConfiguration(addresses: addresses),
            control: TestControl(
                identity: TestAPI.identity(),
                node: TestAPI.node,
                catalog: catalog
            ),
            submitter: catalog,
            snapshots: catalog,
            watches: catalog.watches,
            sessionTimers: TestTimers(),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: TestAPI.quietLogger()
        )
    }

    @Test("without addresses it stays until it is stopped")
    func noAddresses() async throws {
        let server = Self.server([])
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let group = ServiceGroup(
            services: [server, Starter(start: start)],
            logger: TestAPI.quietLogger()
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            // An early return of the server would make the group throw.
            tasks.addTask { try await group.run() }
            for await _ in started {}
            #expect(await server.boundAddresses.isEmpty)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// Tells that its group runs.
private struct Starter: Service {
    let start: AsyncStream<Void>.Continuation

    func run() async throws {
        start.finish()
        try await gracefulShutdown()
    }
}
