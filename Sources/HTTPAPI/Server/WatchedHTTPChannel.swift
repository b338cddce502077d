// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import Logging
import NIOCore

/// Hummingbird's HTTP/1.1 channel with our handlers around it: the connection limit and the watch
/// for clients that leave before it, the compressor of replies in its midst.
struct WatchedHTTPChannel: ServerChildChannel {
    let http: HTTP1Channel
    let limit: ConnectionLimit

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let http = http
        let limit = limit
        return channel.eventLoop.makeCompletedFuture {
            // Requests are small, and thousands of connections that wait keep what the last one was read into.
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 65536)
            )
            try channel.pipeline.syncOperations.addHandler(ConnectionLimitHandler(limit))
            try channel.pipeline.syncOperations.addHandler(DisconnectHandler())
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }.flatMapThrowing { value in
            try ReplyCompression.install(in: channel)
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}
