// SPDX-License-Identifier: Apache-2.0
import Glibc
public import NIOCore

/// Accepts no connection for a moment when there is no descriptor for it.
///
/// What waits to be accepted makes a listener readable all the time; it would be tried again and again, in vain, until
/// another connection ends. It stands first in the pipeline of the listener itself.
public final class AcceptPause: ChannelInboundHandler {
    /// The connections that are accepted.
    public typealias InboundIn = any Channel

    /// How long nothing is accepted.
    private static let duration = TimeAmount.milliseconds(200)

    private var end: Scheduled<Void>?

    /// Makes the handler of one listener.
    public init() {}

    /// Pauses at what says that there is no descriptor, or no memory, for a connection.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let lacks = [EMFILE, ENFILE, ENOBUFS, ENOMEM]
        if let error = error as? IOError, lacks.contains(error.errnoCode) {
            pause(context.channel)
        }
        context.fireErrorCaught(error)
    }

    /// The listener is closed.
    public func channelInactive(context: ChannelHandlerContext) {
        end?.cancel()
        context.fireChannelInactive()
    }

    private func pause(_ channel: any Channel) {
        guard end == nil else { return }
        // Nothing fails that is open still; without automatic reads the listener is not asked whether it is readable.
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        end = channel.eventLoop.assumeIsolated().scheduleTask(in: Self.duration) { [self] in
            end = nil
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
