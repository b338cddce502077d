// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import Testing

/// Static zones beside the catalog: who answers, and how a zone's reply looks.
@Suite("Static zones beside the catalog")
struct StaticZoneTests {
    private static func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

    private static func zone(
        _ apex: String,
        _ records: [(owner: String, data: RecordData)]
    ) throws -> Zone {
        let apex = try name(apex)
        let soa = StartOfAuthority(
            primary: try name("ns.example.net"),
            mailbox: try name("admin.example.net"),
            serial: 1,
            refresh: 2,
            retry: 3,
            expire: 4,
            minimum: 60
        )
        let fixed = [
            ResourceRecord(name: apex, ttl: 300, data: .soa(soa)),
            ResourceRecord(name: apex, ttl: 300, data: .ns(try name("ns.example.net"))),
        ]
        return try Zone.make(
            apex: apex,
            records: try fixed
                + records.map {
                    ResourceRecord(name: try name($0.owner), ttl: 300, data: $0.data)
                }
        )
    }

    private static func address(_ last: UInt8) -> RecordData { .a(IPv4Address(192, 0, 2, last)) }

    private static func zones() throws -> ZoneSet {
        let many = (0..<60).map {
            (owner: "many.corp", data: RecordData.a(IPv4Address(bits: 0x0a00_0000 + $0)))
        }
        let delegation: [(owner: String, data: RecordData)] = try (0..<30).flatMap { index in
            let server = "a-server-with-a-long-name-\(index).sub.corp"
            return [
                (owner: "sub.corp", data: RecordData.ns(try name(server))),
                (owner: server, data: address(UInt8(index))),
            ]
        }
        return ZoneSet(zones: [
            try zone(
                "corp",
                [
                    ("www.corp", address(1)), ("app.corp", .cname(try name("web.service.consul"))),
                    ("gone.corp", .cname(try name("nope.service.consul"))),
                    ("away.corp", .cname(try name("www.example.net"))),
                ] + many + delegation
            ),
            try zone("static.consul", [("x.static.consul", address(2))]),
            try zone("consul", [("web.service.consul", address(99))]),
            try zone("10.in-addr.arpa", [("77.0.0.10.in-addr.arpa", .ptr(try name("z.corp")))]),
        ])
    }

    @Test("an explanation follows an alias into the catalog, as the answer does")
    func explainedAlias() throws {
        var snapshot = try #require(try CaseConfiguration.snapshot("C0"))
        snapshot.zones = try Self.zones()
        let found = Explanation(try DomainName(text: "app.corp"), .a, in: snapshot, now: 1)
        #expect(found.code == .noError && found.answers.count > 1)
        #expect(!found.answers.contains { $0.data == Self.address(99) })
        let none = Explanation(try DomainName(text: "gone.corp"), .a, in: snapshot, now: 1)
        #expect(none.code == .nameError && none.answers.count == 1)
    }

    private func ask(
        _ text: String,
        _ configuration: String = "C0"
    ) throws -> Message {
        var server = try TestServer(configuration: configuration)
        server.zones = try Self.zones()
        let octets = try server.octets(text)
        #expect(text.hasSuffix("(TCP)") || octets.count <= 1232)
        return try Message(decoding: octets)
    }

    @Test("the longest suffix wins; the domain wins over a zone with its own apex")
    func suffixes() throws {
        #expect(texts(try ask("www.corp A").answers) == ["www.corp. 300 A 192.0.2.1"])
        #expect(texts(try ask("x.static.consul A").answers) == ["x.static.consul. 300 A 192.0.2.2"])
        #expect(try ask("web.service.consul A").answers.count == 2)
        #expect(try ask("web.service.consul A").answers.allSatisfy { $0.ttl == 0 })
    }

    @Test("header and negative answers of a zone")
    func negative() throws {
        let missing = try ask("nope.corp A")
        #expect(missing.header.isAuthoritative && missing.responseCode == .nameError)
        #expect(missing.authorities.map(\.type) == [.soa])
        #expect(missing.authorities.map(\.ttl) == [60])
        let noData = try ask("www.corp AAAA")
        #expect(noData.responseCode == .noError && noData.authorities.map(\.type) == [.soa])
        #expect(try ask("corp AXFR (TCP)").responseCode == .notImplemented)
        #expect(try ask("www.corp A (class CH)").responseCode == .refused)
        #expect(try ask("www.corp A", "C9").header.recursionAvailable)
    }

