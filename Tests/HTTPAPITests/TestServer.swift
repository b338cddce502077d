// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import StateStore
import Testing

@testable import HTTPAPI

/// A server on a loopback port, asked with octets as they are.
struct TestServer: Sendable {
    let server: HTTPServer
    let catalog: TestCatalog
    let port: Int
    /// Stops it; otherwise that happens at the end of the test.
    let stop: @Sendable () async -> Void

    /// Runs a test against a fresh server, which is stopped in the end.
    static func run(
        development: Bool = false,
        configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        _ test: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let catalog = TestCatalog()
        try catalog.apply(.register(Registration(node: TestAPI.node)))
        var configuration = HTTPServerConfiguration(addresses: [.ip("127.0.0.1", port: 0)])
        configure(&configuration)
        let server = HTTPServer(
            configuration: configuration,
            control: TestControl(
                identity: TestAPI.identity(development: development),
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
        let group = ServiceGroup(services: [server], logger: TestAPI.quietLogger())
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            if case .ip(_, let port) = await server.boundAddresses.first {
                let running = TestServer(server: server, catalog: catalog, port: port) {
                    await group.triggerGracefulShutdown()
                }
                do { try await test(running) } catch { Issue.record(error) }
            } else {
                Issue.record("the server did not listen")
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// A connection to a port.
    static func connect(_ port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// What the server sends until it closes the connection.
    func ask(_ request: String) async throws -> String {
        try await Self.connect(port).executeThenClose { inbound, outbound in
            // What cannot be written any more was refused already; the reply says why.
            try? await outbound.write(ByteBuffer(string: request))
            var text = ""
            do {
                for try await part in inbound { text += String(buffer: part) }
            } catch  where !text.isEmpty {
                // A reset behind the reply.
            }
            return text
        }
    }

    /// The status, headers and body of a GET that closes its connection.
    func get(_ path: String, _ headers: String...) async throws -> String {
        try await ask(
            "GET \(path) HTTP/1.1\r\nConnection: close\r\n"
                + headers.map { $0 + "\r\n" }.joined() + "\r\n"
        )
    }
}
