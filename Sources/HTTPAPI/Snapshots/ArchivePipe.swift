// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Locking

/// Hands an archive from the thread that makes it to the connection that sends it, a few parts at a
/// time: who makes it waits for a slow client.
final class ArchivePipe: Sendable {
    /// The parts that may wait to be sent.
    private static let depth = 4

    private enum State { case open, whole, cancelled }

    /// The parts, in order; they end early when the pipe is cancelled.
    let parts: AsyncStream<[UInt8]>
    private let sink: AsyncStream<[UInt8]>.Continuation
    // From 0 on: one that ends below its first value stops the process, and parts may stay unsent.
    private let free = DispatchSemaphore(value: 0)
    private let state = Lock(State.open)

    /// An empty pipe.
    init() {
        (parts, sink) = AsyncStream.makeStream(of: [UInt8].self)
        for _ in 0..<Self.depth { free.signal() }
    }

    /// Whether all parts were put in.
    var isWhole: Bool { state.withLock { $0 == .whole } }

    /// Puts in a part once there is room for it.
    ///
    /// - Throws: `CancellationError` when nobody wants it any more.
    func put(_ part: [UInt8]) throws(CancellationError) {
        if part.isEmpty { return }
        free.wait()
        guard state.withLock({ $0 == .open }) else {
            free.signal()
            throw CancellationError()
        }
        sink.yield(part)
    }

    /// No more parts will come.
    func finish() {
        state.withLock { if $0 == .open { $0 = .whole } }
        sink.finish()
    }

    /// A part was sent.
    func sent() { free.signal() }

    /// Nobody wants more parts.
    func cancel() {
        state.withLock { if $0 == .open { $0 = .cancelled } }
        sink.finish()
        free.signal()
    }
}
