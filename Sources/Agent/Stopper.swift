// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import Locking

/// The one way to stop an agent: whoever asks, the service group is told once.
final class Stopper: Sendable {
    private struct State {
        var isStopping = false
        var action: (@Sendable () async -> Void)?
    }

    private let state = Lock(State())
    private let requests: AsyncStream<Void>
    private let sink: AsyncStream<Void>.Continuation

    init() { (requests, sink) = AsyncStream.makeStream(of: Void.self) }

    /// Says what stopping is.
    func attach(_ action: @escaping @Sendable () async -> Void) {
        state.withLock { $0.action = action }
    }

    /// Asks for the stop; may be called from anywhere, any number of times.
    func stop() { sink.yield() }

    /// Waits for the first request and carries it out; ends with the group.
    func watch() async {
        for await _ in requests.cancelOnGracefulShutdown() {
            let action = state.withLock { state in
                defer { state.isStopping = true }
                return state.isStopping ? nil : state.action
            }
            await action?()
        }
    }
}

/// Shows the start screen once everything listens, then waits for the end.
struct ReadyScreen: Service {
    let show: @Sendable () async -> Void

    func run() async throws {
        await show()
        try await gracefulShutdown()
    }
}

/// Carries out the first request to stop.
struct StopService: Service {
    let stopper: Stopper

    func run() async throws { await stopper.watch() }
}
