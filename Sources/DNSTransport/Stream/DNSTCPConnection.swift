// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import DNSWire
import Forwarding
import NIOCore

/// One TCP client (RFC 7766; spec/dns.md 3.7).
///
/// Queries are answered one after another, in their order; while one is on the slow line, or the
/// client does not take its answers, nothing is read.
///
/// States: *serving* → *waiting* (a query is on the slow line) → *serving* …; → *lingering* (all
/// answers are given and our side is closed, so that they are not lost to a reset) → closed.
final class DNSTCPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case serving
        case waiting
        case lingering
    }

    /// What all connections share.
    struct Shared: Sendable {
        var limits: StreamLimits
        var limiter: ConnectionLimiter
        var tally: StreamTally
        var submit: @Sendable (SlowQuery) -> Bool
    }

    private let shared: Shared
    private let client: IPAddress?
    /// The client as records name it.
    private let peer: LoopResponder.Peer
    private let responder: LoopResponder?
    private var state = State.serving
    private var received = ByteBuffer()
    private var budget: Int
    private var isInputClosed = false
    private var isReading = true
    /// When the client must have done the next thing; nil while it waits for us.
    private var deadline: NIODeadline?
    private var timer: Scheduled<Void>?
    private var timerEnd: NIODeadline?

    init(_ shared: Shared, client: IPAddress?, responder: LoopResponder?) {
        self.shared = shared
        self.client = client
        peer = LoopResponder.Peer(client)
        self.responder = responder
        budget = shared.limits.queriesPerConnection
    }

    func channelActive(context: ChannelHandlerContext) {
        expect(within: shared.limits.firstQueryTimeout, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        deadline = nil
        state = .lingering
        shared.limiter.giveBack(client)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .lingering else { return }
        var octets = unwrapInboundIn(data)
        received.writeBuffer(&octets)
    }

    func channelReadComplete(context: ChannelHandlerContext) { proceed(context) }

    func channelWritabilityChanged(context: ChannelHandlerContext) { proceed(context) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputClosed = true
            if state == .lingering { context.close(promise: nil) } else { proceed(context) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the client: there is nobody to tell.
        context.close(promise: nil)
    }

    /// Answers what can be answered now.
    private func proceed(_ context: ChannelHandlerContext) {
        var hasAnswered = false
        while state == .serving, context.channel.isWritable, budget > 0 {
            var replies = context.channel.allocator.buffer(capacity: 512)
            let before = budget
            let stop = next(&replies)
            shared.tally.queries.count(UInt64(before - budget))
            if replies.readableBytes > 0 {
                hasAnswered = true
                context.writeAndFlush(wrapOutboundOut(replies), promise: nil)
            }
            if before > budget { hasAnswered = true }
            if case .slow(let octets) = stop { handOver(octets, context) }
            if case .drained = stop { break }
        }
        received.discardReadBytes()
        if state == .serving, isFinished { linger(context) }
        if state == .serving, hasAnswered || !context.channel.isWritable {
            expect(within: shared.limits.idleTimeout, context)
        }
        setReading(
            state != .waiting && (state == .lingering || context.channel.isWritable),
            context
        )
    }

    private var isFinished: Bool {
        budget == 0 || (isInputClosed && DNSFraming.nextLength(received) == nil)
    }

    private func next(_ replies: inout ByteBuffer) -> LoopResponder.Stop {
        if let responder {
            return responder.answer(
                from: &received,
                of: peer,
                into: &replies,
                budget: &budget,
                unsentLimit: shared.limits.unsentOctets
            )
        }
        guard let message = DNSFraming.next(&received) else { return .drained }
        budget -= 1
        let type = unsafe message.withUnsafeBytes { unsafe TapRecord.questionType($0) }
        shared.tally.questions.note(type, isV6: peer.isV6)
        return .slow(message)
    }

    private func handOver(_ octets: [UInt8], _ context: ChannelHandlerContext) {
        state = .waiting
        deadline = nil
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        let query = SlowQuery(
            octets: octets,
            client: ClientContext(transport: .tcp, address: client?.octets ?? []),
            port: UInt16(clamping: context.remoteAddress?.port ?? 0),
            target: .stream { reply in
                // Always a hop: the forwarder may call back at once, inside this very call.
                loop.execute {
                    let (connection, context) = bound.value
                    connection.answered(reply, context)
                }
            },
            since: csockets_monotonic_milliseconds()
        )
        guard !shared.submit(query) else { return }
        query.finishUnanswered()
    }

    private func answered(_ reply: [UInt8]?, _ context: ChannelHandlerContext) {
        guard state == .waiting else { return }
        state = .serving
        if let reply, reply.count <= LoopResponder.octetLimit {
            var buffer = context.channel.allocator.buffer(capacity: reply.count + 2)
            buffer.writeInteger(UInt16(truncatingIfNeeded: reply.count))
            buffer.writeBytes(reply)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        expect(within: shared.limits.idleTimeout, context)
        proceed(context)
    }

    /// Sends the rest, closes our side and waits for the client to close its own.
    private func linger(_ context: ChannelHandlerContext) {
        state = .lingering
        received.clear()
        if isInputClosed {
            context.close(promise: nil)
            return
        }
        expect(within: shared.limits.firstQueryTimeout, context)
        context.close(mode: .output, promise: nil)
    }

    private func setReading(_ wanted: Bool, _ context: ChannelHandlerContext) {
        guard wanted != isReading, context.channel.isActive else { return }
        isReading = wanted
        context.channel.setOption(.autoRead, value: wanted).assumeIsolated().whenFailure { _ in
            context.close(promise: nil)
        }
    }

    /// Gives the client until then.
    ///
    /// A timer that runs out earlier is kept, for it looks at the deadline anew: most answers
    /// only move the deadline.
    private func expect(within duration: Duration, _ context: ChannelHandlerContext) {
        let until = NIODeadline.now() + TimeAmount(duration)
        deadline = until
        if let timerEnd, timerEnd <= until { return }
        schedule(until, context)
    }

    private func schedule(_ until: NIODeadline, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timerEnd = until
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: until) { [self] in
            timerEnd = nil
            guard let deadline else { return }
            if deadline > .now() {
                schedule(deadline, context)
            } else {
                if state != .lingering { shared.tally.timeouts.count() }
                context.close(promise: nil)
            }
        }
    }
}

extension SlowQuery {
    /// Answers SERVFAIL at once: the slow line is full.
    func finishUnanswered() {
        guard case .stream(let completion) = target else { return }
        completion(
            ForwardedQuery(octets, overTCP: true)?.failure() ?? ForwardedQuery.bareFailure(octets)
        )
    }
}
