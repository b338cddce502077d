// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOPosix
import Synchronization
import Testing
import WatchPlans

@testable import Watches

/// An API that gives the prepared replies of a path, one after another; then it waits to be
/// cancelled.
private final class PreparedSource: WatchSource {
    private struct State {
        var replies: [String: [WatchReply]]
        var requests: [String] = []
    }

    private let state: Mutex<State>

    init(_ replies: [String: [WatchReply]]) { state = Mutex(State(replies: replies)) }

    var requests: [String] { state.withLock { $0.requests } }

    func get(_ path: String, token: String) async -> WatchReply {
        let reply = state.withLock { state -> WatchReply? in
            state.requests.append("\(path) \(token)")
            guard state.replies[path]?.isEmpty == false else { return nil }
            return state.replies[path]?.removeFirst()
        }
        if let reply { return reply }
        let (stream, sink) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
        sink.finish()
        return WatchReply(status: 500, index: 0, body: [])
    }
}

/// Notes what it is told, and passes it on.
private struct Listener: WatchHandler {
    let label: String
    let told: AsyncStream<String>.Continuation

    func handle(_ result: WatchResult) async {
        told.yield("\(label) \(result.position) \(String(decoding: result.json, as: UTF8.self))")
    }
}

/// What listeners were told, one after another.
private struct Told: Sendable {
    let stream: AsyncStream<String>

    func next() async -> String? { await stream.first { _ in true } }
}

@Suite("Watches of an agent", .timeLimit(.minutes(1)))
struct WatchSupervisorTests {
    private static func definition(_ type: String, token: String = "") throws -> WatchDefinition {
        var parameters = WatchParameters()
        parameters.type = type
        return WatchDefinition(
            type: type,
            plan: try WatchPlan(parameters),
            handler: .command(["true"]),
            token: token
        )
    }

    private static func reply(_ index: UInt64, _ body: String, status: Int = 200) -> WatchReply {
        WatchReply(status: status, index: index, body: Array(body.utf8))
    }

    private static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// Runs a supervisor while `body` does something with it.
    private func run(
        _ source: PreparedSource,
        slept: @escaping @Sendable (Duration) -> Void = { _ in },
        _ body: (WatchSupervisor, Told) async throws -> Void
    ) async throws {
        let (stream, told) = AsyncStream<String>.makeStream()
        let supervisor = WatchSupervisor(
            source: source,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Self.logger,
            sleep: { slept($0) },
            makeHandler: { Listener(label: $0.type, told: told) }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await supervisor.run() }
            try await body(supervisor, Told(stream: stream))
            group.cancelAll()
        }
    }

    @Test("each change is told once; failures are waited out")
    func changes() async throws {
        let source = PreparedSource([
            "/v1/catalog/nodes": [
                Self.reply(3, "[ 1 ]"), Self.reply(0, "no", status: 500), Self.reply(4, "[1]"),
            ],
            "/v1/catalog/nodes?index=3": [
                Self.reply(3, "[1]"), Self.reply(0, "no", status: 500),
            ],
            "/v1/catalog/nodes?index=4": [Self.reply(5, "[2]")],
        ])
        let pauses = Mutex<[Duration]>([])
        try await run(source, slept: { pause in pauses.withLock { $0.append(pause) } }) {
            supervisor,
            told in
            supervisor.replace(with: [try Self.definition("nodes", token: "t")])
            #expect(await told.next() == "nodes 3 [1]")
            #expect(await told.next() == "nodes 5 [2]")
        }
        #expect(pauses.withLock { $0 } == [.seconds(5), .seconds(20)])
        #expect(
            source.requests.prefix(6) == [
                "/v1/catalog/nodes t", "/v1/catalog/nodes?index=3 t",
                "/v1/catalog/nodes?index=3 t", "/v1/catalog/nodes t",
                "/v1/catalog/nodes t", "/v1/catalog/nodes?index=4 t",
            ]
        )
    }

    @Test("a new list begins what is new, ends what is gone, and leaves the rest alone")
    func reload() async throws {
        let source = PreparedSource([
            "/v1/catalog/nodes": [Self.reply(3, "[1]")],
            "/v1/catalog/services": [Self.reply(4, "{}")],
        ])
        try await run(source) { supervisor, told in
            let nodes = try Self.definition("nodes")
            let services = try Self.definition("services")
            supervisor.replace(with: [nodes, nodes])
            #expect(await told.next() == "nodes 3 [1]")
            supervisor.replace(with: [nodes, services])
            #expect(await told.next() == "services 4 {}")
            supervisor.replace(with: [])
            while source.requests.count < 4 { await Task.yield() }
        }
        // Each watch read once, and waits once; nothing was begun twice.
        #expect(
            source.requests.sorted() == [
                "/v1/catalog/nodes ", "/v1/catalog/nodes?index=3 ", "/v1/catalog/services ",
                "/v1/catalog/services?index=4 ",
            ]
        )
    }
}
