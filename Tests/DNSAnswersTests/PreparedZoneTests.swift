// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Publication
import StateStore
import Testing

@testable import DNSAnswers

@Suite("The fast line answers static zones as the reference line, octet for octet")
struct PreparedZoneTests {
    struct Tally {
        var asked = 0
        var fast = 0
        var records = 0
        var noData = 0
        var nameErrors = 0
        var referrals = 0
        var wildcards = 0
        var aliases = 0
        var tooLarge = 0
        var overTCP = 0
        var withEDNS = 0
    }

    /// Asks both lines about random zones beside a random catalog.
    static func compare(
        seeds: Range<UInt64>,
        hasOddities: Bool,
        questions: Int
    ) throws -> Tally {
        var tally = Tally()
        for seed in seeds {
            var random = RandomZones(seed: seed, hasOddities: hasOddities)
            let zones = try random.zones()
            guard !random.owners.isEmpty else { continue }
            var settings = try random.random.settings()
            settings.isStrict = hasOddities && random.random.chance(20)
            var store = StateStore()
            for number in 1...20 {
                _ = try? store.apply(
                    random.random.command(),
                    at: RaftIndex(rawValue: UInt64(number))
                )
            }
            let line = FastLine(settings: settings)
            line.writer.replace(zones: zones)
            line.follow(store)
            let snapshot = DNSSnapshot(store: store, zones: zones, settings: settings)
            for number in 0..<questions {
                let question = random.question()
                let state = Generator(seed: random.random.generator.next())
                let now = UInt32(truncatingIfNeeded: random.random.generator.next())
                let reply = line.ask(
                    question.octets,
                    question.transport,
                    generator: state,
                    now: now
                )
                let expected = ResponderTests.reference(question, snapshot, state, now)
                count(question, reply, expected, zones, &tally)
                guard reply != .handedOver, reply != expected else { continue }
                let text = (try? Message(decoding: question.octets)).map { "\($0)" } ?? ""
                Issue.record(
                    """
                    seed \(seed), question \(number): \(text)
                    \(zones.zones.flatMap(\.records).map { RecordText.text(of: $0) }.prefix(60))
                    fast \(ResponderTests.describe(reply))
                    slow \(ResponderTests.describe(expected))
                    """
                )
                return tally
            }
        }
        return tally
    }

    private static func count(
        _ question: RandomQuestion,
        _ reply: FastLine.Reply,
        _ expected: FastLine.Reply,
        _ zones: ZoneSet,
        _ tally: inout Tally
    ) {
        guard let query = try? Message(decoding: question.octets),
            let asked = query.questions.first,
            let answer = zones.search(asked.name, asked.type),
            asked.type != .axfr, asked.type != .ixfr, case .reply(let octets) = expected
        else { return }
        tally.asked += 1
        if octets[2] & 2 != 0 { tally.tooLarge += 1 }
        guard reply != .handedOver else { return }
        tally.fast += 1
        if question.transport == .tcp { tally.overTCP += 1 }
        if query.edns != nil { tally.withEDNS += 1 }
        switch answer.outcome {
        case .records: tally.records += 1
        case .noData: tally.noData += 1
        case .nameError: tally.nameErrors += 1
        case .delegation: tally.referrals += 1
        }
        if answer.wildcard != nil { tally.wildcards += 1 }
        if answer.answers.contains(where: { $0.type == .cname }), asked.type != .cname {
            tally.aliases += 1
        }
    }

    @Test("over random zones, almost all of it fast")
    func plain() throws {
        let tally = try Self.compare(seeds: 1..<40, hasOddities: false, questions: 300)
        #expect(Double(tally.fast) >= 0.90 * Double(tally.asked), "\(tally)")
        #expect(tally.asked > 8_000, "\(tally)")
        let kinds = [
            tally.records, tally.noData, tally.nameErrors, tally.referrals, tally.wildcards,
            tally.aliases, tally.overTCP, tally.withEDNS,
        ]
        #expect(kinds.allSatisfy { $0 > 200 }, "\(tally)")
        #expect(tally.tooLarge > 20, "\(tally)")
    }

    @Test("over random zones in and around the catalog's domain, with aliases into it")
    func odd() throws {
        let tally = try Self.compare(seeds: 1000..<1040, hasOddities: true, questions: 250)
        #expect(Double(tally.fast) >= 0.60 * Double(tally.asked), "\(tally)")
    }
}

@Suite("Who answers on the fast line: catalog, static zones, or nobody there")
struct ZonePrecedenceTests {
    private static func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

