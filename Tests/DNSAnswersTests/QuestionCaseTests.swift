// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import StateStore
import Testing

@testable import DNSAnswers

/// D14 of docs/divergences.md: names compress whatever their case (RFC 4343 §4.2), so that how a
/// question is spelled (draft-vixie-dnsext-dns0x20) changes neither size nor records of its reply.
@Suite("A question in any case has the same reply, but for the case of names")
struct QuestionCaseTests {
    private static func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

    /// Catalogue K, beside it instances with addresses of their own on nodes with metadata, and a zone
    /// whose records are spelled in several ways.
    private static func server(_ configuration: String) throws -> TestServer {
        var server = try TestServer(configuration: configuration)
        for number in 1...2 {
            let node = "Own-\(number)"
            try server.register(
                NodeRow(name: node, address: "10.7.0.\(number)", meta: ["m": "\(number)"]),
                ServiceRow(
                    node: node,
                    id: "own",
                    name: "Own",
                    address: number == 1 ? "198.18.7.1" : "2001:db8:7::1",
                    port: 80
                )
            )
        }
        let host = RecordData.a(IPv4Address(192, 0, 2, 1))
        let location = ServiceLocation(
            priority: 1,
            weight: 2,
            port: 3,
            target: try name("Www.CORP.test")
        )
        server.zones = ZoneSet(zones: [
            try TestServer.zone(
                "Corp.Test",
                [
                    ("WWW.corp.test", host), ("To.Corp.test", .cname(try name("www.corp.TEST"))),
                    ("mail.corp.test", .mx(preference: 1, exchange: try name("wWw.cOrp.test"))),
                    ("_Sip._tcp.corp.test", .srv(location)),
                    ("*.Wild.corp.test", .cname(try name("WwW.corp.test"))),
                    ("Cut.corp.test", .ns(try name("NS.cut.CORP.test"))),
                    ("ns.CUT.corp.test", host),
                ]
            )
        ])
        return server
    }

    /// Every letter in upper case, every second one, and as seeded generators have it.
    private static func spellings(of name: DomainName) throws -> [DomainName] {
        var generator = Generator(seed: UInt64(name.wire.count))
        let choices: [(Int) -> Bool] = [
            { _ in true }, { $0 & 1 == 0 }, { $0 & 1 == 1 },
            { _ in generator.next() >> 40 & 1 == 0 }, { _ in generator.next() >> 40 & 1 == 0 },
        ]
        return try choices.map { isUpper in
            var count = 0
            return try DomainName(
                labels: name.labels.map { label in
                    label.map { octet in
                        guard octet &- 0x61 < 26 else { return octet }
                        count += 1
                        return isUpper(count) ? octet & ~0x20 : octet
                    }
                }
            )
        }
    }

    /// What the reference line replies; the fast line must say the same, octet for octet, and hand over
    /// only where `isFast` says so.
    private static func ask(
        _ query: CaseQuery,
        _ server: TestServer,
        isFast: Bool
    ) throws -> [UInt8] {
        let reference = try ConformanceRunner.reference(query, server.snapshot, seed: 7)
        guard case .reply(let octets) = reference else {
            throw TestServer.NoReply(reply: reference)
        }
        let line = FastLine(settings: server.settings)
        line.writer.replace(zones: server.zones)
        line.follow(server.store)
        let fast = line.ask(
            query.octets,
            query.transport,
            generator: Generator(seed: 7),
            now: ReplyComparison.now
        )
        #expect(fast == (isFast ? .reply(octets) : .handedOver), "\(query.asked)")
        return octets
    }

