// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

/// Every class of attacks on forwarders and their caches that is known, each with the defence that
/// stops it here; what needs sockets is in DNSTransport's tests.
@Suite("Attack classes of forwarders")
struct AttackTests {
    @Test("off-path poisoning (Kaminsky): of a million forged replies none is taken")
    func kaminsky() throws {
        var generator = Xorshift(state: 0xfeed_beef_1234_5671)
        let query = try #require(
            ForwardedQuery(try Queries.octets("www.example.net"), overTCP: false)
        )
        let id: UInt16 = 0x5a17
        var forged = try Replies.message(
            to: query,
            answers: [Replies.address("www.example.net", 66)]
        ).encoded()
        var taken = 0
        for _ in 0..<1_000_000 {
            // Everything is right but the ID, of which the attacker knows nothing but this one.
            let guess = UInt16.random(in: 0...UInt16.max, using: &generator)
            forged[0] = UInt8(guess >> 8)
            forged[1] = UInt8(guess & 0xff)
            if guess != id, query.verdict(on: forged, id: id) != .mismatch { taken += 1 }
        }
        #expect(taken == 0)
    }

    @Test("DNSpooq (CVE-2020-25684/5/6): 5,000 clients ask the same, the upstream sees one")
    func birthday() throws {
        var desk = try Desk()
        var plans: [SearchPlan] = []
        let octets = try Queries.octets("www.example")
        for number in 0..<5000 {
            let client: [UInt8] = [10, 1, UInt8(number >> 8), UInt8(number & 0xff)]
            switch try desk.arrive(octets, from: client, waiter: number) {
            case .search(let plan): plans.append(plan)
            case .joined: break
            case .reply: Issue.record("client \(number) was refused")
            }
        }
        #expect(plans.count == 1)
        #expect(desk.state.counts.coalesced == 4999)
        let reply = try Desk.addresses()(plans[0].query)
        let deliveries = desk.state.finish(plans[0].number, with: reply, now: desk.now)
        #expect(deliveries.map(\.waiter) == Array(0..<5000))
        #expect(deliveries.allSatisfy { $0.reply?[3] == 0x80 })
        #expect(desk.state.openCount == 0)
    }

    @Test("MaginotDNS: records beside the question change nothing that is kept")
    func maginot() throws {
        var desk = try Desk([(".", [0]), ("corp.example", [1])], own: ["consul"])
        let poisoned: Desk.Upstream = { query in
            try Desk.answer(
                Replies.message(
                    to: query,
                    answers: [
                        Replies.record(query.name, .a(IPv4Address(192, 0, 2, 1))),
                        Replies.address("web.service.consul", 66),
                        Replies.address("sibling.example", 66),
                        Replies.address("host.corp.example", 66),
                    ],
                    authorities: [
                        Replies.soa("consul"), Replies.soa("."),
                        Replies.record(
                            try DomainName(text: "example"),
                            .ns(try DomainName(text: "ns.evil"))
                        ),
                    ],
                    additionals: [Replies.address("ns.evil", 66), Replies.address("example", 66)]
                )
            )
        }
        _ = try desk.ask("asked.example", by: poisoned)
        #expect(desk.state.cache.names.map(\.description) == ["asked.example."])
        for name in ["sibling.example", "host.corp.example", "ns.evil", "example", "other"] {
            let asked = desk.asked.count
            _ = try desk.ask(name, by: Desk.addresses(last: 2))
            #expect(desk.asked.count == asked + 1, "\(name) came from the cache")
        }
    }

    @Test("MaginotDNS: zones with other upstreams share nothing, not even by an alias")
    func sharedCache() throws {
        var desk = try Desk([(".", [0]), ("corp.example", [1])])
        let alias: Desk.Upstream = { query in
            try Desk.answer(
                Replies.message(
                    to: query,
                    answers: [
                        Replies.alias("evil.example", "host.corp.example"),
                        Replies.address("host.corp.example", 66),
                    ]
                )
            )
        }
        _ = try desk.ask("evil.example", by: alias)
        let honest = try desk.ask("host.corp.example", by: Desk.addresses(last: 2))
        #expect(honest.answers.map(\.data) == [.a(IPv4Address(192, 0, 2, 2))])
    }

    @Test("names of our own domains neither enter the cache nor come from it")
    func ownNames() throws {
        var desk = try Desk([(".", [0])], own: ["consul"])
        for _ in 0..<3 { _ = try desk.ask("web.service.consul", .ds, by: Desk.nothing(zone: ".")) }
        #expect(desk.asked.count == 3)
        #expect(desk.state.cache.count == 0)
    }

    @Test("a name error of the root or a parent shadows neither own zones nor forward zones")
    func parentNameError() throws {
        var desk = try Desk([(".", [0]), ("corp.example", [1])], own: ["lab.example"])
        _ = try desk.ask(".", .ns, by: Desk.nothing(zone: "."))
        _ = try desk.ask("example", by: Desk.nothing(zone: "."))
        // CVE-2026-44687: the denial holds for what the same upstreams answer, and for that only.
        let below = try desk.ask("a.b.example")
        #expect(below.responseCode == .nameError)
        #expect(desk.asked.count == 2)
        for name in ["corp.example", "host.corp.example", "x.lab.example", "other"] {
            let reply = try desk.ask(name, by: Desk.addresses())
            #expect(reply.responseCode == .noError, "\(name)")
        }
    }

    @Test("a subtree is denied with the client's question and the SOA (RFC 8020), and with DO not")
    func subtree() throws {
        var desk = try Desk()
        _ = try desk.ask("gone.example", by: Desk.nothing(zone: "example", minimum: 30))
        let reply = try desk.ask("A.b.Gone.example", .aaaa)
        #expect(reply.responseCode == .nameError)
        #expect(reply.questions[0].name.description == "A.b.Gone.example.")
        #expect(reply.authorities.map(\.type) == [.soa])
        #expect(reply.authorities[0].name.description == "example.")
        #expect(desk.asked.count == 1)
        let edns = EDNS(udpPayloadSize: 1232, dnssecOK: true)
        _ = try desk.ask("gone.example", edns: edns, by: Desk.nothing(zone: "example"))
        _ = try desk.ask("a.gone.example", edns: edns, by: Desk.nothing(zone: "example"))
        #expect(desk.asked.count == 3)
        // What was learnt of a name itself goes before what was learnt of its parent.
        _ = try desk.ask("x.late.example", by: Desk.addresses(ttl: 300))
        _ = try desk.ask("late.example", by: Desk.nothing(zone: "example"))
        #expect(try desk.ask("x.late.example").answers.count == 1)
    }

    @Test("random subdomains (water torture): what is in use stays, open questions are bounded")
    func waterTorture() throws {
        var settings = ForwardingSettings()
        settings.cacheSize = 256 << 10
        settings.maximumPerParent = 100
        var desk = try Desk(settings: settings)
        for number in 0..<20 {
            _ = try desk.ask("hot\(number).used.example", by: Desk.addresses(ttl: 86_000))
        }
        for number in 0..<5000 {
            _ = try desk.ask("r\(number).victim.example", by: Desk.nothing(zone: "victim.example"))
            let hot = try desk.ask("hot\(number % 20).used.example")
            #expect(hot.answers.count == 1, "after \(number)")
        }
        #expect(desk.asked.count == 5020)
        #expect(desk.state.cache.octets <= 256 << 10)
        // The victim's servers are silent: its names take their share of the places, no more.
        var searches = 0
        for number in 0..<1000 {
            let octets = try Queries.octets("s\(number).victim.example")
            let client = [10, 2, UInt8(number >> 8), UInt8(number & 255)]
            if case .search = try desk.arrive(octets, from: client) { searches += 1 }
        }
        #expect(searches == 100)
        #expect(desk.state.counts.refusals == 900)
        _ = try desk.ask("www.other.example", by: Desk.addresses())
    }

    @Test("DNSBomb (CVE-2024-33655): a pulse releases no more than what one client may have open")
    func pulse() throws {
        var settings = ForwardingSettings()
        settings.maximumPerClient = 64
        var desk = try Desk(settings: settings)
        let victim: [UInt8] = [203, 0, 113, 7]
        var open: [UInt64] = []
        var atOnce = 0
        for number in 0..<10_000 {
            // Half of them ask the same, half something new each.
            let name = number % 2 == 0 ? "slow.evil" : "s\(number).evil"
            switch try desk.arrive(Queries.octets(name), from: victim, waiter: number) {
            case .search(let plan): open.append(plan.number)
            case .joined: break
            case .reply(let reply, _):
                // What is refused is refused at once, and small.
                #expect(reply.count <= 40)
                atOnce += 1
            }
        }
        #expect(atOnce == 10_000 - 64)
        var released = 0
        for number in open {
            released +=
                desk.state.finish(number, with: .unreachable, now: desk.now)
                .filter { $0.reply != nil }.count
        }
        #expect(released == 64)
    }

    @Test("DNSBomb: whoever waited beyond the budget gets nothing, not a late burst")
    func late() throws {
        var desk = try Desk()
        guard case .search(let plan) = try desk.arrive(Queries.octets("slow.evil"), waiter: 1)
        else {
            Issue.record("nothing was asked")
            return
        }
        desk.advance(seconds: 1.9)
        _ = try desk.arrive(Queries.octets("slow.evil"), waiter: 2)
        desk.advance(seconds: 1)
        let reply = try Desk.addresses()(plan.query)
        let deliveries = desk.state.finish(plan.number, with: reply, now: desk.now)
        #expect(deliveries.map { $0.reply == nil } == [true, false])
        #expect(desk.state.counts.dropped == 1)
    }

    @Test("questions open at a time are bounded, and their places come back")
    func inFlight() throws {
        var settings = ForwardingSettings()
        settings.maximumOpen = 10
        settings.cacheSize = 0
        var desk = try Desk(settings: settings)
        for round in 0..<3 {
            var open: [UInt64] = []
            for number in 0..<20 {
                let octets = try Queries.octets("x.n\(number).r\(round).example")
                if case .search(let plan) = try desk.arrive(octets) { open.append(plan.number) }
            }
            #expect(open.count == 10)
            for number in open { _ = desk.state.finish(number, with: .unresolved, now: desk.now) }
            #expect(desk.state.openCount == 0)
        }
    }

    @Test("CAMP: an endless chain is relayed once and costs the cache nothing")
    func chain() throws {
        var desk = try Desk()
        let upstream: Desk.Upstream = { query in
            try Desk.answer(
                Replies.message(
                    to: query,
                    answers: (0..<20).map { try Replies.alias("n\($0).evil", "n\($0 + 1).evil") },
                    authorities: [Replies.soa("evil")]
                )
            )
        }
        #expect(try desk.ask("n0.evil", by: upstream).answers.count == 20)
        #expect(desk.state.cache.count == 0)
    }

    @Test("a loop through an upstream is found by a probe's 128 random bits, and ends nothing")
    func loop() throws {
        var desk = try Desk()
        guard case .search(let plan) = try desk.arrive(Queries.octets("x.example")) else {
            Issue.record("nothing was asked")
            return
        }
        _ = desk.state.report(.failed, at: 0, of: plan, now: desk.now)
        let probe = try #require(
            desk.state.probes(now: desk.now, using: &desk.generator).first
        )
        // Guesses find nothing (CVE-2026-26018).
        var forged = probe.query.octets
        forged[13] = forged[13] == 0x30 ? 0x31 : 0x30
        _ = try desk.arrive(forged)
        #expect(desk.state.counts.loops == 0)
        guard case .reply(let reply, _) = try desk.arrive(probe.query.octets) else {
            Issue.record("the probe was forwarded again")
            return
        }
        #expect(reply[3] & 15 == 2)
        #expect(desk.state.counts.loops == 1)
        // Our own answer, passed back by the upstream, does not make it healthy.
        _ = desk.state.report(.answered(1), at: 0, of: probe, now: desk.now)
        #expect(!desk.state.pool.isHealthy(0))
        #expect(try desk.ask("y.example", by: Desk.addresses()).answers.count == 1)
        desk.advance(seconds: 31)
        _ = desk.state.report(.answered(1), at: 0, of: probe, now: desk.now)
        #expect(desk.state.pool.isHealthy(0))
    }

    @Test("an upstream that asks us what we just asked it gets an answer at once")
    func upstreamAsks() throws {
        var desk = try Desk()
        _ = try desk.arrive(Queries.octets("x.example"))
        guard
            case .reply(let reply, _) = try desk.arrive(
                Queries.octets("x.example"),
                from: [192, 0, 2, 100]
            )
        else {
            Issue.record("it waits for itself")
            return
        }
        #expect(reply[3] & 15 == 2)
        #expect(desk.state.counts.loops == 1)
        // It may ask anything else, as any client.
        guard
            case .search = try desk.arrive(Queries.octets("y.example"), from: [192, 0, 2, 100])
        else {
            Issue.record("an upstream cannot be a client")
            return
        }
    }

    @Test("questions with options or RD=0 are neither kept nor shared")
    func unshared() throws {
        var desk = try Desk()
        let edns = EDNS(udpPayloadSize: 1232, options: [EDNSOption(code: 65001, data: [1])])
        _ = try desk.ask("x.example", by: Desk.addresses())
        for _ in 0..<2 { _ = try desk.ask("x.example", edns: edns, by: Desk.addresses()) }
        #expect(desk.asked.count == 3)
        var octets = try Queries.octets("y.example")
        octets[2] = 0
        for _ in 0..<2 {
            guard case .search = try desk.arrive(octets) else {
                Issue.record("RD=0 was shared")
                return
            }
        }
    }

    @Test("forged or damaged replies never put a stranger into the cache", arguments: 1...8)
    func damaged(seed: UInt64) throws {
        var generator = Xorshift(state: seed &* 0x9e37_79b9_7f4a_7c15)
        for _ in 0..<500 {
            var desk = try Desk(own: ["consul"])
            let reply = try desk.ask("www.example") { query in
                var octets = try Replies.message(
                    to: query,
                    answers: [
                        Replies.alias("www.example", "real.example"),
                        Replies.address("real.example"), Replies.address("web.consul"),
                    ],
                    authorities: [Replies.soa("example")]
                ).encoded()
                for _ in 0..<Int.random(in: 0...4, using: &generator) {
                    let at = Int.random(in: 2..<octets.count, using: &generator)
                    octets[at] = UInt8.random(in: 0...255, using: &generator)
                }
                switch query.verdict(on: octets, id: 77) {
                case .final, .truncated: return .reply(octets)
                case .mismatch, .failed, .refusesEDNS: return .unresolved
                }
            }
            #expect(reply.questions.count == 1)
            #expect(desk.state.cache.names.allSatisfy { $0.description == "www.example." })
        }
    }
}
