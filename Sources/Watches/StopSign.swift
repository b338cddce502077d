// SPDX-License-Identifier: Apache-2.0
import Locking

/// Tells one watch to stop.
final class StopSign: Sendable {
    private struct State {
        var isStopped = false
        /// Ends the wait for the sign beside the operation that runs.
        var sink: AsyncStream<Never>.Continuation?
    }

    private let state = Lock(State())

    /// Whether it was told.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Tells it.
    func stop() {
        let sink = state.withLock { state in
            state.isStopped = true
            return state.sink.take()
        }
        sink?.finish()
    }

    /// Runs an operation; `nil` when the sign came first, which cancels and awaits it.
    ///
    /// To be called by one task at a time.
    func run<Value: Sendable>(
        _ operation: @escaping @Sendable () async -> Value
    ) async -> Value? {
        // One for each run: a stream whose reader is cancelled has ended.
        let (stream, sink) = AsyncStream<Never>.makeStream()
        let isStopped = state.withLock { state in
            state.sink = sink
            return state.isStopped
        }
        if isStopped { return nil }
        return await withTaskGroup(of: Value?.self) { group in
            group.addTask { await operation() }
            group.addTask {
                for await _ in stream {}
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
