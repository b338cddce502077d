// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Locking

/// Whether a client closed its side of a connection; tells one waiting request.
final class DisconnectSignal: Sendable {
    private struct State {
        var isFired = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Lock(State())

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
        await channel.ask(DisconnectHandler.self) { $0.signal }
    }
}

extension Channel {
    /// Asks a handler of the connection on its event loop; `nil` where the handler is not in the
    /// pipeline, as in tests without a connection.
    func ask<Handler: ChannelHandler & SendableMetatype, Value: Sendable>(
        _ type: Handler.Type,
        _ question: @escaping @Sendable (Handler) -> Value?
    ) async -> Value? {
        let pipeline = pipeline
        // What is lost: that there is no such handler.
        let look: @Sendable () -> Value? = {
            (try? pipeline.syncOperations.handler(type: Handler.self)).flatMap(question)
        }
        if eventLoop.inEventLoop { return look() }
        return (try? await eventLoop.submit(look).get()) ?? nil
    }
}
