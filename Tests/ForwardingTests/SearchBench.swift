// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

/// A search without sockets, under a clock that is set.
struct SearchBench {
    var desk: Desk
    var search: Search
    let plan: SearchPlan
    let start: UInt64
    /// What it did, with the time since its beginning.
    var done: [(at: UInt64, effect: Search.Effect)] = []
    /// Tries whose sockets are open.
    var open: [Int: Search.Try] = [:]
    var mostOpen = 0
    /// What the client got, and when.
    var reply: (at: UInt64, message: Message)?

    init(
        _ upstreams: [Int] = [0, 1],
        edns: EDNS? = nil,
        purpose: SearchPurpose = .overUDP,
        change: (inout ForwardingSettings) -> Void = { _ in }
    ) throws {
        var settings = ForwardingSettings()
        change(&settings)
        desk = try Desk([(".", upstreams)], settings: settings)
        let octets = try Queries.octets("www.example", edns: edns)
        guard case .search(let plan) = try desk.arrive(octets, purpose: purpose) else {
            throw CancellationError()
        }
        self.plan = plan
        search = Search(plan, randomizesCase: false)
        start = desk.now
        try handle(.begun)
    }

    var now: UInt64 { desk.now - start }

    mutating func handle(_ event: Search.Event) throws {
        var desk = desk
        let effects = search.handle(event, now: desk.now, using: &desk.generator) {
            desk.state.report($0, at: $1, of: plan, now: desk.now)
        }
        self.desk = desk
        for effect in effects {
            done.append((now, effect))
            switch effect {
            case .open(let attempt): open[attempt.number] = attempt
            case .close(let number): #expect(open.removeValue(forKey: number) != nil)
            case .count: break
            case .expire(let result):
                try take(self.desk.state.expire(plan.number, with: result, now: self.desk.now))
            case .finish(let result):
                #expect(open.isEmpty)
                try take(self.desk.state.finish(plan.number, with: result, now: self.desk.now))
            }
        }
        mostOpen = max(mostOpen, open.count)
    }

    private mutating func take(_ deliveries: [ForwardingState<Int>.Delivery]) throws {
        for delivery in deliveries {
            #expect(reply == nil, "a client gets one reply")
            reply = (now, try Message(decoding: #require(delivery.reply)))
        }
    }

    /// Lets the time pass, with everything that is due.
    mutating func advance(to time: UInt64) throws {
        while let wake = search.nextWake, wake - start <= time {
            desk.now = max(desk.now, wake)
            try handle(.woken)
        }
        desk.now = start + time
    }

    /// A reply to the first try of an upstream that is listened to, or to the last one.
    mutating func answer(
        from upstream: Int,
        _ code: ResponseCode = .noError,
        idOff: UInt16 = 0,
        edns: EDNS? = nil,
        toLast: Bool = false
    ) throws {
        let tries = tries(at: upstream)
        let attempt = try #require(
            toLast ? tries.last : tries.first,
            "nobody listens to \(upstream)"
        )
        var message = Replies.message(
            to: plan.query,
            code,
            answers: code == .noError
                ? [try Replies.address("www.example", 10 + UInt8(upstream))] : []
        )
        message.edns = edns
        message.header.id = MessageLayout.word(attempt.octets, 0) &+ idOff
        try handle(.received(message.encoded(), in: attempt.number))
    }

    /// An error without a question to the last try of an upstream.
    mutating func fail(from upstream: Int, _ code: UInt8) throws {
        let attempt = try #require(tries(at: upstream).last)
        let octets = attempt.octets
        try handle(
            .received(
                [octets[0], octets[1], 0x81, 0x80 | code] + [UInt8](repeating: 0, count: 8),
                in: attempt.number
            )
        )
    }

    /// The tries of an upstream that are listened to, oldest first.
    func tries(at upstream: Int) -> [Search.Try] {
        open.values.filter { $0.upstream == upstream }.sorted { $0.number < $1.number }
    }

    /// The cookie that the last message carried.
    var lastCookie: [UInt8]? {
        let attempts = done.compactMap { entry in
            if case .open(let attempt) = entry.effect { attempt } else { nil }
        }
        return attempts.last.flatMap { try? Message(decoding: $0.octets) }?.edns?.options
            .first { $0.code == UpstreamCookie.code }?.data
    }

    /// Everything that was sent.
    var messages: [Search.Try] {
        done.compactMap { if case .open(let attempt) = $0.effect { attempt } else { nil } }
    }

    var isFinished: Bool { search.nextWake == nil }
    var asked: [(at: UInt64, upstream: Int)] {
        done.compactMap { entry in
            if case .open(let attempt) = entry.effect { (entry.at, attempt.upstream) } else { nil }
        }
    }
    func count(_ incident: Search.Incident) -> Int {
        done.count { if case .count(incident) = $0.effect { true } else { false } }
    }
}
