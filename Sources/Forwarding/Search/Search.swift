// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// One question on its way through the upstreams: who is asked when, and which reply is taken.
///
/// Upstreams are asked one after another, and again when all had their turn: a datagram may be lost
/// (RFC 1035 §4.2.1). Who is slow is overtaken by the next try but listened to until its own time
/// is over: the first acceptable reply to any of them is the answer. Each try has a socket, an ID
/// and a spelling of its own, so that the reply to one is none to another (RFC 5452 §4.5, §9.2).
///
/// Pure: told the time and what happened, it says what to do.
public struct Search: Sendable {
    /// What happened.
    public enum Event: Sendable {
        /// It is to begin.
        case begun
        /// The message of a try has left, from this port.
        case sent(Int, port: UInt16)
        /// A message came on the socket of a try.
        case received([UInt8], in: Int)
        /// The socket of a try failed or was closed by the other side.
        case ended(Int)
        /// It is time; see ``nextWake``.
        case woken
        /// It is given up from our side.
        case cancelled
    }

    /// A message to send over a new socket.
    public struct Try: Hashable, Sendable {
        /// Tells it from the other tries of the search.
        public var number: Int
        /// Whom to send it to.
        public var upstream: Int
        /// Whether over TCP.
        public var overTCP: Bool
        /// The message.
        public var octets: [UInt8]
    }

    /// What is worth counting.
    public enum Incident: Hashable, Sendable {
        /// A message is sent.
        case attempt
        /// An upstream did not reply in time.
        case timeout
        /// A reply had another ID or question.
        case mismatch
        /// A question is asked again over TCP.
        case retryOverTCP
        /// A reply came to a query with our cookie.
        case cookie(CookieResult)
    }

    /// What to do, in this order.
    public enum Effect: Sendable {
        /// Open a socket and send a message.
        case open(Try)
        /// Close the socket of a try.
        case close(Int)
        /// Count something.
        case count(Incident)
        /// The clients have waited long enough and get this; a reply that comes yet is kept.
        case expire(SearchResult)
        /// It is over.
        case finish(SearchResult)
    }

    /// Replies with a wrong ID or question: so many are no accident but an attempt to guess, and
    /// TCP cannot be guessed (RFC 5452 §9.3).
    public static let mismatchLimit = 100
    /// Sockets that one search listens on at a time.
    public static let maximumTries = 4
    /// Datagrams to an upstream that says nothing, the first one included; the question in another
    /// form (without EDNS, with a new cookie) is one more.
    public static let maximumSends = 4

    let plan: SearchPlan
    let randomizesCase: Bool
    var tries: [OpenTry] = []
    var effects: [Effect] = []
    var isFinished = false
    /// The upstreams that have had a turn, by turn.
    var row: [AskedTurn] = []
    private var lastNumber = 0
    private(set) var deadline: UInt64 = 0
    private var isExpired = false
    /// Cookies that were learnt on the way, by turn.
    var learnt: [Int: UpstreamCookie] = [:]
    /// A truncated reply, which is better than none if TCP fails everywhere.
    var truncated: [UInt8]?
    /// Why there is no reply, if there will be none.
    var outcome = SearchResult.networkError

    /// A search that has not begun.
    public init(_ plan: SearchPlan, randomizesCase: Bool) {
        self.plan = plan
        self.randomizesCase = randomizesCase
    }

    /// When to wake it, if nothing happens before; nil when it is over.
    public var nextWake: UInt64? {
        guard !isFinished else { return nil }
        let times = tries.map { min($0.patience ?? .max, $0.limit) }
        return (isExpired ? times : times + [deadline]).min()
    }

    /// Takes what happened.
    ///
    /// `report` tells it to ``ForwardingState/report(_:at:of:now:)``.
    public mutating func handle(
        _ event: Event,
        now: UInt64,
        using generator: inout some RandomNumberGenerator,
        report: (AttemptEvent, Int) -> Bool
    ) -> [Effect] {
        guard !isFinished else { return [] }
        effects = []
        switch event {
        case .begun:
            deadline = now + plan.budget
            askNext(now, &generator, report)
        case .received(let reply, let number):
            received(reply, in: number, now, &generator, report)
        case .sent(let number, let port):
            sent(number, port, report)
        case .ended(let number):
            guard let open = close(number, report) else { break }
            goOn(after: open, reports: !open.overTCP, now, &generator, report)
        case .woken:
            wake(now, &generator, report)
        case .cancelled:
            finish(.cancelled, report)
        }
        defer { effects = [] }
        return effects
    }

