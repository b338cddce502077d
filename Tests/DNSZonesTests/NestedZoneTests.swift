// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Testing

/// Zones that lie in others: each is cut out of the one above it, whether that delegates it or not.
@Suite("Zones within zones")
struct NestedZoneTests {
    private static let head = "$TTL 60\n@ SOA ns.other. host.other. 1 2 3 4 5\n@ NS ns.other.\n"
    private static let soa = "z.test. 5 IN SOA ns.other. host.other. 1 2 3 4 5"

    private static func zones() throws -> ZoneSet {
        ZoneSet(zones: [
            try zone(
                "z.test",
                head
                    + "al CNAME www.deep.mid.z.test.\n* TXT any\nheld A 192.0.2.9\nx.held A 192.0.2.8\n"
                    + "toheld CNAME x.held\ncut NS ns.cut\nns.cut A 192.0.2.7\ncut DS 1 8 2 aa\n"
            ),
            try zone("deep.mid.z.test", head + "www A 192.0.2.1\n"),
            try zone("held.z.test", head + "y A 192.0.2.2\n"),
            try zone("below.cut.z.test", head),
        ])
    }

    private func noData(_ name: String, _ type: RecordType, _ source: String) -> ZoneCase {
        ZoneCase(name: name, type: type, outcome: .noData, authority: [Self.soa], source: source)
    }

    @Test("what lies between exists, in the zone above")
    func between() throws {
        let zones = try Self.zones()
        try noData("mid.z.test", .a, "RFC 4592 §2.2.2").check(in: zones)
        try noData("mid.z.test", .txt, "RFC 4592 §3.3.1: no wildcard").check(in: zones)
        try noData("deep.mid.z.test", .ds, "RFC 4035 §3.1.4.1").check(in: zones)
        try ZoneCase(
            name: "x.mid.z.test",
            type: .txt,
            outcome: .nameError,
            authority: [Self.soa],
            source: "RFC 4592 §2.2.1: the closest encloser has no wildcard"
        ).check(in: zones)
    }

    @Test("an alias leads into the zone below without NS records between")
    func alias() throws {
        try ZoneCase(
            name: "al.z.test",
            type: .a,
            outcome: .records,
            answer: [
                "al.z.test. 60 IN CNAME www.deep.mid.z.test.",
                "www.deep.mid.z.test. 60 IN A 192.0.2.1",
            ],
            source: "RFC 1034 §4.3.2"
        ).check(in: Self.zones())
    }

    @Test("what the zone above says of the names of the zone below is not answered")
    func occluded() throws {
        let zones = try Self.zones()
        try ZoneCase(
            name: "toheld.z.test",
            type: .a,
            outcome: .nameError,
            answer: ["toheld.z.test. 60 IN CNAME x.held.z.test."],
            authority: ["held.z.test. 5 IN SOA ns.other. host.other. 1 2 3 4 5"],
            source: "the zone below has no such name"
        ).check(in: zones)
        #expect(zones.zones.last { $0.apex.description == "z.test." }?.records.count == 10)
    }

    @Test("where others answer: at and below cuts without a zone of ours")
    func delegations() throws {
        let zones = try Self.zones()
        #expect(zones.delegations.map(\.description) == ["cut.z.test."])
        for (name, type, isDelegated) in [
            ("cut.z.test", RecordType.a, true), ("x.CUT.z.test", .a, true),
            ("cut.z.test", .ds, false), ("x.cut.z.test", .ds, true), ("z.test", .a, false),
            ("x.below.cut.z.test", .a, false), ("below.cut.z.test", .ds, true),
            ("x.deep.mid.z.test", .a, false), ("deep.mid.z.test", .ds, false), ("other", .a, false),
        ] {
            #expect(
                try zones.isDelegated(DomainName(text: name), type) == isDelegated,
                "\(name) \(type)"
            )
        }
    }

    @Test("names at and above zones exist")
    func above() throws {
        let zones = try Self.zones()
        for name in ["test", "z.test", "Mid.z.test", "deep.mid.z.test", "cut.z.test", "."] {
            #expect(try zones.hasZone(atOrBelow: DomainName(text: name)), "\(name)")
        }
        for name in ["www.z.test", "x.deep.mid.z.test", "other"] {
            #expect(try !zones.hasZone(atOrBelow: DomainName(text: name)), "\(name)")
        }
        #expect(!ZoneSet().hasZone(atOrBelow: .root))
    }

    @Test("a set of a set's zones is the same")
    func again() throws {
        let zones = try Self.zones()
        #expect(ZoneSet(zones: zones.zones) == zones)
    }
}
