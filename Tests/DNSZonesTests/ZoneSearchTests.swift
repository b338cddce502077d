// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Testing
import ZoneFiles

@Suite("Zone search (RFC 1034 §4.3.2)")
struct ZoneSearchTests {
    static let text = """
        $TTL 3600
        @        7200 SOA ns1 host 1 7200 900 1209600 300
        @        NS    ns1
        @        NS    ns.elsewhere.test.
        @        MX    10 mail
        @        MX    20 mx.elsewhere.test.
        @        MX    30 MAIL
        ns1      A     192.0.2.1
        mail     A     192.0.2.25
        mail     AAAA  2001:db8::25
        www      600 A 192.0.2.10
        www      300 A 192.0.2.11
        www      300 A 192.0.2.11
        www      TXT   "hello"
        alias    CNAME www
        second   CNAME alias
        out      CNAME www.elsewhere.test.
        dangling CNAME nowhere
        noaddr   CNAME ns1
        one      CNAME two
        two      CNAME one
        self     CNAME self
        deep     CNAME host.sub
        _x._tcp  SRV   1 2 80 www
        _x._tcp  SRV   1 2 81 host.sub
        a.b.c    TXT   "below empty non-terminals"
        sub      NS    ns.sub
        sub      NS    ns1
        sub      NS    ns.elsewhere.test.
        sub      DS    1 8 2 aabb
        ns.sub   A     192.0.2.53
        ns.sub   AAAA  2001:db8::53
        plain    NS    ns.sub
        """
    static let negative =
        "example.test. 300 IN SOA ns1.example.test. host.example.test. "
        + "1 7200 900 1209600 300"

    static let cases: [ZoneCase] = [
        ZoneCase(
            name: "www.example.test",
            type: .txt,
            outcome: .records,
            answer: ["www.example.test. 3600 IN TXT \"hello\""],
            source: "RFC 1034 §4.3.2 step 3a"
        ),
        ZoneCase(
            name: "WwW.ExAmPlE.tEsT",
            type: .a,
            outcome: .records,
            answer: [
                "WwW.ExAmPlE.tEsT. 300 IN A 192.0.2.10", "WwW.ExAmPlE.tEsT. 300 IN A 192.0.2.11",
            ],
            source: "RFC 4343 §4.1; RFC 2181 §5.2: one TTL; §5: no duplicates"
        ),
        ZoneCase(
            name: "www.example.test",
            type: .aaaa,
            outcome: .noData,
            authority: [negative],
            source: "RFC 2308 §2.2, §5: TTL min(7200, 300)"
        ),
        ZoneCase(
            name: "none.Example.TEST",
            type: .a,
            outcome: .nameError,
            authority: [negative.replacing("example.test. 300", with: "Example.TEST. 300")],
            source: "RFC 2308 §2.1"
        ),
        ZoneCase(
            name: "x.www.example.test",
            type: .a,
            outcome: .nameError,
            authority: [negative],
            source: "RFC 2308 §2.1"
        ),
        ZoneCase(
            name: "c.example.test",
            type: .txt,
            outcome: .noData,
            authority: [negative],
            source: "RFC 4592 §2.2.2, RFC 8020 §2: empty non-terminal"
        ),
        ZoneCase(
            name: "b.c.example.test",
            type: .any,
            outcome: .noData,
            authority: [negative],
            source: "RFC 4592 §2.2.2: empty non-terminal, ANY"
        ),
        ZoneCase(
            name: "example.test",
            type: .soa,
            outcome: .records,
            answer: [negative.replacing(" 300 IN", with: " 7200 IN")],
            source: "RFC 1035 §3.3.13"
        ),
        ZoneCase(
            name: "example.test",
            type: .ns,
            outcome: .records,
            answer: [
                "example.test. 3600 IN NS ns1.example.test.",
                "example.test. 3600 IN NS ns.elsewhere.test.",
            ],
            additional: ["ns1.example.test. 3600 IN A 192.0.2.1"],
            source: "RFC 1035 §3.3.11"
        ),
        ZoneCase(
            name: "example.test",
            type: .mx,
            outcome: .records,
            answer: [
                "example.test. 3600 IN MX 10 mail.example.test.",
                "example.test. 3600 IN MX 20 mx.elsewhere.test.",
                "example.test. 3600 IN MX 30 MAIL.example.test.",
            ],
            additional: [
                "mail.example.test. 3600 IN A 192.0.2.25",
                "mail.example.test. 3600 IN AAAA 2001:db8::25",
            ],
            source: "RFC 1035 §3.3.9: addresses once"
        ),
        ZoneCase(
            name: "_x._tcp.example.test",
            type: .srv,
            outcome: .records,
            answer: [
                "_x._tcp.example.test. 3600 IN SRV 1 2 80 www.example.test.",
                "_x._tcp.example.test. 3600 IN SRV 1 2 81 host.sub.example.test.",
            ],
            additional: [
                "www.example.test. 300 IN A 192.0.2.10", "www.example.test. 300 IN A 192.0.2.11",
            ],
            source: "RFC 2782; nothing from below a cut"
        ),
        ZoneCase(
            name: "www.example.test",
            type: .any,
            outcome: .records,
            answer: [
                "www.example.test. 300 IN A 192.0.2.10", "www.example.test. 300 IN A 192.0.2.11",
                "www.example.test. 3600 IN TXT \"hello\"",
            ],
            source: "RFC 1035 §3.2.3"
        ),
        ZoneCase(
            name: "www.elsewhere.test",
            type: .a,
            outcome: .records,
            continuation: "www.elsewhere.test.",
            source: "not in the zone"
        ),
    ]

