// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Testing

@Suite("What is no zone")
struct ZoneErrorTests {
    static let apex = name("example.test")

    static func record(
        _ name: String,
        _ data: RecordData,
        ttl: UInt32 = 60
    ) throws -> ResourceRecord {
        ResourceRecord(name: try DomainName(text: name), ttl: ttl, data: data)
    }

    static func name(_ text: String) -> DomainName {
        do throws(NameTextError) {
            return try DomainName(text: text)
        } catch {
            preconditionFailure("\(text): \(error)")
        }
    }

    static let soa = RecordData.soa(
        StartOfAuthority(
            primary: name("ns.other"),
            mailbox: name("host.other"),
            serial: 1,
            refresh: 2,
            retry: 3,
            expire: 4,
            minimum: 5
        )
    )
    static let otherSOA = RecordData.soa(
        StartOfAuthority(
            primary: name("ns.other"),
            mailbox: name("host.other"),
            serial: 2,
            refresh: 2,
            retry: 3,
            expire: 4,
            minimum: 5
        )
    )

    static func fault(_ rows: [(String, RecordData)], head: Bool = true) throws -> ZoneError? {
        var records = try rows.map { try record($0.0, $0.1) }
        if head {
            records.insert(try record("example.test", soa), at: 0)
            records.insert(try record("example.test", .ns(name("ns.other"))), at: 1)
        }
        do throws(ZoneError) {
            _ = try Zone.make(apex: apex, records: records)
            return nil
        } catch {
            return error
        }
    }

    @Test("each broken rule has its kind and names the record")
    func kinds() throws {
        let address = RecordData.a(IPv4Address(bits: 1))
        let alias = RecordData.cname(Self.name("x.test"))
        let table: [([(String, RecordData)], ZoneError.Kind, Int?)] = [
            ([("example.test", Self.otherSOA)], .severalSOA, 2),
            ([("a.example.test", Self.soa)], .misplacedSOA, 2),
            ([("a.test", address)], .outOfZone, 2),
            ([("xexample.test", address)], .outOfZone, 2),
            ([("a.example.test", address), ("A.example.test", alias)], .aliasAndOtherData, 3),
            ([("a.example.test", alias), ("a.example.test", address)], .aliasAndOtherData, 3),
            ([("example.test", alias)], .aliasAndOtherData, 2),
            (
                [("a.example.test", alias), ("a.example.test", .cname(Self.name("y.test")))],
                .severalAliases, 3
            ),
            ([("example.test", .ns(Self.name("ns.example.test")))], .nameServerWithoutAddress, 1),
            (
                [("s.example.test", .ns(Self.name("n.s.example.test")))], .nameServerWithoutAddress,
                2
            ),
            (
                [("s.example.test", .ns(Self.name("n.example.test"))), ("n.example.test", alias)],
                .nameServerIsAlias, 2
            ),
            (
                [
                    ("s.example.test", .ns(Self.name("n.other"))),
                    ("x.s.example.test", .txt([[65]])),
                ],
                .belowCut(Self.name("s.example.test")), 3
            ),
            (
                [
                    ("x.s.example.test", .txt([[65]])),
                    ("s.example.test", .ns(Self.name("n.other"))),
                ],
                .belowCut(Self.name("s.example.test")), 2
            ),
            ([("*.example.test", .ns(Self.name("n.other")))], .wildcardDelegation, 2),
            ([("a.example.test", .unknown(.ds, [0, 1, 8, 2, 1]))], .signerWithoutDelegation, 2),
            ([("a.example.test", .unknown(.any, [1]))], .metaType, 2),
            ([("a.example.test", .opt([]))], .metaType, 2),
            ([("a.example.test", .unknown(.dname, [0]))], .unsupportedType, 2),
            ([("a.example.test", .unknown(.rrsig, [0]))], .unsupportedType, 2),
            ([("a.example.test", .unknown(.a, []))], .malformedData, 2),
        ]
        for (rows, kind, index) in table {
            let fault = try Self.fault(rows)
            #expect(fault?.kind == kind, "\(rows)")
            #expect(fault?.index == index, "\(rows)")
        }
    }

    @Test("SOA and NS are needed (RFC 1035 §5.2, RFC 1034 §4.2.1)")
    func needed() throws {
        let server = ("example.test", RecordData.ns(Self.name("ns.other")))
        #expect(try Self.fault([], head: false)?.kind == .noSOA)
        #expect(try Self.fault([server], head: false)?.kind == .noSOA)
        #expect(try Self.fault([("example.test", Self.soa)], head: false)?.kind == .noNameServer)
        #expect(try Self.fault([]) == nil)
    }

    @Test("the same record twice is one record (RFC 2181 §5)")
    func duplicates() throws {
        #expect(try Self.fault([("example.test", Self.soa)]) == nil)
        let twice = [
            ("a.example.test", RecordData.cname(Self.name("x.test"))),
            ("A.EXAMPLE.test", RecordData.cname(Self.name("X.test"))),
        ]
        #expect(try Self.fault(twice) == nil)
    }

    @Test("a name server below another cut is found through that delegation")
    func siblings() throws {
        let rows = [
            ("s.example.test", RecordData.ns(Self.name("n.t.example.test"))),
            ("t.example.test", RecordData.ns(Self.name("n.other"))),
        ]
        #expect(try Self.fault(rows) == nil)
    }

    @Test("TTLs have 31 bits (RFC 2181 §8) and the class is IN")
    func limits() throws {
        var records = [
            try Self.record("example.test", Self.soa),
            try Self.record("example.test", .ns(Self.name("ns.other")), ttl: 0x8000_0000),
        ]
        #expect(throws: ZoneError.self) { try Zone.make(apex: Self.apex, records: records) }
        records[1].ttl = 0x7fff_ffff
        #expect(throws: Never.self) { try Zone.make(apex: Self.apex, records: records) }
        records[1].class = .ch
        #expect(throws: ZoneError.self) { try Zone.make(apex: Self.apex, records: records) }
    }
}
