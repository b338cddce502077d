// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Testing

@Suite("A set of zones")
struct ZoneSetTests {
    static func zones() throws -> ZoneSet {
        let head = "$TTL 60\n@ SOA ns.other. host.other. 1 2 3 4 5\n@ NS ns.other.\n"
        return ZoneSet(zones: [
            try zone(
                "test",
                head
                    + "www CNAME x.a.test.\nback CNAME loop.a.test.\nzz TXT z\na NS ns.other.\na DS 1 8 2 aa\n"
            ),
            try zone(
                "a.test",
                head
                    + "x A 192.0.2.1\nloop CNAME back.test.\nout CNAME far.away.\nmiss CNAME none.test.\n"
            ),
        ])
    }

    @Test(
        "the longest apex answers (RFC 1034 §4.3.2 step 2)",
        arguments: [
            ("x.a.test", "a.test."), ("A.TEST", "a.test."), ("b.test", "test."),
            ("xa.test", "test."),
            ("test", "test."),
        ]
    )
    func longest(name: String, apex: String) throws {
        #expect(try Self.zones().zone(enclosing: DomainName(text: name))?.apex.description == apex)
    }

    @Test("no zone for names outside", arguments: ["tes", "test.other", "."])
    func outside(name: String) throws {
        #expect(try Self.zones().zone(enclosing: DomainName(text: name)) == nil)
        #expect(try Self.zones().search(DomainName(text: name), .a) == nil)
        #expect(try ZoneSet().zone(enclosing: DomainName(text: name)) == nil)
    }

    @Test("follows aliases from zone to zone and ends loops")
    func chains() throws {
        let zones = try Self.zones()
        try ZoneCase(
            name: "www.test",
            type: .a,
            outcome: .records,
            answer: ["www.test. 60 IN CNAME x.a.test.", "x.a.test. 60 IN A 192.0.2.1"],
            source: "RFC 1034 §3.6.2"
        ).check(in: zones)
        try ZoneCase(
            name: "back.test",
            type: .a,
            outcome: .records,
            answer: ["back.test. 60 IN CNAME loop.a.test.", "loop.a.test. 60 IN CNAME back.test."],
            source: "a loop over two zones"
        ).check(in: zones)
        try ZoneCase(
            name: "out.a.test",
            type: .a,
            outcome: .records,
            answer: ["out.a.test. 60 IN CNAME far.away."],
            continuation: "far.away.",
            source: "out of all zones"
        ).check(in: zones)
        try ZoneCase(
            name: "miss.a.test",
            type: .a,
            outcome: .nameError,
            answer: ["miss.a.test. 60 IN CNAME none.test."],
            authority: ["test. 5 IN SOA ns.other. host.other. 1 2 3 4 5"],
            source: "RFC 6604 §3"
        ).check(in: zones)
    }

    @Test("DS at an apex is asked of the parent, if it is here (RFC 4035 §3.1.4.1)")
    func delegationSigner() throws {
        try ZoneCase(
            name: "a.test",
            type: .ds,
            outcome: .records,
            answer: ["a.test. 60 IN DS 1 8 2 aa"],
            source: "RFC 4035 §3.1.4.1"
        ).check(in: Self.zones())
        try ZoneCase(
            name: "test",
            type: .ds,
            outcome: .noData,
            authority: ["test. 5 IN SOA ns.other. host.other. 1 2 3 4 5"],
            source: "RFC 4035 §3.1.4.1, no parent here"
        ).check(in: Self.zones())
    }
}
