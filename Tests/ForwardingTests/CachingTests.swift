// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("Forwarder's cache")
struct CachingTests {
    @Test("a reply is kept for its TTL, which grows less")
    func lifetime() throws {
        var desk = try Desk()
        _ = try desk.ask("x.example", by: Desk.addresses(ttl: 300))
        desk.advance(seconds: 100.9)
        #expect(try desk.ask("X.Example").answers.map(\.ttl) == [200])
        desk.advance(seconds: 199)
        #expect(try desk.ask("x.example").answers.map(\.ttl) == [1])
        desk.advance(seconds: 0.1)
        let renewed = try desk.ask("x.example", by: Desk.addresses(ttl: 50, last: 9))
        #expect(renewed.answers.map(\.data) == [.a(IPv4Address(192, 0, 2, 9))])
        #expect(desk.asked.count == 2)
        #expect(desk.state.counts.hits == 2 && desk.state.counts.misses == 2)
    }

    @Test("a failure over TCP is kept for TCP: nobody can deny others a name by asking for it so")
    func failureByTransport() throws {
        var desk = try Desk()
        let octets = try Queries.octets("x.example")
        for _ in 0..<3 {
            guard case .search(let plan) = try desk.arrive(octets, purpose: .overTCP) else { break }
            _ = desk.state.finish(plan.number, with: .unreachable, now: desk.now)
        }
        #expect(try desk.ask("x.example", by: Desk.addresses()).answers.count == 1)
        // And a reply over UDP ends what is known about TCP.
        guard case .reply = try desk.arrive(octets, purpose: .overTCP) else {
            Issue.record("the failure is still kept")
            return
        }
    }

    @Test("an alias that a DNAME makes is not kept: its proof would be missing (RFC 6672 §5.3.1)")
    func delegatedName() throws {
        var desk = try Desk()
        let upstream: Desk.Upstream = { query in
            let owner = try DomainName(text: "x.example")
            let name = RecordData.unknown(.dname, try DomainName(text: "y.example").wire)
            return try Desk.answer(
                Replies.message(
                    to: query,
                    answers: [
                        Replies.record(owner, name),
                        try Replies.alias("w.x.example", "w.y.example"),
                        try Replies.address("w.y.example"),
                    ]
                )
            )
        }
        #expect(try desk.ask("w.x.example", by: upstream).answers.count == 3)
        #expect(try desk.ask("w.x.example", by: upstream).answers.count == 3)
        #expect(desk.asked.count == 2 && desk.state.cache.count == 0)
    }

    @Test("OPT is ours, whatever an upstream's says or whether there is one (RFC 6891 §6.1.1)")
    func ownOPT() throws {
        let foreign = EDNS(
            udpPayloadSize: 512,
            options: [EDNSOption(code: 3, data: [1]), EDNSOption(code: 65_001, data: [2])]
        )
        for theirs in [nil, foreign] {
            var desk = try Desk()
            let upstream: Desk.Upstream = { query in
                var message = Replies.message(
                    to: query,
                    answers: [Replies.record(query.name, .a(IPv4Address(192, 0, 2, 1)))]
                )
                message.edns = theirs
                return try Desk.answer(message)
            }
            let reply = try desk.ask(
                "x.example",
                edns: EDNS(udpPayloadSize: 4096, dnssecOK: true),
                by: upstream
            )
            #expect(reply.edns == EDNS(udpPayloadSize: 1232, dnssecOK: true))
            #expect(try desk.ask("y.example", by: upstream).edns == nil)
        }
    }

    @Test("what comes from the cache is the client's: ID, spelling, RD, CD, size")
    func clientsOwn() throws {
        var desk = try Desk()
        _ = try desk.ask("x.example", by: Desk.addresses())
        let reply = try desk.ask("X.eXAMPLE", edns: EDNS(udpPayloadSize: 4096))
        #expect(reply.questions[0].name.description == "X.eXAMPLE.")
        #expect(reply.answers[0].name.description == "X.eXAMPLE.")
        #expect(reply.header.id == 0x1234)
        #expect(reply.header.isResponse && reply.header.recursionDesired)
        #expect(reply.header.recursionAvailable && !reply.header.isAuthoritative)
        #expect(reply.edns == EDNS(udpPayloadSize: 1232))
        #expect(try desk.ask("x.example").edns == nil)
        #expect(desk.asked.count == 1)
    }

