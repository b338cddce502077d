// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// What Consul does not have: priorities, weighted addresses, protection, both families, several
/// tags, reverse zones, records beside the catalog, reasons.
@Suite("Beyond Consul")
struct WishTests {
    /// A small catalog of its own and a way to ask both lines.
    private struct Server {
        var store = StateStore()
        var settings: DNSSettings
        var zones = ZoneSet()

        init(_ change: (inout DNSSettings) -> Void = { _ in }) throws {
            settings = DNSSettings(
                domain: try DomainName(text: "consul."),
                datacenter: "dc1",
                nodeName: "agent1"
            )
            change(&settings)
        }

        mutating func register(
            _ node: NodeRow,
            _ service: ServiceRow? = nil,
            _ status: CheckStatus = .passing,
            check: String = "c"
        ) throws {
            var checks: [CheckRow] = []
            if let service, status != .passing {
                checks = [
                    CheckRow(
                        node: node.name,
                        id: check,
                        name: "c",
                        status: status,
                        serviceID: service.id
                    )
                ]
            }
            let registration = Registration(node: node, service: service, checks: checks)
            let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
            _ = try store.apply(.register(registration), at: index)
        }

        /// An instance `n<number>` of a service at 10.0.0.<number>.
        mutating func add(
            _ number: Int,
            _ name: String = "web",
            _ status: CheckStatus = .passing,
            check: String = "c",
            change: (inout ServiceRow) -> Void = { _ in }
        ) throws {
            var row = ServiceRow(node: "n\(number)", id: name, name: name, port: 80)
            change(&row)
            let node = NodeRow(name: "n\(number)", address: "10.0.0.\(number)")
            try register(node, row, status, check: check)
        }

        func ask(
            _ text: String,
            seed: UInt64 = 1,
            ofBothLines: Bool = true
        ) throws -> Message {
            let query = try CaseQuery(text)
            let snapshot = DNSSnapshot(store: store, zones: zones, settings: settings)
            let reply = try ConformanceRunner.reference(query, snapshot, seed: seed)
            guard case .reply(let octets) = reply else { throw NoReply(reply: reply) }
            guard ofBothLines else { return try Message(decoding: octets) }
            let line = FastLine(settings: settings)
            line.writer.replace(zones: zones)
            line.follow(store)
            let generator = Generator(seed: seed)
            let fast = line.ask(
                query.octets,
                query.transport,
                generator: generator,
                now: ReplyComparison.now
            )
            if case .reply(let other) = fast { #expect(other == octets, "\(text)") }
            return try Message(decoding: octets)
        }
    }

    private struct NoReply: Error { var reply: ReferenceReply }

    private func texts(_ records: [ResourceRecord]) -> [String] {
        records.map(RecordText.text(of:))
    }

    @Test("W1: SRV has the instance's priority")
    func priority() throws {
        var server = try Server()
        try server.add(1)
        try server.add(2) { $0.priority = 20 }
        let answers = try server.ask("web.service.consul SRV").answers
        #expect(
            Set(texts(answers)) == [
                "web.service.consul. 0 SRV 1 1 80 n1.node.dc1.consul.",
                "web.service.consul. 0 SRV 20 1 80 n2.node.dc1.consul.",
            ]
        )
    }

    @Test("W2: with weighted_addresses the first A answer follows the weights")
    func weights() throws {
        var server = try Server { $0.weightsAddresses = true }
        try server.add(1) { $0.weights = ServiceWeights(passing: 1, warning: 1) }
        try server.add(2) { $0.weights = ServiceWeights(passing: 3, warning: 1) }
        try server.add(3) { $0.weights = ServiceWeights(passing: 0, warning: 1) }
        var firsts: [String: Int] = [:]
        for seed in 0..<2_000 {
            let reply = try server.ask(
                "web.service.consul A",
                seed: UInt64(seed),
                ofBothLines: false
            )
            let answers = texts(reply.answers)
            #expect(answers.count == 3)
            #expect(answers.last?.hasSuffix("10.0.0.3") == true)
            firsts[answers[0], default: 0] += 1
        }
        // 3 to 1, within five standard deviations of 2,000 draws.
        let heavy = firsts["web.service.consul. 0 A 10.0.0.2"] ?? 0
        #expect(abs(heavy - 1_500) < 97, "\(firsts)")
    }

    @Test("W13: a tag besides the protocol")
    func protocolAndTag() throws {
        var server = try Server()
        try server.add(1) { $0.tags = ["green", "grpc"] }
        try server.add(2) { $0.tags = ["green"] }
        try server.add(3) { $0.tags = ["grpc"] }
        #expect(try server.ask("_web._tcp.green.service.consul SRV").answers.count == 2)
        let both = try server.ask("_web._grpc.green.service.dc1.consul SRV").answers
        #expect(both.count == 1)
        let none = try server.ask("_web._tcp.blue.service.consul SRV")
        #expect(none.header.responseCode == .nameError)
    }

