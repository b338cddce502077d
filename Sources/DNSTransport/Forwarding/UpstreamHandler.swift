// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// What a try hears from its socket.
struct UpstreamEvents {
    /// The message is about to leave, from this port.
    var onSend: (UInt16) -> Void = { _ in }
    /// A whole message.
    var onReply: ([UInt8]) -> Void
    /// The socket failed or was closed by the other side.
    var onEnd: () -> Void
}

/// One message a datagram.
final class UpstreamDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let events: UpstreamEvents

    init(_ events: UpstreamEvents) { self.events = events }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        events.onReply(Array(unwrapInboundIn(data).data.readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) { events.onEnd() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // ECONNREFUSED and the like: this recursor is not there.
        context.close(promise: nil)
        events.onEnd()
    }
}

/// Messages behind their lengths; at most one of 65,535 octets is held.
final class UpstreamStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let events: UpstreamEvents
    private var received = ByteBuffer()

    init(_ events: UpstreamEvents) { self.events = events }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        received.writeBuffer(&octets)
        while let message = DNSFraming.next(&received) { events.onReply(message) }
        received.discardReadBytes()
    }

    func channelInactive(context: ChannelHandlerContext) { events.onEnd() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
        events.onEnd()
    }
}