    @Test("a large reply from the cache is cut to the client's size, with TC")
    func cut() throws {
        var desk = try Desk()
        let large: Desk.Upstream = { query in
            try Desk.answer(
                Replies.message(
                    to: query,
                    answers: (0..<60).map {
                        Replies.record(query.name, .a(IPv4Address(10, 0, 0, UInt8($0))))
                    }
                )
            )
        }
        _ = try desk.ask("x.example", by: large)
        for (size, count) in [(nil, 30), (900, 53), (1232, 60)] as [(UInt16?, Int)] {
            let edns = size.map { EDNS(udpPayloadSize: $0) }
            let reply = try desk.ask("x.example", edns: edns)
            #expect(reply.answers.count == count)
            #expect(reply.header.isTruncated == (count < 60))
        }
        #expect(desk.asked.count == 1)
    }

    @Test(
        "TTL 0 and TTLs with the highest bit are not kept",
        arguments: [0, 0x8000_0000, .max] as [UInt32]
    )
    func unkept(ttl: UInt32) throws {
        var desk = try Desk()
        for _ in 0..<2 { _ = try desk.ask("x.example", by: Desk.addresses(ttl: ttl)) }
        #expect(desk.asked.count == 2)
        #expect(desk.state.cache.count == 0)
    }

    @Test("`max_ttl` bounds what is kept and what is said")
    func maximum() throws {
        var settings = ForwardingSettings()
        settings.maximumTTL = 60
        var desk = try Desk(settings: settings)
        _ = try desk.ask("x.example", by: Desk.addresses(ttl: 86_400))
        #expect(try desk.ask("x.example").answers.map(\.ttl) == [60])
        desk.advance(seconds: 60)
        _ = try desk.ask("x.example", by: Desk.addresses())
        #expect(desk.asked.count == 2)
    }

    @Test("a chain lives as long as its shortest link, and each keeps its own TTL")
    func shortest() throws {
        var desk = try Desk()
        let upstream: Desk.Upstream = { query in
            try Desk.answer(
                Replies.message(
                    to: query,
                    answers: [
                        Replies.alias("www.example", "real.example", ttl: 20),
                        Replies.address("real.example", ttl: 300),
                    ]
                )
            )
        }
        _ = try desk.ask("www.example", by: upstream)
        desk.advance(seconds: 5)
        #expect(try desk.ask("www.example").answers.map(\.ttl) == [15, 295])
        // The target was not asked for, so nothing is known about it.
        _ = try desk.ask("real.example", by: upstream)
        #expect(desk.asked.count == 2)
        desk.advance(seconds: 15)
        _ = try desk.ask("www.example", by: upstream)
        #expect(desk.asked.count == 3)
    }

    @Test(
        "absence is kept for the lesser of SOA TTL and MINIMUM, up to `max_negative_ttl`",
        arguments: [(60, 3600, 60), (3600, 30, 30), (90_000, 90_000, 900)]
            as [(UInt32, UInt32, UInt32)]
    )
    func negative(minimum: UInt32, ttl: UInt32, expected: UInt32) throws {
        var settings = ForwardingSettings()
        settings.maximumNegativeTTL = 900
        for code in [ResponseCode.nameError, .noError] {
            var desk = try Desk(settings: settings)
            let upstream: Desk.Upstream = { query in
                try Desk.answer(
                    Replies.message(
                        to: query,
                        code,
                        authorities: [Replies.soa("example", minimum: minimum, ttl: ttl)]
                    )
                )
            }
            _ = try desk.ask("x.example", by: upstream)
            let reply = try desk.ask("x.example")
            #expect(reply.responseCode == code)
            #expect(reply.authorities.map(\.ttl) == [expected])
            desk.advance(seconds: Double(expected))
            _ = try desk.ask("x.example", by: upstream)
            #expect(desk.asked.count == 2)
        }
    }

