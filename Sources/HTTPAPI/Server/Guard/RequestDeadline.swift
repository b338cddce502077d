// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// How long a client may take; what takes longer is closed (SEC-08).
public struct HTTPTimeouts: Hashable, Sendable {
    /// From the first octet of a request to the end of its head.
    public var head = Duration.seconds(10)
    /// A body has to bring `leastBody` octets in each such time.
    public var body = Duration.seconds(30)
    /// See ``body``.
    public var leastBody = 1024
    /// How long a client of TCP may take nothing of its reply.
    public var unreadReply = Duration.seconds(60)
    /// `limits.https_handshake_timeout`: from the connection to the end of the TLS handshake.
    public var handshake = Duration.seconds(5)

    /// The usual times.
    public init() {}
}

/// Closes connections that send a request too slowly.
///
/// Stands before the parser, where the first octet of a head can be seen; ``RequestGuard`` tells
/// it what the parser made of the octets, of which it finds out by itself whether some are left of a next request
/// (``RequestOctets``). Time counts only while the server wants to read, from the end of the
/// read that began a phase: a request that comes at once needs no timer.
final class RequestDeadline: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// Between two requests: the server's time for idle connections counts.
        case idle
        case head
        /// With the octets of the body in this time.
        case body(Int)
    }

    private let timeouts: HTTPTimeouts
    private var phase = Phase.idle
    private var isReading = false
    /// Whether a phase has begun since the timer was set.
    private var isNewPhase = false
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?
    private var octets = RequestOctets()
    /// Requests whose replies have not ended: a client that waits may take its time with the next one.
    private var unanswered = 0

    init(_ timeouts: HTTPTimeouts) { self.timeouts = timeouts }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        disarm()
        self.context = nil
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = false
        // An empty line between two requests is none: the idle time goes on.
        let isRequest = octets.take(unwrapInboundIn(data))
        if isRequest, case .idle = phase { enter(.head) }
        context.fireChannelRead(data)
        octets.release()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isNewPhase { arm() }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        disarm()
        context.fireChannelInactive()
    }

    /// A head is complete.
    ///
    /// - Parameter isChunked: Whether its body comes in chunks, with octets between them.
    func headArrived(isChunked: Bool) {
        octets.headEnded(isChunked: isChunked)
        unanswered += 1
        enter(.body(0))
    }

    /// Lets a client send the body that it holds back (RFC 9110 §10.1.1).
    func askForBody() {
        guard let context else { return }
        let interim = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(interim), promise: nil)
    }

    /// A part of the body came.
    func bodyArrived(_ count: Int) {
        octets.bodyTook(count)
        guard case .body(let before) = phase else { return }
        phase = .body(before + count)
    }

    /// A reply was written to its end.
    func replyEnded() { unanswered = max(0, unanswered - 1) }

    /// The request is complete; the next one may have begun in the same read.
    func requestEnded() {
        if octets.requestEnded() {
            enter(.head)
        } else {
            phase = .idle
            disarm()
        }
    }

    private func enter(_ phase: Phase) {
        self.phase = phase
        isNewPhase = true
    }

    private func arm() {
        isNewPhase = false
        timer?.cancel()
        let time: Duration =
            switch phase {
            case .head: timeouts.head
            default: timeouts.body
            }
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
            [weak self] in self?.isOver()
        }
    }

    private func disarm() {
        isNewPhase = false
        timer?.cancel()
        timer = nil
    }

    private func isOver() {
        switch phase {
        case .idle: return
        case .head where isReading && unanswered == 0: context?.close(promise: nil)
        case .body(let count) where isReading && count < timeouts.leastBody:
            context?.close(promise: nil)
        case .head: arm()
        case .body:
            phase = .body(0)
            arm()
        }
    }
}