    static let aliases: [ZoneCase] = [
        ZoneCase(
            name: "second.EXAMPLE.test",
            type: .a,
            outcome: .records,
            answer: [
                "second.EXAMPLE.test. 3600 IN CNAME alias.example.test.",
                "alias.example.test. 3600 IN CNAME www.example.test.",
                "www.example.test. 300 IN A 192.0.2.10", "www.example.test. 300 IN A 192.0.2.11",
            ],
            source: "RFC 1034 §3.6.2"
        ),
        ZoneCase(
            name: "alias.example.test",
            type: .cname,
            outcome: .records,
            answer: ["alias.example.test. 3600 IN CNAME www.example.test."],
            source: "RFC 1034 §4.3.2 step 3a: QTYPE CNAME"
        ),
        ZoneCase(
            name: "alias.example.test",
            type: .any,
            outcome: .records,
            answer: ["alias.example.test. 3600 IN CNAME www.example.test."],
            source: "RFC 1034 §4.3.2 step 3a: QTYPE ANY matches CNAME"
        ),
        ZoneCase(
            name: "out.example.test",
            type: .a,
            outcome: .records,
            answer: ["out.example.test. 3600 IN CNAME www.elsewhere.test."],
            continuation: "www.elsewhere.test.",
            source: "RFC 1034 §3.6.2: out of the zone"
        ),
        ZoneCase(
            name: "dangling.example.test",
            type: .a,
            outcome: .nameError,
            answer: ["dangling.example.test. 3600 IN CNAME nowhere.example.test."],
            authority: [negative],
            source: "RFC 6604 §3, RFC 2308 §2.1"
        ),
        ZoneCase(
            name: "noaddr.example.test",
            type: .aaaa,
            outcome: .noData,
            answer: ["noaddr.example.test. 3600 IN CNAME ns1.example.test."],
            authority: [negative],
            source: "RFC 2308 §2.2"
        ),
        ZoneCase(
            name: "one.example.test",
            type: .a,
            outcome: .records,
            answer: [
                "one.example.test. 3600 IN CNAME two.example.test.",
                "two.example.test. 3600 IN CNAME one.example.test.",
            ],
            source: "a loop ends where it closes"
        ),
        ZoneCase(
            name: "self.example.test",
            type: .a,
            outcome: .records,
            answer: ["self.example.test. 3600 IN CNAME self.example.test."],
            source: "a self-pointing name"
        ),
        ZoneCase(
            name: "deep.example.test",
            type: .a,
            outcome: .delegation,
            answer: ["deep.example.test. 3600 IN CNAME host.sub.example.test."],
            authority: referral,
            additional: glue,
            source: "RFC 1035 §4.1.1: AA speaks of the first owner"
        ),
    ]