    @Test("DO, CD, type and rule each have their own reply")
    func keys() throws {
        var desk = try Desk([("example", [1]), (".", [0])])
        _ = try desk.ask("x.example", by: Desk.addresses())
        _ = try desk.ask(
            "x.example",
            edns: EDNS(udpPayloadSize: 1232, dnssecOK: true),
            by: Desk.addresses()
        )
        _ = try desk.ask("x.example", checkingDisabled: true, by: Desk.addresses())
        _ = try desk.ask("x.example", .aaaa, by: Desk.nothing(zone: "example"))
        #expect(desk.asked.count == 4)
        for _ in 0..<3 { _ = try desk.ask("x.example") }
        #expect(desk.asked.count == 4)
    }

    @Test("a cache of 0 octets is no cache")
    func off() throws {
        var settings = ForwardingSettings()
        settings.cacheSize = 0
        var desk = try Desk(settings: settings)
        for _ in 0..<3 { _ = try desk.ask("x.example", by: Desk.addresses()) }
        for _ in 0..<3 { _ = try desk.ask("y.example") }
        #expect(desk.asked.count == 6)
        #expect(desk.state.cache.count == 0 && desk.state.counts.misses == 0)
    }

    @Test("new rules or a new size forget everything, the same ones nothing")
    func update() throws {
        var desk = try Desk([(".", [0])])
        _ = try desk.ask("x.example", by: Desk.addresses())
        let state = desk.state
        func update(_ rules: ForwardRules, _ settings: ForwardingSettings) {
            desk.state.update(
                settings: settings,
                rules: rules,
                upstreams: [],
                keepsUpstreams: true
            )
        }
        var settings = state.settings
        settings.prefetches = false
        update(state.rules, settings)
        #expect(desk.state.cache.count == 1)
        update(ForwardRules(state.rules.rules, ownDomains: [.root]), settings)
        #expect(desk.state.cache.count == 0)
        desk.state = state
        settings.cacheSize = 4096
        update(state.rules, settings)
        #expect(desk.state.cache.count == 0)
    }

    @Test("hot data are fetched anew before they end, cold ones are not")
    func prefetch() throws {
        var desk = try Desk()
        _ = try desk.ask("hot.example", by: Desk.addresses(ttl: 100))
        _ = try desk.ask("cold.example", by: Desk.addresses(ttl: 100))
        for _ in 0..<3 { _ = try desk.ask("hot.example") }
        desk.advance(seconds: 91)
        #expect(desk.asked.count == 2)
        let late = try desk.ask("hot.example", by: Desk.addresses(ttl: 100, last: 7))
        // The client does not wait for what is new.
        #expect(late.answers.map(\.ttl) == [9])
        _ = try desk.ask("cold.example")
        #expect(desk.asked.count == 3)
        #expect(desk.state.counts.prefetches == 1)
        desk.advance(seconds: 50)
        #expect(try desk.ask("hot.example").answers.map(\.ttl) == [50])
        #expect(desk.asked.count == 3)
    }

    @Test("a prefetch that fails is not tried again at every hit")
    func failedPrefetch() throws {
        var desk = try Desk()
        _ = try desk.ask("hot.example", by: Desk.addresses(ttl: 100))
        desk.advance(seconds: 95)
        for _ in 0..<10 { #expect(try desk.ask("hot.example").answers.count == 1) }
        #expect(desk.state.counts.prefetches == 1)
    }

    @Test("a failure is kept for 1 s, twice as long each time, up to 10 s (RFC 9520)")
    func failures() throws {
        var desk = try Desk()
        for span in [1.0, 2, 4, 8, 10, 10] {
            let first = try desk.ask("x.example", edns: EDNS(udpPayloadSize: 1232))
            #expect(first.responseCode == .serverFailure)
            #expect(first.edns?.extendedErrors.map(\.code) == [.noReachableAuthority])
            let asked = desk.asked.count
            desk.advance(seconds: span - 0.01)
            let kept = try desk.ask("x.example", edns: EDNS(udpPayloadSize: 1232))
            #expect(kept.edns?.extendedErrors.map(\.code) == [.cachedError])
            #expect(desk.asked.count == asked)
            desk.advance(seconds: 0.01)
        }
        // An answer ends the row.
        _ = try desk.ask("x.example", by: Desk.addresses(ttl: 1))
        desk.advance(seconds: 1)
        _ = try desk.ask("x.example")
        desk.advance(seconds: 1)
        let asked = desk.asked.count
        _ = try desk.ask("x.example")
        #expect(desk.asked.count == asked + 1)
    }

    @Test("what was given up by us is no failure of the upstream")
    func cancelled() throws {
        var desk = try Desk()
        #expect(try desk.ask("x.example") { _ in .cancelled }.responseCode == .serverFailure)
        #expect(desk.state.cache.count == 0)
    }
}

@Suite("Data past their time")
struct StaleTests {
    private static let edns = EDNS(udpPayloadSize: 1232)

