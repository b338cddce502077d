// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import NIOCore

extension API {
    /// How long a client may take nothing of what is sent before its connection is closed.
    private static let longestWrite = TimeAmount.seconds(60)
    /// How long after the server is told to stop it is closed.
    private static let longestFarewell = TimeAmount.seconds(5)

    private enum StreamStep: Sendable {
        case stopped
        case beat
        case state(Result<StreamState, APIFailure>)
    }

    /// Sends the states of what is watched as they come, until the client goes or the server stops.
    ///
    /// One state at a time is under way: while the client is slow nothing is read, and what changed meanwhile
    /// comes as one.
    @concurrent
    func tell(
        _ stream: StreamRequest,
        from first: StreamState,
        _ request: APIRequest,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        let channel = request.channel
        var signal: DisconnectSignal?
        if let channel { signal = await DisconnectHandler.signal(of: channel) }
        let (stop, stopping) = AsyncStream.makeStream(of: Never.self)
        let farewell: @Sendable () -> Void = {
            stopping.finish()
            channel?.closeLater(Self.longestFarewell)
        }
        guard let wait = waits.enter(farewell, counts: false) else { return }
        signal?.notify { stopping.finish() }
        defer {
            signal?.clear()
            waits.leave(wait)
        }
        var progress = StreamProgress(after: stream.index)
        try await write(ServerSentEvent.retry, to: &writer, channel)
        try await withThrowingTaskGroup(of: StreamStep.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await _ in stop {}
                return .stopped
            }
            let rhythm = configuration.streamHeartbeat
            group.addTask { await Self.beat(after: rhythm) }
            var state = first
            while true {
                if progress.take(state) {
                    let event = ServerSentEvent.event(
                        id: state.index,
                        type: stream.type,
                        data: state.data
                    )
                    try await write(event, to: &writer, channel)
                }
                let index = progress.index
                // A list may be long.
                group.addTask(executorPreference: globalConcurrentExecutor) {
                    await next(stream, after: index, request)
                }
                wait: while true {
                    switch try await group.next() {
                    case .state(.success(let next)):
                        state = next
                        break wait
                    case .beat:
                        try await write(ServerSentEvent.heartbeat, to: &writer, channel)
                        group.addTask { await Self.beat(after: rhythm) }
                    // It could be read before; the client comes again and is told why not.
                    case .state(.failure), .stopped, nil: return
                    }
                }
            }
        }
    }

    private func next(
        _ stream: StreamRequest,
        after index: UInt64,
        _ request: APIRequest
    ) async -> StreamStep {
        do throws(APIFailure) {
            return .state(.success(try await state(stream, after: index, request)))
        } catch {
            return .state(.failure(error))
        }
    }

    private static func beat(after rhythm: Duration) async -> StreamStep {
        // Ends early only with the stream, which asks for nothing more then.
        try? await Task.sleep(for: rhythm)
        return .beat
    }

    @concurrent
    private func write(
        _ buffer: ByteBuffer,
        to writer: inout any ResponseBodyWriter,
        _ channel: (any Channel)?
    ) async throws {
        let limit = channel?.closeLater(Self.longestWrite)
        defer { limit?.cancel() }
        try await writer.write(buffer)
    }
}

extension Channel {
    /// Closes the connection after a time, unless that is cancelled.
    @discardableResult
    fileprivate func closeLater(_ time: TimeAmount) -> Scheduled<Void> {
        eventLoop.scheduleTask(in: time) { self.close(promise: nil) }
    }
}
