// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// How a try asks.
struct TryForm: Sendable {
    /// Whose turn it is.
    var turn: Int
    var overTCP: Bool
    var withEDNS: Bool
    /// Whether the upstream refused our cookie already.
    var hadBadCookie = false
}

/// A try whose socket is open, and what its reply must echo.
struct OpenTry: Sendable {
    let number: Int
    let form: TryForm
    /// When its message was sent.
    let since: UInt64
    /// When the next try is made; nil when there is none, or it was.
    var patience: UInt64?
    /// Whether the next try was made meanwhile.
    var isOvertaken: Bool
    /// When it is given up.
    let limit: UInt64
    let id: UInt16
    let spelling: DomainName?
    let cookie: UpstreamCookie?
    /// Once its message has left.
    var sent: SentQuestion?
    var mismatches = 0

    var overTCP: Bool { form.overTCP }
}

extension Search {
    mutating func received(
        _ reply: [UInt8],
        in number: Int,
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        guard let place = tries.firstIndex(where: { $0.number == number }) else { return }
        var open = tries[place]
        var verdict = plan.query.verdict(on: reply, id: open.id, spelling: open.spelling)
        let isOurs = verdict != .mismatch
        let echo = isOurs ? open.cookie?.echo(in: reply) ?? .absent : .absent
        if isOurs, open.cookie != nil { effects.append(.count(.cookie(echo.result(in: reply)))) }
        // RFC 7873 §5.3: whoever echoes another cookie has not seen our query.
        if echo == .wrong { verdict = .mismatch }
        if verdict == .mismatch {
            // RFC 5452 §9.1: what does not match is not our reply; the wait goes on.
            effects.append(.count(.mismatch))
            tries[place].mismatches += 1
            if tries[place].mismatches >= Self.mismatchLimit, !open.overTCP {
                retryOverTCP(open, now, &generator, report)
            }
            return
        }
        _ = report(.answered(now - open.since), plan.turns[open.form.turn].upstream)
        open = alone(open, report)
        if case .right(let server) = echo, !server.isEmpty {
            learn(server, open, report)
            if UpstreamCookie.isRefused(reply) {
                askWithCookie(open, now, &generator, report)
                return
            }
        }
        switch verdict {
        case _ where plan.purpose == .probe: finish(.reply(reply), report)
        case .mismatch: break
        case .final: finish(.reply(reply), report)
        case .truncated where open.overTCP: finish(.reply(reply), report)
        case .truncated:
            truncated = reply
            retryOverTCP(open, now, &generator, report)
        case .refusesEDNS where open.form.withEDNS:
            var form = open.form
            form.withEDNS = false
            let patience = plan.turns[form.turn].timeout
            replace(open, form, patience: patience, now, &generator, report)
        case .refusesEDNS, .failed:
            refused(by: reply)
            close(number, report)
            goOn(after: open, reports: false, now, &generator, report)
        }
    }

    /// Remembers why an upstream failed to resolve it, if it says so.
    private mutating func refused(by reply: [UInt8]) {
        if case .explained = outcome { return }
        let reasons = ForwardedQuery.reasons(in: reply)
        outcome = reasons.isEmpty ? .unresolved : .explained(reasons)
    }

    mutating func sent(_ number: Int, _ port: UInt16, _ report: (AttemptEvent, Int) -> Bool) {
        guard let place = tries.firstIndex(where: { $0.number == number }) else { return }
        let sent = SentQuestion(port: port, id: tries[place].id)
        tries[place].sent = sent
        _ = report(.sent(sent), plan.turns[tries[place].form.turn].upstream)
    }

    private mutating func learn(
        _ server: [UInt8],
        _ open: OpenTry,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        guard var cookie = open.cookie, cookie.server != server else { return }
        cookie.server = server
        learnt[open.form.turn] = cookie
        _ = report(.cookie(server), plan.turns[open.form.turn].upstream)
    }