    @Test("W14: a+b asks for both tags, unless somebody has the tag a+b")
    func severalTags() throws {
        var server = try Server()
        try server.add(1) { $0.tags = ["A", "b"] }
        try server.add(2) { $0.tags = ["a"] }
        #expect(texts(try server.ask("a+b.web.service.consul A").answers).count == 1)
        #expect(try server.ask("a+c.web.service.consul A").header.responseCode == .nameError)
        try server.add(3) { $0.tags = ["a+b"] }
        let exact = try server.ask("a+b.web.service.consul A").answers
        #expect(texts(exact) == ["a+b.web.service.consul. 0 A 10.0.0.3"])
    }

    @Test("W17: below the threshold all are answered, but not what is in maintenance")
    func protection() throws {
        var server = try Server { $0.protectThresholds = ["web": 0.5] }
        try server.add(1)
        try server.add(2, "web", .critical)
        #expect(try server.ask("web.service.consul A").answers.count == 1)
        try server.add(3, "web", .critical)
        let reply = try server.ask("web.service.consul A (EDNS 1232)")
        #expect(reply.answers.count == 3)
        let reason = try #require(reply.edns?.extendedErrors.first)
        #expect(
            reason.text == "protect threshold: 1 of 3 instances of web are healthy, "
                + "all are answered"
        )
        try server.add(4, "web", .critical, check: "_service_maintenance:web")
        #expect(try server.ask("web.service.consul A").answers.count == 3)
        try server.add(1, "db", .critical)
        #expect(try server.ask("db.service.consul A").header.responseCode == .nameError)
    }

    @Test("W20: with dual_stack ANY and glue have both families")
    func dualStack() throws {
        let node = NodeRow(
            name: "both",
            address: "10.0.0.1",
            taggedAddresses: ["lan_ipv4": "10.0.0.1", "lan_ipv6": "2001:db8::1"]
        )
        let service = ServiceRow(node: "both", id: "web", name: "web", port: 80)
        for (isDual, count) in [(false, 1), (true, 2)] {
            var server = try Server { $0.isDualStack = isDual }
            try server.register(node, service)
            #expect(try server.ask("web.service.consul ANY").answers.count == count)
            #expect(try server.ask("both.node.consul ANY").answers.count == count)
            #expect(try server.ask("web.service.consul A").answers.count == 1)
            let locations = try server.ask("web.service.consul SRV")
            #expect(locations.answers.count == 1)
            #expect(locations.additionals.count == count)
            guard case .srv(let location)? = locations.answers.first?.data else { continue }
            #expect(locations.additionals.allSatisfy { $0.name == location.target })
        }
    }

    @Test("W21: each instance is as likely as any other to be among those that fit")
    func fairness() throws {
        var server = try Server { $0.enableTruncate = true }
        for number in 1...20 { try server.add(number) }
        var seen: [String: Int] = [:]
        for seed in 0..<2_000 {
            let reply = try server.ask(
                "web.service.consul SRV",
                seed: UInt64(seed),
                ofBothLines: seed < 20
            )
            #expect(reply.header.isTruncated && reply.answers.count == 3)
            for text in texts(reply.answers) { seen[text, default: 0] += 1 }
        }
        #expect(seen.count == 20)
        // 3 of 20 in 2,000: 300 each, within five standard deviations.
        #expect(seen.values.allSatisfy { abs($0 - 300) < 80 }, "\(seen)")
    }

    @Test("D: a client with EDNS is told that no instance is healthy")
    func reasons() throws {
        var server = try Server()
        try server.add(1, "web", .critical) { $0.tags = ["v1"] }
        try server.add(2, "db")
        try server.add(3, "db", .critical) { $0.tags = ["v1"] }
        for name in ["web", "v1.web", "v1.db"] {
            let reply = try server.ask("\(name).service.consul A (EDNS 1232)")
            #expect(reply.header.responseCode == .nameError)
            let service = name.split(separator: ".").last.map(String.init) ?? ""
            #expect(
                reply.edns?.extendedErrors.map(\.text)
                    == ["no healthy instance of \(service): 1 registered"]
            )
        }
        let plain = try server.ask("web.service.consul A")
        #expect(plain.edns == nil)
        for name in ["nope.service.consul A", "db.service.consul A", "v2.db.service.consul A"] {
            let reply = try server.ask("\(name) (EDNS 1232)")
            #expect(reply.edns?.options == [], "\(name)")
        }
        server.settings.explainsErrors = false
        let silent = try server.ask("web.service.consul A (EDNS 1232)")
        #expect(silent.edns?.options == [])
    }

    @Test("W5: declared reverse zones are answered here, with reverse_ttl")
    func reverseZones() throws {
        var server = try Server {
            $0.hasRecursors = true
            $0.hasLocalReverseZones = false
            $0.reverseTTL = 30
        }
        let zone = try #require(DNSSettings.reverseZone(ofPrefix: "2001:db8::/32"))
        #expect("\(zone)" == "8.b.d.0.1.0.0.2.ip6.arpa.")
        server.settings.reverseZones = [zone, try DomainName(text: "20.in-addr.arpa")]
        try server.add(1)
        let known = try server.ask("1.0.0.10.in-addr.arpa PTR")
        #expect(texts(known.answers) == ["1.0.0.10.in-addr.arpa. 30 PTR n1.node.dc1.consul."])
        let missing = try server.ask("1.0.0.20.in-addr.arpa PTR")
        #expect(missing.header.responseCode == .nameError)
        #expect(missing.authorities.map { "\($0.name)" } == ["20.in-addr.arpa."])
        let between = try server.ask("0.20.in-addr.arpa PTR")
        #expect(between.header.responseCode == .noError && between.answers.isEmpty)
        #expect(try server.ask("20.in-addr.arpa SOA").answers.map(\.type) == [.soa])
        #expect(try server.ask("20.in-addr.arpa NS").answers.map(\.type) == [.ns])
        #expect(throws: NoReply.self) { try server.ask("2.0.0.10.in-addr.arpa PTR") }
        #expect(throws: NoReply.self) { try server.ask("1.0.0.21.in-addr.arpa PTR") }
    }

    @Test("C: private reverse names are not forwarded (RFC 6303), unless a rule says so")
    func localReverseZones() throws {
        var server = try Server { $0.hasRecursors = true }
        let names = [
            "9.9.9.10.in-addr.arpa", "1.1.20.172.in-addr.arpa", "1.1.168.192.in-addr.arpa",
            "1.0.0.127.in-addr.arpa", "1.2.100.100.in-addr.arpa",
        ]
        for name in names {
            let reply = try server.ask("\(name) PTR")
            #expect(reply.header.responseCode == .nameError, "\(name)")
            #expect(reply.authorities.map(\.type) == [.soa], "\(name)")
        }
        #expect(throws: NoReply.self) { try server.ask("1.1.32.172.in-addr.arpa PTR") }
        server.settings.forwardedZones = [try DomainName(text: "10.in-addr.arpa")]
        #expect(throws: NoReply.self) { try server.ask("9.9.9.10.in-addr.arpa PTR") }
        #expect(try server.ask("1.1.20.172.in-addr.arpa PTR").header.responseCode == .nameError)
        server.settings.hasLocalReverseZones = false
        #expect(throws: NoReply.self) { try server.ask("1.1.20.172.in-addr.arpa PTR") }
        // Without recursors nothing leaves: Consul's answer stays.
        server.settings.hasRecursors = false
        server.settings.hasLocalReverseZones = true
        let reply = try server.ask("1.1.20.172.in-addr.arpa PTR")
        #expect(reply.authorities.map { "\($0.name)" } == ["consul."])
    }

    @Test("W11: the catalog comes first, then the zone of the domain, then that below it")
    func recordsBesides() throws {
        var server = try Server()
        try server.add(1)
        func zone(_ apex: String, _ rows: [(String, RecordData)]) throws -> Zone {
            let name = try DomainName(text: apex)
            let soa = StartOfAuthority(
                primary: name,
                mailbox: name,
                serial: 1,
                refresh: 1,
                retry: 1,
                expire: 1,
                minimum: 60
            )
            let server = try DomainName(text: "ns.example.")
            let records = [
                ResourceRecord(name: name, ttl: 60, data: .soa(soa)),
                ResourceRecord(name: name, ttl: 60, data: .ns(server)),
            ]
            return try Zone.make(
                apex: name,
                records: records
                    + rows.map {
                        ResourceRecord(name: try DomainName(text: $0.0), ttl: 60, data: $0.1)
                    }
            )
        }
        let address = RecordData.a(IPv4Address(192, 0, 2, 7))
        server.zones = ZoneSet(zones: [
            try zone(
                "consul.",
                [("consul.", address), ("www.consul.", address), ("web.service.consul.", address)]
            ),
            try zone("static.consul.", [("x.static.consul.", address)]),
        ])
        #expect(texts(try server.ask("www.consul A").answers) == ["www.consul. 60 A 192.0.2.7"])
        #expect(texts(try server.ask("consul A").answers) == ["consul. 60 A 192.0.2.7"])
        #expect(
            texts(try server.ask("web.service.consul A").answers)
                == ["web.service.consul. 0 A 10.0.0.1"]
        )
        #expect(
            texts(try server.ask("x.static.consul A").answers)
                == ["x.static.consul. 60 A 192.0.2.7"]
        )
        let missing = try server.ask("nope.consul A")
        #expect(missing.header.responseCode == .nameError)
        #expect(missing.authorities.first?.ttl == 0, "the SOA is the catalog's")
    }
}
