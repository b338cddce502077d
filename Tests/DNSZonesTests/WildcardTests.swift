// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Testing

@Suite("Wildcards (RFC 4592)")
struct WildcardTests {
    /// The zone of RFC 4592 §2.2.1, with an address for the server below the cut.
    static let text = """
        $TTL 3600
        @             SOA   ns.example.com. host.example.com. 1 2 3 4 60
        @             NS    ns.example.com.
        @             NS    ns.example.net.
        *             TXT   "this is a wildcard"
        *             MX    10 host1.example.
        sub.*         TXT   "this is not a wildcard"
        host1         A     192.0.2.1
        _ssh._tcp.host1 SRV 0 0 22 host1
        _ssh._tcp.host2 SRV 0 0 22 host1
        subdel        NS    ns.example.com.
        subdel        NS    ns.example.net.
        """
    static let negative = "example. 60 IN SOA ns.example.com. host.example.com. 1 2 3 4 60"

    static let cases: [ZoneCase] = [
        // RFC 4592 §2.2.1, synthesised from the wildcard.
        ZoneCase(
            name: "host3.example",
            type: .mx,
            outcome: .records,
            answer: ["host3.example. 3600 IN MX 10 host1.example."],
            additional: ["host1.example. 3600 IN A 192.0.2.1"],
            source: "RFC 4592 §2.2.1"
        ),
        ZoneCase(
            name: "host3.example",
            type: .a,
            outcome: .noData,
            authority: [negative],
            source: "RFC 4592 §2.2.1: no A at the wildcard"
        ),
        ZoneCase(
            name: "Foo.Bar.example",
            type: .txt,
            outcome: .records,
            answer: ["Foo.Bar.example. 3600 IN TXT \"this is a wildcard\""],
            source: "RFC 4592 §2.2.1: bar does not exist"
        ),
        // RFC 4592 §2.2.1, not synthesised.
        ZoneCase(
            name: "host1.example",
            type: .mx,
            outcome: .noData,
            authority: [negative],
            source: "RFC 4592 §2.2.1: host1 exists"
        ),
        ZoneCase(
            name: "sub.*.example",
            type: .mx,
            outcome: .noData,
            authority: [negative],
            source: "RFC 4592 §2.2.1: sub.* exists"
        ),
        ZoneCase(
            name: "_telnet._tcp.host1.example",
            type: .srv,
            outcome: .nameError,
            authority: [negative],
            source: "RFC 4592 §2.2.1: _tcp.host1 exists, without data"
        ),
        ZoneCase(
            name: "host.subdel.example",
            type: .a,
            outcome: .delegation,
            isAuthoritative: false,
            authority: [
                "subdel.example. 3600 IN NS ns.example.com.",
                "subdel.example. 3600 IN NS ns.example.net.",
            ],
            source: "RFC 4592 §2.2.1: the cut is first"
        ),
        ZoneCase(
            name: "ghost.*.example",
            type: .mx,
            outcome: .nameError,
            authority: [negative],
            source: "RFC 4592 §2.2.1: * exists, *.* does not"
        ),
        // RFC 4592 §3.3.1 and §2.3.
        ZoneCase(
            name: "host2.example",
            type: .mx,
            outcome: .noData,
            authority: [negative],
            source: "RFC 4592 §2.2.2: an empty non-terminal blocks the wildcard"
        ),
        ZoneCase(
            name: "x.host2.example",
            type: .txt,
            outcome: .nameError,
            authority: [negative],
            source: "RFC 4592 §3.3.1: the closest encloser is host2, not the apex"
        ),
        ZoneCase(
            name: "*.example",
            type: .txt,
            outcome: .records,
            answer: ["*.example. 3600 IN TXT \"this is a wildcard\""],
            source: "RFC 4592 §2.3: asked by its own name"
        ),
        ZoneCase(
            name: "any.example",
            type: .any,
            outcome: .records,
            answer: [
                "any.example. 3600 IN TXT \"this is a wildcard\"",
                "any.example. 3600 IN MX 10 host1.example.",
            ],
            additional: ["host1.example. 3600 IN A 192.0.2.1"],
            source: "RFC 4592 §4: ANY"
        ),
    ]

    @Test("the examples of §2.2.1 and their neighbours", arguments: cases)
    func examples(_ item: ZoneCase) throws { try item.check(in: zone("example", Self.text)) }

    @Test("an alias at a wildcard is followed (§4.4 leaves DNAME out)")
    func alias() throws {
        let zone = try zone(
            "example",
            "$TTL 1\n@ SOA a.b. c. 1 2 3 4 5\n@ NS a.b.\n*.w CNAME t\nt A 192.0.2.7\n"
        )
        try ZoneCase(
            name: "q.w.example",
            type: .a,
            outcome: .records,
            answer: ["q.w.example. 1 IN CNAME t.example.", "t.example. 1 IN A 192.0.2.7"],
            source: "RFC 4592 §3.3.3"
        ).check(in: zone)
    }

    @Test("a wildcard that only has names below it synthesises no data, not a name error")
    func emptyWildcard() throws {
        let zone = try zone(
            "example",
            "$TTL 1\n@ SOA a.b. c. 1 2 3 4 5\n@ NS a.b.\nx.*.w A 192.0.2.7\n"
        )
        #expect(zone.search(try DomainName(text: "q.w.example"), .a).outcome == .noData)
    }

    @Test("says which wildcard the records come from")
    func source() throws {
        let answer = try zone("example", Self.text).search(
            try DomainName(text: "a.b.example"),
            .txt
        )
        #expect(answer.wildcard?.description == "*.example.")
    }
}
