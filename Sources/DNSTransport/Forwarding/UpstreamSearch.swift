// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSWire
import Forwarding
import NIOCore

/// One query on its way through the recursors, one at a time until one answers.
///
/// It lives on one event loop and is only touched there.
///
/// Each try has a new socket with a new source port, and a new ID, both from the system generator
/// (RFC 5452 §4.5, §9.2). UDP sockets are connected, so the kernel drops what comes from any other
/// address or port.
final class UpstreamSearch {
    /// What to ask, whom, and how long to wait.
    struct Plan: Sendable {
        var search: SearchPlan
        /// Its number among the forwarder's open searches.
        var number: UInt64
        /// The upstreams that the turns name.
        var upstreams: [RecursorAddress]
        var randomizesCase: Bool
    }

    private struct Attempt {
        var turn: Int
        var overTCP: Bool
        var withEDNS: Bool
        var timeout: UInt64
    }

    /// Replies with our port and a wrong ID or question: so many are no accident but an attempt to
    /// guess, and TCP cannot be guessed (RFC 5452 §9.3).
    static let mismatchLimit = 100

    private let plan: Plan
    private let loop: any EventLoop
    private let tally: ForwarderTally
    private let report: (AttemptEvent, Int) -> Bool
    private var completion: ((SearchResult) -> Void)?
    /// The try that is under way; its number tells late events of an earlier one apart.
    private var attempt: Attempt?
    private var turn = -1
    private var attemptNumber = 0
    private var query = UpstreamQuery()
    private var socket: UpstreamSocket?
    private var timer: Scheduled<Void>?
    private var deadline: UInt64 = 0
    private var mismatches = 0
    /// A truncated reply, which is better than none if TCP fails everywhere.
    private var truncated: [UInt8]?
    /// Why there is no reply, if there will be none.
    private var outcome = SearchResult.networkError

    init(
        _ plan: Plan,
        on loop: any EventLoop,
        tally: ForwarderTally,
        report: @escaping (AttemptEvent, Int) -> Bool,
        completion: @escaping (SearchResult) -> Void
    ) {
        self.plan = plan
        self.loop = loop
        self.tally = tally
        self.report = report
        self.completion = completion
    }

    private var purpose: SearchPurpose { plan.search.purpose }

    /// Asks the first recursor.
    func begin() {
        deadline = csockets_monotonic_milliseconds() + plan.search.budget
        askNextRecursor()
    }

    /// Gives up.
    func cancel() { finish(.cancelled) }

    private func askNextRecursor() {
        turn += 1
        guard turn < plan.search.turns.count else {
            finish(truncated.map(SearchResult.reply) ?? outcome)
            return
        }
        open(
            Attempt(
                turn: turn,
                overTCP: purpose == .overTCP,
                withEDNS: purpose == .overTCP || purpose == .overUDP,
                timeout: plan.search.turns[turn].timeout
            )
        )
    }

    private func open(_ next: Attempt) {
        // First the number: closing tells the old try's handler at once that it ended.
        attemptNumber += 1
        closeAttempt()
        let now = csockets_monotonic_milliseconds()
        let upstream = plan.search.turns[next.turn].upstream
        guard now < deadline else {
            finish(truncated.map(SearchResult.reply) ?? outcome)
            return
        }
        guard let address = plan.upstreams[upstream].endpoint.socketAddress,
            report(.begun, upstream)
        else {
            askNextRecursor()
            return
        }
        attempt = next
        mismatches = 0
        query = UpstreamQuery(
            plan.search.query,
            withEDNS: next.withEDNS,
            randomizesCase: plan.randomizesCase,
            now: now
        )
        tally.attempts.count()
        let number = attemptNumber
        let timeout = TimeAmount.milliseconds(
            Int64(clamping: max(1, min(next.timeout, deadline - now)))
        )
        timer = loop.assumeIsolated().scheduleTask(in: timeout) { [self] in
            guard number == attemptNumber else { return }
            tally.timeouts.count()
            failed(number, .unreachable)
        }
        socket = UpstreamSocket.open(
            to: address,
            overTCP: next.overTCP,
            on: loop,
            sending: query.octets,
            events: UpstreamEvents(
                onReply: { [self] in received($0, in: number) },
                onEnd: { [self] in failed(number, .networkError) }
            )
        )
    }

