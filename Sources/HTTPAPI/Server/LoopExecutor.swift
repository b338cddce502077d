// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Runs tasks on the event loop of a connection, so that a request that is answered at once stays on the thread that
/// received it.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

extension API {
    /// Does what may take long away from the event loops, which others wait for: DNS over TCP, the forwarder, checks.
    static func offLoop<Value: Sendable>(
        _ work: @concurrent @Sendable () async throws(APIFailure) -> Value
    ) async throws(APIFailure) -> Value {
        try await withTaskExecutorPreference(globalConcurrentExecutor, operation: work)
    }
}