    /// RFC 7873 §5.3: once more with the new cookie, then over TCP.
    private mutating func askWithCookie(
        _ open: OpenTry,
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        if open.form.hadBadCookie {
            guard open.overTCP else {
                retryOverTCP(open, now, &generator, report)
                return
            }
            close(open.number, report)
            goOn(after: open, reports: false, now, &generator, report)
            return
        }
        var form = open.form
        form.hadBadCookie = true
        let patience = plan.turns[form.turn].timeout
        replace(open, form, patience: patience, now, &generator, report)
    }

    private mutating func retryOverTCP(
        _ open: OpenTry,
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        effects.append(.count(.retryOverTCP))
        row[open.form.turn].form = nil
        var form = open.form
        form.overTCP = true
        // It lives: it gets the time of the last in the row.
        let patience = min(plan.turns[form.turn].limit, plan.budget)
        replace(open, form, patience: patience, now, &generator, report)
    }

    /// Asks the same upstream in another way.
    private mutating func replace(
        _ open: OpenTry,
        _ form: TryForm,
        patience: UInt64,
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        close(open.number, report)
        guard now < deadline, report(.begun, plan.turns[form.turn].upstream) else {
            goOn(after: open, reports: false, now, &generator, report)
            return
        }
        row[form.turn].since = now
        if repeats, !form.overTCP { row[form.turn].form = form }
        self.open(form, patience: open.isOvertaken ? nil : patience, now, &generator)
    }

    /// A try brought nothing and is closed: the next one, if that was not asked long ago.
    ///
    /// `reports`: whether its upstream failed. Whoever has no TCP, or sent a truncated reply, is
    /// there all the same.
    mutating func goOn(
        after open: OpenTry,
        reports: Bool,
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        row[open.form.turn].form = nil
        if open.isOvertaken {
            settle(report)
            return
        }
        if reports {
            row[open.form.turn].hasFailed = true
            _ = report(.failed, plan.turns[open.form.turn].upstream)
        }
        askNext(now, &generator, report)
    }

    /// Overtakes who has had its turn, gives up whose time is over, lets the clients go.
    mutating func wake(
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        for open in tries where !isFinished {
            // Whoever made room for another one is gone.
            guard let place = tries.firstIndex(where: { $0.number == open.number }) else {
                continue
            }
            if open.limit <= now {
                missed(open, report)
                close(open.number, report)
                if open.isOvertaken { settle(report) } else { askNext(now, &generator, report) }
            } else if let patience = open.patience, patience <= now {
                tries[place].patience = nil
                overtake(open, now, &generator, report)
            }
        }
        if now >= deadline { expire(report) }
    }

    /// Whoever is waited for has had its turn: the next one is asked, or the question is sent again.
    private mutating func overtake(
        _ open: OpenTry,
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) {
        let upstream = plan.turns[open.form.turn].upstream
        guard row.count < plan.turns.count else {
            // Slow, or a datagram was lost: no failure yet. With too much open it is waited for as
            // it is.
            guard turnToRepeat(now) != nil, report(.overtaken, upstream),
                askAgain(now, &generator, report),
                let place = tries.firstIndex(where: { $0.number == open.number })
            else { return }
            tries[place].isOvertaken = true
            return
        }
        missed(open, report)
        if !report(.overtaken, upstream) {
            close(open.number, report)
        } else if let place = tries.firstIndex(where: { $0.number == open.number }) {
            tries[place].isOvertaken = true
        }
        askNext(now, &generator, report)
    }

    /// An upstream has not replied in its time, which is said once, however often it was asked.
    private mutating func missed(_ open: OpenTry, _ report: (AttemptEvent, Int) -> Bool) {
        guard !row[open.form.turn].hasFailed else { return }
        row[open.form.turn].hasFailed = true
        effects.append(.count(.timeout))
        if case .networkError = outcome { outcome = .unreachable }
        if !open.overTCP || plan.purpose == .overTCP {
            _ = report(.failed, plan.turns[open.form.turn].upstream)
        }
    }
}
