// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Tells one watch to stop.
final class StopSign: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation
    private let flag = Atomic<Bool>(false)

    /// Makes a sign that does not stop anybody yet.
    init() { (stream, continuation) = AsyncStream.makeStream() }

    /// Whether it was told.
    var isStopped: Bool { flag.load(ordering: .acquiring) }

    /// Tells it.
    func stop() {
        flag.store(true, ordering: .releasing)
        continuation.finish()
    }

    /// Runs an operation; `nil` when the sign came first, which cancels and awaits it.
    func run<Value: Sendable>(
        _ operation: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await operation() }
            group.addTask { [stream] in
                for await _ in stream {}
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
