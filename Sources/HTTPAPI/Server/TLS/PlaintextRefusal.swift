// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Tells clients that speak plain HTTP to the HTTPS port so, as Go's server does.
///
/// Stands before the decryption.
final class PlaintextRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State { case new, passing, refused }
    private var state = State.new

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .passing: context.fireChannelRead(data)
        case .refused: return
        case .new:
            // RFC 8446 §5.1: a record of a handshake begins with 22; a method is letters.
            let first = unwrapInboundIn(data).readableBytesView.first ?? 0
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
                state = .passing
                return context.fireChannelRead(data)
            }
            state = .refused
            refuse(context)
        }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        let text = "Client sent an HTTP request to an HTTPS server.\n"
        let reply =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n" + text
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)), promise: nil)
        context.close(promise: nil)
    }
}
