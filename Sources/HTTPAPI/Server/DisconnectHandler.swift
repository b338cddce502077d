// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// Whether a client closed its side of a connection; tells one waiting request.
final class DisconnectSignal: Sendable {
    private struct State {
        var isFired = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Calls `action` once when the client goes, at once when it is gone.
    func notify(_ action: @escaping @Sendable () -> Void) {
        let isFired = state.withLock { state in
            if !state.isFired { state.action = action }
            return state.isFired
        }
        if isFired { action() }
    }

    /// Forgets the action.
    func clear() { state.withLock { $0.action = nil } }

    /// The client is gone.
    func fire() {
        let action = state.withLock { state in
            state.isFired = true
            return state.action.take()
        }
        action?()
    }
}

/// Watches a connection for the client's leaving while a request waits.
///
/// A half-closed connection counts as left, as in Go's HTTP server: nobody who waits for an
/// answer closes its side.
final class DisconnectHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    let signal = DisconnectSignal()

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { signal.fire() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        signal.fire()
        context.fireChannelInactive()
    }

    /// The signal of a connection; `nil` in tests without a connection.
    static func signal(of channel: any Channel) async -> DisconnectSignal? {
        // Fails only where the handler is not in the pipeline: there is nothing to watch then.
        if channel.eventLoop.inEventLoop {
            return try? channel.pipeline.syncOperations.handler(type: DisconnectHandler.self).signal
        }
        return try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: DisconnectHandler.self).signal
        }.get()
    }
}