    @Test("reverse names: the catalog, then a zone, then a name error")
    func reverse() throws {
        let known = try ask("1.0.0.10.in-addr.arpa PTR")
        #expect(texts(known.answers) == ["1.0.0.10.in-addr.arpa. 0 PTR n1.node.dc1.consul."])
        let inZone = try ask("77.0.0.10.in-addr.arpa PTR")
        #expect(texts(inZone.answers) == ["77.0.0.10.in-addr.arpa. 300 PTR z.corp."])
        let missing = try ask("78.0.0.10.in-addr.arpa PTR")
        #expect(missing.responseCode == .nameError)
        #expect(texts(missing.authorities).first?.hasPrefix("10.in-addr.arpa. 60 SOA") == true)
        let elsewhere = try ask("9.9.9.9.in-addr.arpa PTR")
        #expect(texts(elsewhere.authorities).first?.hasPrefix("consul. 0 SOA") == true)
    }

    @Test("OPT carries our own size; a version that is not known is BADVERS")
    func edns() throws {
        #expect(try ask("www.corp A").edns == nil)
        let reply = try ask("www.corp A (EDNS 4096, DO)")
        #expect(reply.edns == EDNS(udpPayloadSize: 1232, dnssecOK: true))
        let version = try ask("www.corp A (EDNS 4096, EDNS version 1)")
        #expect(version.responseCode == .badVersion && version.answers.isEmpty)
    }

    @Test("what does not fit is cut with TC, and OPT stays")
    func truncation() throws {
        let plain = try ask("many.corp A")
        #expect(plain.header.isTruncated && (1..<60).contains(plain.answers.count))
        #expect(try plain.encodedLength() <= 512)
        let edns = try ask("many.corp A (EDNS 700)")
        #expect(edns.header.isTruncated && edns.edns != nil)
        #expect(try edns.encodedLength() <= 700)
        #expect(edns.answers.count > plain.answers.count)
        let whole = try ask("many.corp A (EDNS 1232)")
        #expect(!whole.header.isTruncated && whole.answers.count == 60)
        #expect(try ask("many.corp A (TCP)").answers.count == 60)
    }

    @Test("a referral that lacks glue is marked (RFC 9471)")
    func referral() throws {
        let cut = try ask("x.sub.corp A (EDNS 1232)")
        #expect(cut.header.isTruncated && !cut.header.isAuthoritative)
        let whole = try ask("x.sub.corp A (TCP)")
        #expect(!whole.header.isTruncated)
        #expect(whole.authorities.count == 30 && whole.additionals.count == 30)
    }

    @Test("an alias in a zone may name a service of the catalog")
    func aliases() throws {
        let app = try ask("app.corp A")
        #expect(
            Set(texts(app.answers)) == [
                "app.corp. 300 CNAME web.service.consul.", "web.service.consul. 0 A 10.0.0.1",
                "web.service.consul. 0 A 10.0.0.2",
            ]
        )
        let srv = try ask("app.corp SRV")
        #expect(srv.answers.count == 3 && srv.additionals.count == 3)
        let gone = try ask("gone.corp A")
        #expect(gone.responseCode == .nameError && gone.answers.count == 1)
        #expect(texts(gone.authorities).first?.hasPrefix("consul. 0 SOA") == true)
        #expect(try ask("away.corp A").answers.count == 1)
    }

    @Test("DS at an apex is the parent's, below it the zone's own")
    func delegationSigner() throws {
        #expect(try ask("corp DS").authorities.map(\.type) == [.soa])
        #expect(throws: TestServer.NoReply.self) { try ask("corp DS", "C9") }
        #expect(try ask("www.corp DS", "C9").authorities.map(\.type) == [.soa])
    }

    @Test("an address that is a host name in a zone is looked up there")
    func targets() throws {
        var server = try TestServer(configuration: "C0")
        server.zones = try Self.zones()
        CatalogueK.register(
            CatalogueK.entry("zn", "10.7.0.1", CatalogueK.service("zs", 1, address: "www.corp")),
            in: &server.store
        )
        #expect(
            texts(try server.ask("zs.service.consul A").answers) == [
                "zs.service.consul. 0 CNAME www.corp.", "www.corp. 0 A 192.0.2.1",
            ]
        )
    }
}
