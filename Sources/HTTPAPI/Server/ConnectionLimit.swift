// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// How many connections each client address has (`limits.http_max_conns_per_client`).
final class ConnectionLimit: Sendable {
    private let maximum: Int
    private let counts = Mutex<[String: Int]>([:])

    /// 0 or less means no limit, as in Consul.
    init(maximum: Int) { self.maximum = maximum }

    /// Counts a connection; `false` when the client has as many as it may.
    func enter(_ address: String) -> Bool {
        guard maximum > 0 else { return true }
        return counts.withLock { counts in
            guard counts[address, default: 0] < maximum else { return false }
            counts[address, default: 0] += 1
            return true
        }
    }

    /// A connection that was counted is gone.
    func leave(_ address: String) {
        guard maximum > 0 else { return }
        counts.withLock { counts in
            let rest = counts[address, default: 1] - 1
            counts[address] = rest > 0 ? rest : nil
        }
    }
}

/// Answers connections over the limit with 429 and closes them (HTTP API 1.1).
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

    init(_ limit: ConnectionLimit) { self.limit = limit }

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
