// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Testing

@testable import ZoneFiles

/// The records of a text as libldns prints them, fields separated by one blank.
func records(_ text: String, origin: String? = "example.test") throws -> [String] {
    let origin = try origin.map { try DomainName(text: $0) }
    return try ZoneFileParser.records(in: Array(text.utf8), defaultOrigin: origin).map {
        ZonePrinter.print($0.record).split(separator: "\t").joined(separator: " ")
    }
}

@Suite("Master files (RFC 1035 §5.1)")
struct ZoneFileParserTests {
    static let cases: [(String, [String])] = [
        // Owners: relative, absolute, repeated, the origin; TTL and class in either order.
        ("a 60 IN A 192.0.2.1", ["a.example.test. 60 IN A 192.0.2.1"]),
        ("a IN 60 A 192.0.2.1", ["a.example.test. 60 IN A 192.0.2.1"]),
        ("a 60 A 192.0.2.1", ["a.example.test. 60 IN A 192.0.2.1"]),
        ("a. 60 CLASS1 A 192.0.2.1", ["a. 60 IN A 192.0.2.1"]),
        ("@ 60 in a 192.0.2.1", ["example.test. 60 IN A 192.0.2.1"]),
        (
            "a 60 A 192.0.2.1\n\t A 192.0.2.2\n  \n;\n A 192.0.2.3",
            [
                "a.example.test. 60 IN A 192.0.2.1", "a.example.test. 60 IN A 192.0.2.2",
                "a.example.test. 60 IN A 192.0.2.3",
            ]
        ),
        ("in in 60 A 192.0.2.1", ["in.example.test. 60 IN A 192.0.2.1"]),
        ("60 60 A 192.0.2.1", ["60.example.test. 60 IN A 192.0.2.1"]),
        // $TTL (RFC 2308 §4), the last TTL (RFC 1035 §5.1), units.
        ("$TTL 1h30m\na A 192.0.2.1", ["a.example.test. 5400 IN A 192.0.2.1"]),
        ("$ttl 1W2D3H4M5S\na A 192.0.2.1", ["a.example.test. 788645 IN A 192.0.2.1"]),
        (
            "a 7 A 192.0.2.1\nb A 192.0.2.1",
            ["a.example.test. 7 IN A 192.0.2.1", "b.example.test. 7 IN A 192.0.2.1"]
        ),
        ("a 2147483647 A 192.0.2.1", ["a.example.test. 2147483647 IN A 192.0.2.1"]),
        ("a 0 A 192.0.2.1", ["a.example.test. 0 IN A 192.0.2.1"]),
        // $ORIGIN: absolute, relative, the root.
        ("$ORIGIN b\na 1 NS c", ["a.b.example.test. 1 IN NS c.b.example.test."]),
        ("$ORIGIN .\na 1 NS @", ["a. 1 IN NS ."]),
        ("$ORIGIN x.\n@ 1 MX 5 @", ["x. 1 IN MX 5 x."]),
        // Parentheses, comments, CRLF, no final newline, a byte order mark.
        ("a 1 ( MX ; c ( \" \n 5\n\tb ) ; done", ["a.example.test. 1 IN MX 5 b.example.test."]),
        ("a 1 MX((5)(b))", ["a.example.test. 1 IN MX 5 b.example.test."]),
        (
            "a 1 A 192.0.2.1\r\nb 1 A 192.0.2.2\r\n",
            ["a.example.test. 1 IN A 192.0.2.1", "b.example.test. 1 IN A 192.0.2.2"]
        ),
        ("\u{feff}a 1 A 192.0.2.1", ["a.example.test. 1 IN A 192.0.2.1"]),
        ("(a 1 A 192.0.2.1)", ["a.example.test. 1 IN A 192.0.2.1"]),
        // Escapes in names.
        (#"a\.b 1 NS c\046d"#, [#"a\.b.example.test. 1 IN NS c\.d.example.test."#]),
        (#"\; 1 NS \(x\)"#, [#"\;.example.test. 1 IN NS \(x\).example.test."#]),
        (#"a\\ 1 NS \\."#, [#"a\\.example.test. 1 IN NS \\."#]),
        (#"a\032b 1 NS \000\255."#, [#"a\032b.example.test. 1 IN NS \000\255."#]),
        (#"\@ 1 A 192.0.2.1"#, [#"\@.example.test. 1 IN A 192.0.2.1"#]),
        (#"\$a 1 A 192.0.2.1"#, [#"\$a.example.test. 1 IN A 192.0.2.1"#]),
        // Strings.
        (#"a 1 TXT b "c d" "" "e;f(g""#, [#"a.example.test. 1 IN TXT "b" "c d" "" "e;f(g""#]),
        (#"a 1 TXT "\"\\\010\255" x\ y"#, [#"a.example.test. 1 IN TXT "\"\\\010\255" "x y""#]),
        (#"a 1 TXT "a""b""#, [#"a.example.test. 1 IN TXT "a" "b""#]),
        ("a 1 TXT \"\u{e9}\ttab\"", [#"a.example.test. 1 IN TXT "\195\169 tab""#]),
        ("a 1 TXT @", [#"a.example.test. 1 IN TXT "@""#]),
        // The types that are read as text.
        ("a 1 AAAA 2001:DB8:0::1", ["a.example.test. 1 IN AAAA 2001:db8::1"]),
        ("a 1 CNAME b", ["a.example.test. 1 IN CNAME b.example.test."]),
        ("a 1 PTR b.", ["a.example.test. 1 IN PTR b."]),
        ("a 1 SRV 0 65535 1 .", ["a.example.test. 1 IN SRV 0 65535 1 ."]),
        (
            "a 1 SOA b c 4294967295 1h 2 3 4",
            ["a.example.test. 1 IN SOA b.example.test. c.example.test. 4294967295 3600 2 3 4"]
        ),
        (#"a 1 HINFO PDP-11 "UNIX V7""#, [#"a.example.test. 1 IN HINFO "PDP-11" "UNIX V7""#]),
        (#"a 1 CAA 128 issue "ca; x=y""#, [#"a.example.test. 1 IN CAA 128 issue "ca; x=y""#]),
        ("a 1 DS 60485 5 1 2BB183AF 5F22", ["a.example.test. 1 IN DS 60485 5 1 2bb183af5f22"]),
        ("a 1 DNSKEY 257 3 8 AQID BAU=", ["a.example.test. 1 IN DNSKEY 257 3 8 AQIDBAU="]),
        ("a 1 CDS 0 0 0 00", ["a.example.test. 1 IN CDS 0 0 0 00"]),
        ("a 1 TLSA 3 1 1 aabb", ["a.example.test. 1 IN TLSA 3 1 1 aabb"]),
        ("a 1 SSHFP 4 2 aabb", ["a.example.test. 1 IN SSHFP 4 2 aabb"]),
        (
            #"a 1 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" ."#,
            [#"a.example.test. 1 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" ."#]
        ),
        (
            #"a 1 HTTPS 1 . alpn="h2,h3" port=8443"#,
            ["a.example.test. 1 IN HTTPS 1 . alpn=h2,h3 port=8443"]
        ),
        // Found by fuzzing: libldns prints what would not read back.
        (
            #"a 1 HTTPS 1 . alpn="h2,(3""#,
            ["a.example.test. 1 IN HTTPS \\# 13 00010000010006026832022833"]
        ),
        ("a 1 SVCB 0 b", ["a.example.test. 1 IN SVCB 0 b.example.test."]),
        (#"a 1 URI 10 1 "https://a.b/""#, [#"a.example.test. 1 IN URI 10 1 "https://a.b/""#]),
        ("a 1 RP b c", ["a.example.test. 1 IN RP b.example.test. c.example.test."]),
        (
            "a 1 LOC 52 22 23.000 N 4 53 32.000 E -2.00m",
            ["a.example.test. 1 IN LOC 52 22 23.000 N 04 53 32.000 E -2m 1m 10000m 10m"]
        ),
        ("a 1 OPENPGPKEY AQID", ["a.example.test. 1 IN OPENPGPKEY AQID"]),
        // RFC 3597 §5.
        ("a 1 TYPE65280 \\# 3 aB cdEF", ["a.example.test. 1 IN TYPE65280 \\# 3 abcdef"]),
        ("a 1 TYPE1 \\# 4 C0000201", ["a.example.test. 1 IN A 192.0.2.1"]),
        ("a 1 NS \\# 3 01 61 00", ["a.example.test. 1 IN NS a."]),
        ("a 1 TYPE65280 \\# 0", ["a.example.test. 1 IN TYPE65280 \\# 0"]),
        ("a 1 TYPE42 \\# 4 00010000", ["a.example.test. 1 IN TYPE42 \\# 4 00010000"]),
        ("a 1 TXT \"\\#\" ", ["a.example.test. 1 IN TXT \"#\""]),
        ("", []), ("\n\n ; nothing\n\t\n", []),
    ]

    @Test("reads", arguments: cases)
    func reads(text: String, expected: [String]) throws {
        #expect(try records(text) == expected)
    }

    @Test("the apex is the owner of the SOA record, whatever the file is called")
    func apex() throws {
        let zone = try ZoneFileParser.parse(
            text: "$TTL 1\nOther.Test. SOA a. b. 1 2 3 4 5\nOther.Test. NS a.\n",
            path: "x.zone",
            defaultOrigin: nil
        )
        #expect(zone.apex.description == "Other.Test.")
    }

    @Test("what is printed reads back as the same record")
    func printsAndReads() throws {
        for (text, _) in Self.cases {
            let once = try records(text)
            #expect(try records(once.joined(separator: "\n"), origin: nil) == once)
        }
    }

    @Test("a long text record and a long name keep to their limits")
    func limits() throws {
        let string = String(repeating: "x", count: 255)
        let text =
            "a 1 TXT ( " + Array(repeating: "\"\(string)\"", count: 100).joined(separator: "\n ")
            + " )"
        #expect(try ZoneFileParser.records(in: Array(text.utf8), defaultOrigin: .root).count == 1)
        let label = String(repeating: "l", count: 63)
        let longest = "\(label).\(label).\(label).\(String(repeating: "m", count: 61))."
        #expect(try records("\(longest) 1 NS \(longest)", origin: nil).count == 1)
        let escaped = Array(repeating: #"\001"#, count: 63).joined()
        let name = "\(escaped).\(escaped).\(escaped).\(String(escaped.prefix(244)))."
        #expect(try records("\(name) 1 NS \(name)", origin: nil).count == 1)
    }
}