    private static func address(_ last: UInt8) -> RecordData { .a(IPv4Address(192, 0, 2, last)) }

    private static func server() throws -> TestServer {
        var server = try TestServer(configuration: "C0")
        let many = (0..<60).map {
            ("many.corp", RecordData.a(IPv4Address(bits: 0x0a00_0000 + $0)))
        }
        server.zones = ZoneSet(zones: [
            try TestServer.zone(
                "corp",
                [
                    ("www.corp", address(1)), ("www.sub.corp", address(9)),
                    ("app.corp", .cname(try name("web.service.consul"))),
                    ("to.corp", .cname(try name("www.corp"))),
                    ("away.corp", .cname(try name("www.example.net"))),
                    ("*.wild.corp", address(2)), ("*.loop.corp", .cname(try name("a.loop.corp"))),
                    ("mail.corp", .mx(preference: 1, exchange: try name("mail.corp"))),
                    ("mail.corp", address(3)), ("cut.corp", .ns(try name("ns.elsewhere.test"))),
                ] + many
            ),
            try TestServer.zone("sub.corp", [("www.sub.corp", address(4))]),
            try TestServer.zone("static.consul", [("x.static.consul", address(5))]),
            try TestServer.zone(
                "consul",
                [("web.service.consul", address(99)), ("extra.consul", address(6))]
            ),
            try TestServer.zone("10.in-addr.arpa", [("77.0.0.10.in-addr.arpa", address(7))]),
        ])
        return server
    }

    /// Asks the fast line; `nil` where it hands over.
    ///
    /// Both lines say the same.
    private static func ask(_ text: String, _ server: TestServer) throws -> Message? {
        let query = try CaseQuery(text)
        let line = FastLine(settings: server.settings)
        line.writer.replace(zones: server.zones)
        line.follow(server.store)
        let reply = line.ask(
            query.octets,
            query.transport,
            generator: Generator(seed: 1),
            now: ReplyComparison.now
        )
        guard case .reply(let octets) = reply else { return nil }
        #expect(try octets == server.octets(text), "\(text)")
        return try Message(decoding: octets)
    }

    @Test(
        "answered in place",
        arguments: [
            ("www.corp A", "www.corp. 60 A 192.0.2.1"),
            ("WwW.cOrP A", "WwW.cOrP. 60 A 192.0.2.1"),
            // The longest apex counts, not the longest name of another zone.
            ("www.sub.corp A", "www.sub.corp. 60 A 192.0.2.4"),
            ("to.corp A", "to.corp. 60 CNAME www.corp.|www.corp. 60 A 192.0.2.1"),
            ("away.corp A", "away.corp. 60 CNAME www.example.net."),
            ("a.b.wild.corp A", "a.b.wild.corp. 60 A 192.0.2.2"),
            // A zone below the domain wins over it, one at the domain has what the catalog has not.
            ("x.static.consul A", "x.static.consul. 60 A 192.0.2.5"),
            ("static.consul NS", "static.consul. 60 NS ns.example."),
            ("extra.consul A", "extra.consul. 60 A 192.0.2.6"),
            ("many.corp A (EDNS 1232)", nil), ("many.corp A (TCP)", nil),
        ] as [(String, String?)]
    )
    func answers(_ text: String, _ expected: String?) throws {
        let reply = try #require(try Self.ask(text, Self.server()), "\(text)")
        #expect(reply.header.isAuthoritative && !reply.header.isTruncated)
        if let expected {
            #expect(texts(reply.answers).joined(separator: "|") == expected)
        } else {
            #expect(reply.answers.count == 60)
        }
    }

    @Test(
        "denied in place, with the SOA of the zone or of the domain",
        arguments: [
            ("nope.corp A", ResponseCode.nameError, "corp."),
            ("www.corp AAAA", .noError, "corp."), ("www.corp DS", .noError, "corp."),
            ("x.www.corp A", .nameError, "corp."), ("nope.sub.corp A", .nameError, "sub.corp."),
            ("nope.static.consul A", .nameError, "static.consul."),
            ("extra.consul AAAA", .noError, "consul."), ("nope.consul A", .nameError, "consul."),
            ("nope.service.consul A", .nameError, "consul."),
        ]
    )
    func denials(_ text: String, _ code: ResponseCode, _ apex: String) throws {
        let reply = try #require(try Self.ask(text, Self.server()), "\(text)")
        #expect(reply.responseCode == code && reply.answers.isEmpty)
        #expect(reply.authorities.map(\.name.description) == [apex])
    }

