// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Locking

/// How many connections each client address has (`limits.http_max_conns_per_client`).
final class ConnectionLimit: Sendable {
    private struct State {
        var maximum: Int
        var counts: [String: Int] = [:]
    }

    private let state: Lock<State>

    /// 0 or less means no limit, as in Consul.
    init(maximum: Int) { state = Lock(State(maximum: maximum)) }

    /// Another limit counts for new connections.
    func update(maximum: Int) { state.withLock { $0.maximum = maximum } }

    /// Counts a connection; `false` when the client has as many as it may.
    func enter(_ address: String) -> Bool {
        state.withLock { state in
            let count = state.counts[address, default: 0]
            guard state.maximum <= 0 || count < state.maximum else { return false }
            state.counts[address] = count + 1
            return true
        }
    }

    /// A connection that was counted is gone.
    func leave(_ address: String) {
        state.withLock { state in
            let rest = state.counts[address, default: 1] - 1
            state.counts[address] = rest > 0 ? rest : nil
        }
    }
}

/// Answers connections over the limit with 429 and closes them (HTTP API 1.1); those of HTTPS get
/// no answer, since nothing is encrypted yet.
///
/// Stands first in the pipeline: what it refuses is never parsed.
final class ConnectionLimitHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case new
        case counted(String)
        case refused
    }

    private let limit: ConnectionLimit
    private var state = State.new

    private let isSecure: Bool

    init(_ limit: ConnectionLimit, isSecure: Bool) {
        self.limit = limit
        self.isSecure = isSecure
    }

    func channelActive(context: ChannelHandlerContext) {
        // A unix socket has no address, and no limit.
        if case .new = state, let address = context.channel.remoteAddress?.ipAddress {
            if limit.enter(address) {
                state = .counted(address)
            } else {
                state = .refused
                refuse(context)
            }
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .counted(let address) = state { limit.leave(address) }
        state = .refused
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .refused = state { return }
        context.fireChannelRead(data)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        if isSecure { return context.close(promise: nil) }
        let text =
            "Your IP is issuing too many concurrent connections, "
            + "please rate limit your calls\n"
        let reply =
            "HTTP/1.1 429 Too Many Requests\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n" + text
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)), promise: nil)
        context.close(promise: nil)
    }
}
