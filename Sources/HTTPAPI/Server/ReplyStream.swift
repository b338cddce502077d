// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import NIOCore

extension API {
    /// Writes pieces as they come, until there is none, the client goes, or the server stops: then whoever
    /// waits for the next is cancelled.
    @concurrent
    func stream(
        _ request: APIRequest,
        to writer: inout any ResponseBodyWriter,
        next: @escaping @Sendable () async -> ByteBuffer?
    ) async throws {
        var signal: DisconnectSignal?
        if let channel = request.channel { signal = await DisconnectHandler.signal(of: channel) }
        let (stop, stopping) = AsyncStream.makeStream(of: Never.self)
        guard let wait = waits.enter({ stopping.finish() }) else { return }
        signal?.notify { stopping.finish() }
        defer {
            signal?.clear()
            waits.leave(wait)
        }
        try await withThrowingTaskGroup(of: Step.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await _ in stop {}
                return .stopped
            }
            while true {
                group.addTask { .piece(await next()) }
                guard case .piece(let piece?) = try await group.next() else { return }
                try await writer.write(piece)
            }
        }
    }

    private enum Step: Sendable {
        case piece(ByteBuffer?)
        case stopped
    }
}