    static let fast: [(String, String)] = [
        ("C0", "web.service.consul A"), ("C0", "web.service.consul SRV"),
        ("C0", "web.service.dc1.consul SRV"), ("C0", "_web._v1.service.consul SRV"),
        ("C0", "many.service.consul SRV (EDNS 1232)"), ("C0", "many.service.consul A (TCP)"),
        // Owners of metadata are compressed against the question's datacenter, or each other.
        ("C0", "own.service.consul SRV"), ("C0", "own.service.dc1.consul SRV"),
        ("C0", "n1.node.consul ANY"), ("C0", "mixednode.node.dc1.consul A"),
        // Negative: the SOA's names are in the question.
        ("C0", "nope.service.consul A"), ("C0", "nope.consul A"), ("C0", "nope.node.dc1.consul A"),
        ("C0", "web.service.consul MX"), ("C0", "n1.node.consul AAAA"),
        ("C10", "web.service.alt.zone SRV"), ("C10", "web.service.dc1.alt.zone A"),
        ("C10", "nope.service.alt.zone A"), ("C10", "nope.service.consul A"),
        // Static zones, whose records have spellings of their own.
        ("C0", "www.corp.test A"), ("C0", "to.corp.test A"), ("C0", "to.corp.test CNAME"),
        ("C0", "mail.corp.test MX"), ("C0", "_sip._tcp.corp.test SRV"),
        ("C0", "_sip._tcp.corp.test ANY"), ("C0", "a.wild.corp.test A"),
        ("C0", "a.wild.corp.test CNAME"), ("C0", "x.cut.corp.test A"), ("C0", "corp.test SOA"),
        ("C0", "nope.corp.test A"), ("C0", "www.corp.test AAAA"), ("C0", "a.wild.corp.test MX"),
    ]

    static let slow: [(String, String)] = [
        ("C0", "consul SOA"), ("C0", "consul NS"), ("C10", "alt.zone SOA"), ("C0", "ns.consul A"),
        ("C0", "c0000201.addr.consul A"), ("C0", "c0000201.addr.dc1.consul AAAA"),
        ("C0", "q-one.query.consul SRV"), ("C0", "ttlq.query.consul SRV"),
        ("C0", "nope.query.consul A"), ("C0", "web.virtual.consul A"),
        ("C0", "api.ingress.consul SRV"), ("C0", "web.connect.consul SRV"),
        ("C0", "incon.service.consul A"), ("C0", "incon.service.consul SRV"),
        ("C0", "meta.node.consul ANY"), ("C0", "dot.ted.node.consul A"),
        ("C0", "1.0.0.10.in-addr.arpa PTR"),
        ("C6", "web.service.consul SRV"), ("C6", "nope.service.consul A"),
    ]

    @Test("answered in place", arguments: fast)
    func inPlace(_ configuration: String, _ text: String) throws {
        try Self.compare(configuration, text, isFast: true)
    }

    @Test("answered by the reference line", arguments: slow)
    func byReference(_ configuration: String, _ text: String) throws {
        try Self.compare(configuration, text, isFast: false)
    }

    private static func compare(_ configuration: String, _ text: String, isFast: Bool) throws {
        let server = try server(configuration)
        let plain = try ask(CaseQuery(text), server, isFast: isFast)
        let parts = text.split(separator: " ", maxSplits: 1)
        for spelling in try spellings(of: name(String(parts[0]))) {
            let query = try CaseQuery("\(spelling) \(parts[1])")
            let octets = try ask(query, server, isFast: isFast)
            #expect(octets.count == plain.count, "\(spelling)")
            #expect(octets.map(foldedOctet) == plain.map(foldedOctet), "\(spelling)")
            let message = try Message(decoding: octets)
            #expect(message.questions == [query.question])
            let expected = try Message(decoding: plain)
            #expect(
                foldedTexts(message) == foldedTexts(expected) && message.header == expected.header,
                "\(spelling)"
            )
        }
    }

    private static func foldedTexts(_ message: Message) -> [[String]] {
        [message.answers, message.authorities, message.additionals].map { records in
            texts(records).map { $0.lowercased() }
        }
    }

    @Test("owners and the SOA's names have the question's spelling, targets of SRV their own")
    func spelling() throws {
        var server = try TestServer()
        try server.register(
            NodeRow(name: "Node-A", address: "10.0.0.1"),
            ServiceRow(node: "Node-A", id: "web", name: "web", port: 80)
        )
        let located = try server.ask("WEB.SERVICE.CONSUL SRV")
        let target = "Node-A.node.dc1.CONSUL."
        #expect(texts(located.answers) == ["WEB.SERVICE.CONSUL. 0 SRV 1 1 80 \(target)"])
        #expect(texts(located.additionals) == ["\(target) 0 A 10.0.0.1"])
        let denied = try server.ask("Nope.Service.cOnSuL A")
        let numbers = "\(ReplyComparison.now) 3600 600 86400 0"
        #expect(
            texts(denied.authorities) == ["cOnSuL. 0 SOA ns.cOnSuL. hostmaster.cOnSuL. \(numbers)"]
        )
        // Header, question, the SOA with three pointers.
        #expect(try server.octets("NOPE.service.CONSUL A").count == 12 + 21 + 4 + NegativeSOA.size)
    }
}