    /// Asks the next upstream that may be asked; one of the first ones again, behind the last.
    mutating func askNext(
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        while !isFinished, now < deadline, row.count < plan.turns.count {
            let turn = row.count
            let overTCP = plan.purpose == .overTCP
            let form = TryForm(turn: turn, overTCP: overTCP, withEDNS: plan.purpose != .probe)
            let mayAsk = report(.begun, plan.turns[turn].upstream)
            row.append(AskedTurn(form: mayAsk && repeats ? form : nil, since: now))
            guard mayAsk else { continue }
            if tries.count >= Self.maximumTries { close(tries[0].number, report) }
            open(form, patience: plan.turns[turn].timeout, now, &generator)
            return
        }
        if !askAgain(now, &generator, report) { settle(report) }
    }

    /// Ends it when nobody is left to listen to.
    mutating func settle(_ report: (AttemptEvent, Int) -> Bool) {
        guard tries.isEmpty else { return }
        finish(truncated.map(SearchResult.reply) ?? outcome, report)
    }

    /// Opens a try; `patience` is nil for one that was overtaken.
    mutating func open(
        _ form: TryForm,
        patience: UInt64?,
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator
    ) {
        lastNumber += 1
        let planned = plan.turns[form.turn]
        // Behind the last one comes nobody but those whose datagrams may have been lost.
        let isLast = form.turn == plan.turns.count - 1 && (form.overTCP || !repeats)
        var limit = row[form.turn].since + planned.limit
        if !plan.hearsLate { limit = min(limit, deadline) }
        let open = OpenTry(
            number: lastNumber,
            form: form,
            since: now,
            patience: isLast ? nil : patience.map { now + $0 },
            isOvertaken: patience == nil,
            limit: limit,
            id: UInt16.random(in: 0...UInt16.max, using: &generator),
            spelling: randomizesCase ? plan.query.spelling(using: &generator) : nil,
            cookie: form.withEDNS ? learnt[form.turn] ?? planned.cookie : nil
        )
        tries.append(open)
        effects.append(.count(.attempt))
        effects.append(
            .open(
                Try(
                    number: open.number,
                    upstream: planned.upstream,
                    overTCP: form.overTCP,
                    octets: plan.query.upstream(
                        id: open.id,
                        withEDNS: form.withEDNS,
                        spelling: open.spelling,
                        cookie: open.cookie
                    )
                )
            )
        )
    }

    /// Closes a try; nil when it is closed already.
    @discardableResult
    mutating func close(
        _ number: Int,
        _ report: (AttemptEvent, Int) -> Bool
    ) -> OpenTry? {
        guard let place = tries.firstIndex(where: { $0.number == number }) else { return nil }
        let open = tries.remove(at: place)
        if let sent = open.sent {
            _ = report(.forgotten(sent), plan.turns[open.form.turn].upstream)
        }
        _ = report(.ended, plan.turns[open.form.turn].upstream)
        effects.append(.close(number))
        return open
    }

    mutating func finish(_ result: SearchResult, _ report: (AttemptEvent, Int) -> Bool) {
        guard !isFinished else { return }
        for open in tries { close(open.number, report) }
        isFinished = true
        effects.append(.finish(result))
    }

    /// The clients' time is over.
    mutating func expire(_ report: (AttemptEvent, Int) -> Bool) {
        guard !isFinished, !isExpired else { return }
        isExpired = true
        // Who has not replied by now is out of reach for those who wait.
        if case .networkError = outcome { outcome = .unreachable }
        if let truncated {
            finish(.reply(truncated), report)
        } else if plan.hearsLate {
            effects.append(.expire(outcome))
        } else {
            finish(outcome, report)
        }
    }
}
