// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("Compression (Consul: spec 2.12)")
struct CompressionTests {
    let header = Header(id: 0, isResponse: true)

    /// The octets behind the header of a message with these answers.
    func body(_ answers: [ResourceRecord], compress: Bool = true) throws -> [UInt8] {
        Array(try Message(header: header, answers: answers).encoded(compress: compress)[12...])
    }

    func record(_ owner: String, _ data: RecordData) throws -> ResourceRecord {
        ResourceRecord(name: try name(owner), ttl: 0, data: data)
    }

    @Test("shortens owners and the names in NS, CNAME, PTR, SOA and MX data")
    func dataNames() throws {
        let host = try name("ns.example")
        for data in [.ns(host), .cname(host), .ptr(host)] as [RecordData] {
            let octets = try body([record("example", data)])
            // 9 owner, 10 fixed, then a label of 3 octets and a pointer.
            #expect(octets.count == 9 + 10 + 5)
            #expect(octets.suffix(2) == [0xc0, 12])
        }
        let mx = try body([record("example", .mx(preference: 1, exchange: host))])
        #expect(mx.suffix(5) == [2, 0x6e, 0x73, 0xc0, 12])
        let authority = StartOfAuthority(
            primary: host,
            mailbox: host,
            serial: 0,
            refresh: 0,
            retry: 0,
            expire: 0,
            minimum: 0
        )
        let soa = try body([record("example", .soa(authority))])
        #expect(soa.count == 9 + 10 + 5 + 2 + 20)
    }

    @Test("writes SRV targets in full and lets later names point into them")
    func serviceTargets() throws {
        let target = try name("n1.example")
        let location = ServiceLocation(priority: 1, weight: 1, port: 1, target: target)
        let octets = try body([
            record("example", .srv(location)), record("n1.example", .a(IPv4Address(bits: 0))),
        ])
        #expect(octets.count == (9 + 10 + 6 + 12) + (2 + 10 + 4))
        // The second owner points at the target: 12 + 9 + 10 + 6.
        #expect(octets[37...38] == [0xc0, 37])
        // The tail of the target was known before; the first occurrence stays the one pointed at.
        let third = try body([
            record("example", .srv(location)), record("x.example", .a(IPv4Address(bits: 0))),
        ])
        #expect(third[37...40] == [1, 0x78, 0xc0, 12])
    }

    @Test("matches suffixes without regard to case; the first spelling stays (RFC 4343)")
    func caseInsensitive() throws {
        let address = RecordData.a(IPv4Address(bits: 0))
        for spelling in ["web.CONSUL", "WEB.consul", "wEb.Consul"] {
            let answers = try [record("web.consul", address), record(spelling, address)]
            let octets = try body(answers)
            #expect(octets.count == (12 + 14) + (2 + 14))
            #expect(octets[26...27] == [0xc0, 12])
        }
        let partly = try body([record("web.consul", address), record("api.CONSUL", address)])
        #expect(partly.count == (12 + 14) + (6 + 14))
        #expect(partly[26...31] == [3, 0x61, 0x70, 0x69, 0xc0, 16])
        // Only letters have a case (RFC 4343 §3): `@` and a backquote, `[` and `{` differ.
        let others = try body([record("a[.x", address), record("a{.x", address)])
        #expect(others.count == (6 + 14) + (5 + 14))
    }

    @Test("a target of SRV keeps its spelling; names behind it take it over")
    func targetSpelling() throws {
        let target = try name("N1.Example")
        let location = ServiceLocation(priority: 1, weight: 1, port: 1, target: target)
        let answers = try [
            record("example", .srv(location)), record("n1.example", .a(IPv4Address(bits: 0))),
        ]
        let octets = try Message(header: header, answers: answers).encoded()
        let message = try Message(decoding: octets)
        #expect(message.answers[0].data == .srv(location))
        #expect(message.answers[1].name == target)
    }

    @Test("never shortens the root, and writes nothing short when switched off")
    func off() throws {
        let root = try body([record(".", .ns(.root)), record(".", .ns(.root))])
        #expect(root.count == 2 * (1 + 10 + 1))
        let plain = try body(
            [record("example", .ns(name("example"))), record("example", .ns(name("example")))],
            compress: false
        )
        #expect(plain.count == 2 * (9 + 10 + 9))
    }

    @Test("points only to the first 16,384 octets (RFC 1035 §4.1.4)")
    func farNames() throws {
        let filler = RecordData.unknown(
            RecordType(rawValue: 999),
            [UInt8](repeating: 0, count: 16_360)
        )
        let address = RecordData.a(IPv4Address(bits: 0))
        // The filler ends at 12 + 1 + 10 + 16,360 = 16,383: the last place that can be pointed at.
        let near = try body([
            record(".", filler), record("example", address), record("example", address),
        ])
        #expect(near.count == 16_371 + (9 + 14) + (2 + 14))
        let far = try body([
            record(".", filler), record(".", address), record("example", address),
            record("example", address),
        ])
        #expect(far.count == 16_371 + (1 + 14) + 2 * (9 + 14))
    }

    @Test("finds thousands of names again")
    func manyNames() throws {
        let address = RecordData.a(IPv4Address(bits: 0))
        let owners = (0..<500).map { "host-\($0).node.consul" }
        let answers = try (owners + owners).map { try record($0, address) }
        let octets = try Message(header: header, answers: answers).encoded()
        #expect(try Message(decoding: octets).answers == answers)
        let first = try Message(header: header, answers: Array(answers[..<500])).encoded()
        #expect(octets.count == first.count + 500 * 16)
    }
}
