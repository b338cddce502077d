// SPDX-License-Identifier: Apache-2.0
import Checks
import NIOCore

/// Runs an operation for so long at most; `nil` if it was not done by then.
///
/// At the timeout, and when the surrounding task is cancelled, the operation is cancelled and
/// awaited, so it must end soon after a cancellation.
func withTimeout<Value: Sendable>(
    _ timeout: Duration,
    _ operation: @escaping @Sendable () async -> Value
) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
        group.addTask { await operation() }
        group.addTask {
            // What is lost: the cancellation, which ends the operation as well.
            try? await Task.sleep(for: timeout)
            return nil
        }
        defer { group.cancelAll() }
        return await group.next() ?? nil
    }
}

/// Something that can be called off once, from anywhere.
struct CancellationLatch: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    /// Makes a latch that is not called off.
    init() { (stream, continuation) = AsyncStream.makeStream() }

    /// Calls off.
    func cancel() { continuation.finish() }

    /// Waits until this is called off or the task is cancelled.
    func wait() async { for await _ in stream {} }

    /// Runs an operation until this is called off; `nil` if it was.
    func run<Value: Sendable>(
        _ operation: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await operation() }
            group.addTask {
                await wait()
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}

extension EventLoop {
    /// Waits without heed of cancellation: for what has to be waited for in any case.
    func pause(_ time: TimeAmount) async {
        // What is lost: that the loop is shutting down; then there is nothing to wait for.
        try? await scheduleTask(in: time) {}.futureResult.get()
    }
}