    @Test("a referral is given in place, without AA")
    func referrals() throws {
        let reply = try #require(try Self.ask("a.cut.corp A", Self.server()))
        #expect(!reply.header.isAuthoritative && reply.responseCode == .noError)
        #expect(texts(reply.authorities) == ["cut.corp. 60 NS ns.elsewhere.test."])
    }

    @Test("the catalog wins over the zone of its domain")
    func catalog() throws {
        let reply = try #require(try Self.ask("web.service.consul A", Self.server()))
        #expect(reply.answers.count == 2 && reply.answers.allSatisfy { $0.ttl == 0 })
    }

    @Test(
        "left to the reference line",
        arguments: [
            // Aliases into the catalog, and chains that depend on the name asked for.
            "app.corp A", "x.loop.corp A",
            // What has to be cut.
            "many.corp A", "many.corp A (EDNS 700)",
            // Whether the additional section has the address depends on the spelling.
            "mail.corp ANY",
            "corp DS", "corp AXFR (TCP)", "www.corp A (class CH)", "77.0.0.10.in-addr.arpa A",
            "www.example.net A",
        ]
    )
    func leftOver(_ text: String) throws {
        #expect(try Self.ask(text, Self.server()) == nil)
    }

    @Test("another domain in new settings takes its names out of the zones")
    func settings() throws {
        var server = try Self.server()
        let line = FastLine(settings: server.settings)
        line.writer.replace(zones: server.zones)
        line.follow(server.store)
        server.settings.alternateDomain = try Self.name("corp")
        line.writer.replace(settings: server.settings, state: server.store)
        line.writer.publish()
        for text in ["corp SOA", "www.corp A", "www.corp AAAA", "www.sub.corp A", "to.corp A"] {
            let query = try CaseQuery(text)
            let reply = line.ask(query.octets, query.transport, now: ReplyComparison.now)
            guard case .reply(let octets) = reply else { continue }
            #expect(try octets == server.octets(text), "\(text)")
        }
        let query = try CaseQuery("www.corp AAAA")
        let reply = line.ask(query.octets, query.transport, now: ReplyComparison.now)
        guard case .reply(let octets) = reply else {
            Issue.record("handed over")
            return
        }
        // The domain's SOA, no more the zone's.
        let authorities = texts(try Message(decoding: octets).authorities)
        #expect(authorities.first?.contains("hostmaster") == true)
    }
}

@Suite("Zones are published and replaced as a whole")
struct ZonePublicationTests {
    private static func zones(_ last: UInt8, _ count: Int) throws -> ZoneSet {
        ZoneSet(zones: [
            try TestServer.zone(
                "corp",
                (0..<count).map { ("h\($0).corp", .a(IPv4Address(192, 0, 2, last))) }
            )
        ])
    }

    @Test("a batch answers from the zones that it began with; they are freed behind it")
    func batches() throws {
        let line = FastLine(settings: try TestServer().settings)
        let writer = line.writer
        writer.table.poisonsFreedMemory = true
        writer.replace(zones: try Self.zones(1, 50))
        writer.publish()
        let query = QueryOctets.make("h7.corp", type: .a)
        let before = line.ask(query, .udp)
        let (old, next) = (writer.zoneOctets, try Self.zones(2, 80))
        let during = line.ask(query, .udp) {
            writer.replace(zones: next)
            writer.publish()
            #expect(writer.retiredOctets >= old)
        }
        #expect(before != .handedOver && during == before)
        writer.publish()
        #expect(writer.retiredOctets == 0)
        let after = line.ask(query, .udp)
        #expect(after != .handedOver && after != before)
        writer.replace(zones: ZoneSet())
        writer.publish()
        #expect(writer.zoneOctets == 0 && line.ask(query, .udp) == .handedOver)
    }

    @Test("a name costs about its records, and no copy of what it leads to")
    func memory() throws {
        let settings = try TestServer().settings
        let hosts = PreparedZones(try Self.zones(1, 2000), settings: settings)
        #expect(hosts.nameCount == 2001)
        #expect(hosts.size < 2000 * 130, "\(hosts.size / 2000) octets a name")
        let target = try DomainName(text: "many.corp")
        let rows =
            (0..<400).map { ("many.corp", RecordData.a(IPv4Address(bits: $0))) }
            + (0..<400).map { ("alias\($0).corp", RecordData.cname(target)) }
        let zones = ZoneSet(zones: [try TestServer.zone("corp", rows)])
        let aliases = PreparedZones(zones, settings: settings)
        #expect(aliases.size < 400 * 500, "\(aliases.size / 400) octets an alias")
    }
}
