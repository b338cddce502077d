// SPDX-License-Identifier: Apache-2.0
import Glibc
public import NIOCore
import NIOPosix

extension ChildProcess {
    /// Reads what the command prints, to the end; to be called once.
    ///
    /// - Parameters:
    ///   - initial: what is collected before the first part.
    ///   - eventLoop: where it is read.
    ///   - take: takes a part in.
    /// - Returns: what was collected at the end of the output.
    /// - Throws: what the system says when it cannot be read, `CancellationError` when the task is
    ///   cancelled.
    public func collect<Collected: Sendable>(
        into initial: Collected,
        on eventLoop: any EventLoop,
        _ take: @Sendable (inout Collected, ByteBuffer) -> Void
    ) async throws -> Collected {
        let channel: NIOAsyncChannel<ByteBuffer, Never>
        do {
            channel = try await NIOPipeBootstrap(group: eventLoop)
                .takingOwnershipOfDescriptor(input: output) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            // The bootstrap owns the descriptor only where it succeeds.
            close(output)
            throw error
        }
        return try await channel.executeThenClose { inbound in
            var collected = initial
            for try await part in inbound { take(&collected, part) }
            return collected
        }
    }

    /// Waits for the end of the command, which is near or past, without heed of cancellation.
    public func ending(on eventLoop: any EventLoop) async -> Ending {
        var delay: Int64 = 1
        while true {
            if let ending = reap() { return ending }
            // What is lost: that the loop is shutting down; then there is nothing to wait for.
            try? await eventLoop.scheduleTask(in: .milliseconds(delay)) {}.futureResult.get()
            delay = min(delay * 2, 100)
        }
    }
}