    /// The try brought nothing: refused, closed, timed out.
    private func failed(_ number: Int, _ why: SearchResult) {
        guard number == attemptNumber, completion != nil, let attempt else { return }
        switch (outcome, why) {
        case (.networkError, .unreachable): outcome = why
        default: break
        }
        // Whoever has no TCP, or sent a truncated reply, is there all the same.
        if !attempt.overTCP || (purpose == .overTCP && isTimeout(why)) {
            _ = report(.failed, plan.search.turns[attempt.turn].upstream)
        }
        askNextRecursor()
    }

    private func isTimeout(_ result: SearchResult) -> Bool {
        if case .unreachable = result { true } else { false }
    }

    private func received(_ reply: [UInt8], in number: Int) {
        guard number == attemptNumber, completion != nil, let attempt else { return }
        let verdict = plan.search.query.verdict(
            on: reply,
            id: query.id,
            spelling: query.spelling
        )
        if verdict == .mismatch {
            // RFC 5452 §9.1: what does not match is not our reply; the wait goes on.
            tally.mismatches.count()
            mismatches += 1
            if mismatches >= Self.mismatchLimit, !attempt.overTCP { retryOverTCP(attempt) }
            return
        }
        let upstream = plan.search.turns[attempt.turn].upstream
        let elapsed = csockets_monotonic_milliseconds() - query.since
        _ = report(.answered(elapsed), upstream)
        switch verdict {
        case _ where purpose == .probe: finish(.reply(reply))
        case .mismatch: break
        case .final: finish(.reply(reply))
        case .truncated where attempt.overTCP: finish(.reply(reply))
        case .truncated:
            truncated = reply
            retryOverTCP(attempt)
        case .refusesEDNS where attempt.withEDNS:
            var next = attempt
            next.withEDNS = false
            open(next)
        case .refusesEDNS, .failed:
            outcome = .unresolved
            askNextRecursor()
        }
    }

    private func retryOverTCP(_ attempt: Attempt) {
        tally.tcpRetries.count()
        var next = attempt
        next.overTCP = true
        // It lives: it gets the time of the last in the row.
        next.timeout = plan.search.turns.map(\.timeout).max() ?? next.timeout
        open(next)
    }

    private func finish(_ result: SearchResult) {
        guard let completion else { return }
        self.completion = nil
        // The place is free only when the descriptor is: that bounds the descriptors.
        guard let closed = closeAttempt() else {
            completion(result)
            return
        }
        closed.assumeIsolated().whenComplete { _ in completion(result) }
    }

    /// When the socket will be closed; nil when there is none.
    @discardableResult
    private func closeAttempt() -> EventLoopFuture<Void>? {
        timer?.cancel()
        timer = nil
        if let attempt { _ = report(.ended, plan.search.turns[attempt.turn].upstream) }
        attempt = nil
        let open = socket
        socket = nil
        return open?.close()
    }
}

/// What one try sends, and what its reply must echo.
private struct UpstreamQuery {
    var id: UInt16 = 0
    var octets: [UInt8] = []
    var spelling: DomainName?
    /// When it was made, in monotonic milliseconds.
    var since: UInt64 = 0

    init() {}

    init(_ query: ForwardedQuery, withEDNS: Bool, randomizesCase: Bool, now: UInt64) {
        var system = SystemRandomNumberGenerator()
        id = UInt16.random(in: 0...UInt16.max, using: &system)
        spelling = randomizesCase ? query.spelling(using: &system) : nil
        octets = query.upstream(id: id, withEDNS: withEDNS, spelling: spelling)
        since = now
    }
}
