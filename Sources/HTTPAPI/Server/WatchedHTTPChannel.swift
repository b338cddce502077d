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
        await http.handle(value: value, logger: logger)
    }
}