    private func desk(limit: UInt32) throws -> Desk {
        var settings = ForwardingSettings()
        settings.staleLimit = limit
        return try Desk(settings: settings)
    }

    @Test("off by default")
    func off() throws {
        var desk = try Desk()
        _ = try desk.ask("x.example", by: Desk.addresses(ttl: 10))
        desk.advance(seconds: 10)
        #expect(try desk.ask("x.example").responseCode == .serverFailure)
    }

    @Test("given out when no upstream answers, with TTL 30 and the reason (RFC 8767, RFC 8914)")
    func stale() throws {
        var desk = try desk(limit: 600)
        _ = try desk.ask("x.example", by: Desk.addresses(ttl: 10))
        _ = try desk.ask("gone.example", by: Desk.nothing(zone: "example", minimum: 10))
        desk.advance(seconds: 11)
        let reply = try desk.ask("x.example", edns: Self.edns)
        #expect(reply.answers.map(\.ttl) == [30])
        #expect(reply.edns?.extendedErrors.map(\.code) == [.staleAnswer])
        let denied = try desk.ask("gone.example", edns: Self.edns)
        #expect(denied.responseCode == .nameError)
        #expect(denied.edns?.extendedErrors.map(\.code) == [.staleNameErrorAnswer])
        #expect(desk.state.counts.stale == 2)
        // While the failure is kept nobody asks again, and data still come.
        let asked = desk.asked.count
        #expect(try desk.ask("x.example").answers.count == 1)
        #expect(desk.asked.count == asked)
    }

    @Test("an upstream that answers late keeps nobody: 1.8 s")
    func patience() throws {
        var desk = try desk(limit: 600)
        _ = try desk.ask("x.example", by: Desk.addresses(ttl: 10))
        desk.advance(seconds: 10)
        guard case .search(let plan) = try desk.arrive(Queries.octets("x.example")) else {
            Issue.record("nothing was asked")
            return
        }
        #expect(plan.budget == 1800)
    }

    @Test(
        "never extends itself, and ends after an hour whatever is configured",
        arguments: [600, 86_400] as [UInt32]
    )
    func ghost(limit: UInt32) throws {
        var desk = try desk(limit: limit)
        _ = try desk.ask("x.example", by: Desk.addresses(ttl: 10))
        desk.advance(seconds: 10)
        let window = min(limit, 3600)
        for second in stride(from: UInt32(0), to: window, by: 20) {
            let reply = try desk.ask("x.example")
            #expect(reply.answers.map(\.ttl) == [min(30, window - second)], "\(second) s")
            desk.advance(seconds: 20)
        }
        #expect(try desk.ask("x.example").responseCode == .serverFailure)
    }

    @Test("is gone once an upstream says anything else, kept or not (ghost domains)")
    func answeredSince() throws {
        let later: [Desk.Upstream] = [
            Desk.nothing(zone: "example", minimum: 0), Desk.addresses(ttl: 0),
            { try Desk.answer(Replies.message(to: $0)) },
        ]
        for upstream in later {
            var desk = try desk(limit: 3600)
            _ = try desk.ask("x.example", by: Desk.addresses(ttl: 10))
            desk.advance(seconds: 10)
            _ = try desk.ask("x.example", by: upstream)
            let reply = try desk.ask("x.example")
            #expect(reply.responseCode == .serverFailure)
            #expect(desk.state.counts.stale == 0)
        }
    }
}
