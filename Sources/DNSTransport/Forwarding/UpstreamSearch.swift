// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix

/// One query on its way through the recursors, one at a time until one answers.
///
/// It lives on one event loop and is only touched there.
///
/// Each try has a new socket, hence a new source port from the kernel, and a new ID from the
/// system generator (RFC 5452 §4.5, §9.2). UDP sockets are connected, so the kernel drops what
/// comes from any other address or port.
final class UpstreamSearch {
    /// Why the query is asked, which decides its transports and what ends the search.
    enum Purpose {
        /// For a client over UDP: UDP, then TCP when the reply is truncated.
        case overUDP
        /// For a client over TCP: TCP (DNS-282).
        case overTCP
        /// For the target of a CNAME: UDP without EDNS, any RCODE ends.
        case chase
    }

    /// What to ask, whom, and how long to wait.
    struct Plan {
        var query: ForwardedQuery
        var recursors: [RecursorAddress]
        var timeout: Duration
        var purpose: Purpose
    }

    private struct Attempt {
        var recursor: Int
        var overTCP: Bool
        var withEDNS: Bool
    }

    private let plan: Plan
    private let loop: any EventLoop
    private let tally: ForwarderTally
    private let timeout: TimeAmount
    private var completion: (([UInt8]?) -> Void)?
    /// The try that is under way; its number tells late events of an earlier one apart.
    private var attempt = Attempt(recursor: -1, overTCP: false, withEDNS: true)
    private var attemptNumber = 0
    private var id: UInt16 = 0
    private var channel: (any Channel)?
    private var timer: Scheduled<Void>?
    /// A truncated reply, which is better than none if TCP fails everywhere.
    private var truncated: [UInt8]?

    init(
        _ plan: Plan,
        on loop: any EventLoop,
        tally: ForwarderTally,
        completion: @escaping ([UInt8]?) -> Void
    ) {
        self.plan = plan
        self.loop = loop
        self.tally = tally
        self.completion = completion
        let (seconds, attoseconds) = plan.timeout.components
        timeout = .nanoseconds(
            max(1_000_000, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        )
    }

    /// Asks the first recursor.
    func begin() { askNextRecursor() }

    /// Gives up.
    func cancel() { finish(nil) }

    private func askNextRecursor() {
        let next = attempt.recursor + 1
        guard next < plan.recursors.count else {
            finish(truncated)
            return
        }
        open(
            Attempt(
                recursor: next,
                overTCP: plan.purpose == .overTCP,
                withEDNS: plan.purpose != .chase
            )
        )
    }

    private func open(_ attempt: Attempt) {
        // First the number: closing tells the old try's handler at once that it ended.
        attemptNumber += 1
        closeAttempt()
        self.attempt = attempt
        var system = SystemRandomNumberGenerator()
        id = UInt16.random(in: 0...UInt16.max, using: &system)
        guard let address = plan.recursors[attempt.recursor].endpoint.socketAddress else {
            askNextRecursor()
            return
        }
        tally.attempts.count()
        let number = attemptNumber
        let bound = NIOLoopBound(self, eventLoop: loop)
        let initializer: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
            channel.eventLoop.makeCompletedFuture {
                try bound.value.adopt(channel, overTCP: attempt.overTCP, number)
            }
        }
        let connecting =
            attempt.overTCP
            ? ClientBootstrap(group: loop).connectTimeout(timeout)
                .channelInitializer(initializer).connect(to: address)
            : DatagramBootstrap(group: loop)
                .channelOption(
                    .recvAllocator,
                    value: FixedSizeRecvByteBufferAllocator(capacity: 4096)
                )
                .channelInitializer(initializer).connect(to: address)
        connecting.assumeIsolated().whenComplete { [self] result in connected(result, number) }
    }

    /// Takes the new channel, before it connects, so that giving up closes it at once.
    private func adopt(_ channel: any Channel, overTCP: Bool, _ number: Int) throws {
        guard number == attemptNumber, completion != nil else { throw CancellationError() }
        self.channel = channel
        let events = UpstreamEvents(
            onReply: { [self] in received($0, in: number) },
            onEnd: { [self] in ended(number) }
        )
        let pipeline = channel.pipeline.syncOperations
        if overTCP {
            try pipeline.addHandler(UpstreamStreamHandler(events))
        } else {
            try pipeline.addHandler(UpstreamDatagramHandler(events))
        }
    }

    private func connected(_ result: Result<any Channel, any Error>, _ number: Int) {
        guard number == attemptNumber, completion != nil else { return }
        guard case .success(let channel) = result else {
            ended(number)
            return
        }
        let message = plan.query.upstream(id: id, withEDNS: attempt.withEDNS)
        var buffer = channel.allocator.buffer(capacity: message.count + 2)
        if attempt.overTCP { buffer.writeInteger(UInt16(truncatingIfNeeded: message.count)) }
        buffer.writeBytes(message)
        channel.writeAndFlush(buffer).assumeIsolated().whenFailure { [self] _ in ended(number) }
        timer = loop.assumeIsolated().scheduleTask(in: timeout) { [self] in
            guard number == attemptNumber else { return }
            tally.timeouts.count()
            ended(number)
        }
    }

    /// The try brought nothing: refused, closed, timed out.
    private func ended(_ number: Int) {
        guard number == attemptNumber, completion != nil else { return }
        askNextRecursor()
    }

    private func received(_ reply: [UInt8], in number: Int) {
        guard number == attemptNumber, completion != nil else { return }
        let verdict = plan.query.verdict(on: reply, id: id)
        switch verdict {
        case .mismatch:
            // RFC 5452 §9.1: what does not match is not our reply; the wait goes on.
            tally.mismatches.count()
        case _ where plan.purpose == .chase:
            finish(reply)
        case .final:
            finish(reply)
        case .truncated where attempt.overTCP:
            finish(reply)
        case .truncated:
            truncated = reply
            tally.tcpRetries.count()
            open(
                Attempt(recursor: attempt.recursor, overTCP: true, withEDNS: attempt.withEDNS)
            )
        case .refusesEDNS where attempt.withEDNS:
            open(
                Attempt(recursor: attempt.recursor, overTCP: attempt.overTCP, withEDNS: false)
            )
        case .refusesEDNS, .failed:
            askNextRecursor()
        }
    }

    private func finish(_ reply: [UInt8]?) {
        guard let completion else { return }
        self.completion = nil
        let channel = closeAttempt()
        // The place is free only when the descriptor is: that bounds the descriptors.
        guard let channel else {
            completion(reply)
            return
        }
        channel.closeFuture.assumeIsolated().whenComplete { _ in completion(reply) }
    }

    @discardableResult
    private func closeAttempt() -> (any Channel)? {
        timer?.cancel()
        timer = nil
        let open = channel
        channel = nil
        open?.close(promise: nil)
        return open
    }
}
