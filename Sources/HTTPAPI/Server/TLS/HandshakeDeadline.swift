// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import NIOTLS

/// Closes connections whose handshake takes too long (`limits.https_handshake_timeout`), and notes
/// those that failed.
///
/// Stands behind the decryption.
final class HandshakeDeadline: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let timeout: TimeAmount
    private let logger: Logger
    private var timer: Scheduled<Void>?
    private var isDone = false

    init(timeout: TimeAmount, logger: Logger) {
        self.timeout = timeout
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { finish() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDone {
            // Anybody can make these: they are for who looks for a fault.
            let peer = context.channel.remoteAddress?.description ?? "a client"
            logger.debug("TLS handshake error from \(peer): \(error)")
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func finish() {
        isDone = true
        timer?.cancel()
        timer = nil
    }
}