    static let referral = [
        "sub.example.test. 3600 IN NS ns.sub.example.test.",
        "sub.example.test. 3600 IN NS ns1.example.test.",
        "sub.example.test. 3600 IN NS ns.elsewhere.test.",
    ]
    static let glue = [
        "ns.sub.example.test. 3600 IN A 192.0.2.53",
        "ns.sub.example.test. 3600 IN AAAA 2001:db8::53",
        "ns1.example.test. 3600 IN A 192.0.2.1",
    ]

    static let delegations: [ZoneCase] = [
        ZoneCase(
            name: "host.sub.example.test",
            type: .a,
            outcome: .delegation,
            isAuthoritative: false,
            authority: referral,
            additional: glue,
            source: "RFC 1034 §4.3.2 step 3b, RFC 9471 §3"
        ),
        ZoneCase(
            name: "a.b.SUB.example.test",
            type: .any,
            outcome: .delegation,
            isAuthoritative: false,
            authority: referral.map {
                $0.replacing("sub.example.test. 3600", with: "SUB.example.test. 3600")
            },
            additional: glue,
            source: "RFC 1034 §4.3.2 step 3b"
        ),
        ZoneCase(
            name: "sub.example.test",
            type: .ns,
            outcome: .delegation,
            isAuthoritative: false,
            authority: referral,
            additional: glue,
            source: "RFC 1034 §4.2.1: the cut is the child's"
        ),
        ZoneCase(
            name: "ns.sub.example.test",
            type: .a,
            outcome: .delegation,
            isAuthoritative: false,
            authority: referral,
            additional: glue,
            source: "RFC 2181 §5.4.1: glue is no answer"
        ),
        ZoneCase(
            name: "sub.example.test",
            type: .ds,
            outcome: .records,
            answer: ["sub.example.test. 3600 IN DS 1 8 2 aabb"],
            source: "RFC 4035 §3.1.4.1: DS is the parent's"
        ),
        ZoneCase(
            name: "plain.example.test",
            type: .ds,
            outcome: .noData,
            authority: [negative],
            source: "RFC 4035 §3.1.4.1: no DS, from the parent"
        ),
        ZoneCase(
            name: "x.sub.example.test",
            type: .ds,
            outcome: .delegation,
            isAuthoritative: false,
            authority: referral,
            additional: glue,
            source: "RFC 4035 §3.1.4.1: below the cut"
        ),
        ZoneCase(
            name: "plain.example.test",
            type: .a,
            outcome: .delegation,
            isAuthoritative: false,
            authority: ["plain.example.test. 3600 IN NS ns.sub.example.test."],
            additional: Array(glue.prefix(2)),
            source: "RFC 9471 §3.2: sibling glue"
        ),
    ]

    @Test("answers, no data and name errors", arguments: cases)
    func answers(_ item: ZoneCase) throws { try item.check(in: zone("example.test", Self.text)) }

    @Test("follows aliases inside the zone", arguments: aliases)
    func followsAliases(_ item: ZoneCase) throws {
        try item.check(in: zone("example.test", Self.text))
    }

    @Test("refers at zone cuts", arguments: delegations)
    func refers(_ item: ZoneCase) throws { try item.check(in: zone("example.test", Self.text)) }

    @Test("a chain of aliases ends after sixteen")
    func boundsAliases() throws {
        let aliases = (0..<40).map { "a\($0) CNAME a\($0 + 1)" }.joined(separator: "\n")
        let zone = try zone("example.test", Self.text + "\n" + aliases)
        let answer = zone.search(try DomainName(text: "a0.example.test"), .a)
        #expect(answer.answers.count == 16)
        #expect(answer.outcome == .records)
    }

    @Test("the root can be a zone")
    func root() throws {
        let zone = try zone(".", "$TTL 60\n. SOA a. b. 1 2 3 4 5\n. NS a.\na. A 192.0.2.1\n")
        #expect(zone.search(try DomainName(text: "a"), .a).answers.count == 1)
        #expect(zone.search(try DomainName(text: "x.y"), .a).outcome == .nameError)
    }

    @Test("records come back in canonical order, SOA first, glue included")
    func records() throws {
        let first = try zone("example.test", Self.text)
        let again = try Zone.make(apex: first.apex, records: first.records.reversed())
        #expect(first.records.first?.type == .soa)
        #expect(Set(first.records) == Set(again.records))
    }
}
