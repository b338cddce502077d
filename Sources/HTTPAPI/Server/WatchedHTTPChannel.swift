// SPDX-License-Identifier: Apache-2.0
import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// Hummingbird's HTTP/1.1 channel with our handlers around it.
///
/// From the network inwards: connection limit, TLS, watch for clients that leave, deadline, parser,
/// guard, compressor, watch over idle connections, prompt replies, task.
struct WatchedHTTPChannel: ServerChildChannel {
    let http: HTTP1Channel
    let responder: APIResponder
    let date: DateField
    let limit: ConnectionLimit
    let timeouts: HTTPTimeouts
    /// What HTTPS is served with; `nil` for plain HTTP.
    let certificates: ServerCertificates?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
            // Requests are small, and thousands of connections that wait keep what the last one was read into.
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 65536)
            )
            let operations = channel.pipeline.syncOperations
            let isSecure = certificates != nil
            try operations.addHandler(ConnectionLimitHandler(limit, isSecure: isSecure))
            if let certificates {
                try operations.addHandler(PlaintextRefusal())
                try operations.addHandler(NIOSSLServerHandler(context: certificates.current))
                try operations.addHandler(
                    HandshakeDeadline(timeout: TimeAmount(timeouts.handshake), logger: logger)
                )
            }
            let disconnect = DisconnectHandler()
            try operations.addHandler(disconnect)
            try operations.addHandler(RequestDeadline(timeouts))
            limitUnread(channel)
            return disconnect.signal
        }.flatMap { signal in
            http.setup(channel: channel, logger: logger).map { ($0, signal) }
        }.flatMapThrowing { value, signal in
            let operations = channel.pipeline.syncOperations
            let deadline = try operations.handler(type: RequestDeadline.self)
            try ReplyCompression.install(in: channel, behind: RequestGuard(deadline: deadline))
            let idleWatch = try operations.handler(type: HTTPConnectionStateHandler.self)
            try operations.addHandler(
                PromptReplyHandler(responder, date: date, signal: signal),
                position: .after(idleWatch)
            )
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }

    /// Ends connections whose client takes nothing of what is sent (tcp(7), TCP_USER_TIMEOUT).
    private func limitUnread(_ channel: any Channel) {
        let milliseconds = Int(timeouts.unreadReply / .milliseconds(1))
        // What is lost: the time limit of a unix socket, which has none.
        try? channel.syncOptions?.setOption(
            .tcpOption(.init(rawValue: TCP_USER_TIMEOUT)),
            value: milliseconds
        )
    }
}
