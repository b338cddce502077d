// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Testing

@testable import ZoneFiles

@Suite("Errors in zone files")
struct ZoneFileErrorTests {
    static let head = "$TTL 60\n@ SOA ns.other. host.other. 1 2 3 4 5\n@ NS ns.other.\n"

    static func fault(_ text: [UInt8], origin: String? = "example.test") -> ZoneFileError? {
        do throws(ZoneFileError) {
            let name = origin.flatMap { try? DomainName(text: $0) }
            _ = try ZoneFileParser.parse(bytes: text, path: "zones/x.zone", defaultOrigin: name)
            return nil
        } catch {
            return error
        }
    }

    /// Text after the head of three lines, the line of the fault, its code and words of its message.
    static let cases: [(String, Int, ZoneFileError.Code, String)] = [
        // Directives.
        ("$INCLUDE other.zone", 4, .directive, "Copy the other file's records here"),
        ("$include other.zone", 4, .directive, "Copy the other file's records here"),
        ("$GENERATE 1-9 a$ A 192.0.2.$", 4, .directive, "Write the records out"),
        ("$DATE", 4, .directive, "is no directive"),
        ("$ORIGIN", 4, .directive, "needs one name"),
        ("$ORIGIN a b", 4, .directive, "needs one name"),
        ("$TTL", 4, .directive, "needs one time"),
        ("$TTL soon", 4, .timeToLive, "Write seconds"),
        ("$ORIGIN a..b", 4, .name, "no domain name"),
        // Text: what libldns would ignore or misread.
        ("a A (192.0.2.1\n\n", 4, .syntax, "Add ')'"),
        ("\na A 192.0.2.1 )", 5, .syntax, "')' without a '('"),
        (String(repeating: "(", count: 17), 4, .syntax, "Too many '('"),
        ("a TXT \"open\nb TXT \"c\"", 4, .syntax, "not closed on its line"),
        ("a TXT \"open", 4, .syntax, "not closed on its line"),
        ("a TXT x\\", 4, .syntax, "at the end of the line"),
        ("a TXT x\\\nb", 4, .syntax, "at the end of the line"),
        ("a TXT \\256", 4, .syntax, "three digits"),
        ("a TXT \\99", 4, .syntax, "three digits"),
        ("a TXT \"\\1\"", 4, .syntax, "three digits"),
        ("a TXT \0", 4, .syntax, "Control character 0"),
        ("a TXT \"\0\"", 4, .syntax, "Control character 0"),
        ("; \0", 4, .syntax, "Control character 0"),
        ("a TXT x\u{1b}", 4, .syntax, "write it as \\027"),
        ("a A 192.0.2.1\rb A 192.0.2.1", 4, .syntax, "Control character 13"),
        ("a TXT b\"c\"", 4, .syntax, "inside a word"),
        // Owners.
        ("a..b A 192.0.2.1", 4, .name, "no domain name"),
        (".a A 192.0.2.1", 4, .name, "no domain name"),
        ("\"a\" A 192.0.2.1", 4, .name, "in quotes"),
        ("b\u{fc}cher A 192.0.2.1", 4, .name, "xn--"),
        (String(repeating: "a", count: 64) + " A 192.0.2.1", 4, .name, "1 to 63"),
        (String(repeating: "a.", count: 122) + "b A 192.0.2.1", 4, .name, "255 in all"),
        // TTL, class, type.
        ("a 2147483648 A 192.0.2.1", 4, .timeToLive, "Write seconds"),
        ("a 99999999999999999999 A 192.0.2.1", 4, .timeToLive, "Write seconds"),
        ("a 1x A 192.0.2.1", 4, .timeToLive, "Write seconds"),
        ("a 4000w A 192.0.2.1", 4, .timeToLive, "Write seconds"),
        ("a 60 60 A 192.0.2.1", 4, .type, "60 is no record type"),
        ("a CH A 192.0.2.1", 4, .recordClass, "Write IN"),
        ("a CLASS3 TXT x", 4, .recordClass, "Write IN"),
        ("a", 4, .syntax, "no type"),
        ("a 60 IN", 4, .syntax, "no type"),
        ("a \"A\" 192.0.2.1", 4, .syntax, "where the type belongs"),
        ("a 60 IN BOGUS x", 4, .type, "is no record type"),
        ("a TYPE65536 \\# 0", 4, .type, "is no record type"),
        ("a TYPE x", 4, .type, "is no record type"),
        ("a WKS 192.0.2.1 6 25", 4, .type, "is no record type"),
        ("a TYPE11 192.0.2.1 6 25", 4, .type, "generic form"),
        ("a NSEC b A", 4, .type, "generic form"),
        // Data.
        (
            "a SRV 0 0 80", 4, .data,
            "SRV needs 4 fields, found 3. Write: SRV priority weight port target"
        ),
        ("a A", 4, .data, "A needs 1 field, found 0"),
        ("a A 192.0.2.1 x", 4, .data, "found 2"),
        ("a A 192.0.2", 4, .data, "Write one as 192.0.2.1"),
        ("a A 192.0.2.256", 4, .data, "no address"),
        ("a A \"192.0.2.1\"", 4, .data, "no address"),
        ("a AAAA 1::2::3", 4, .data, "Write one as 2001:db8::1"),
        ("a AAAA fe80::1%eth0", 4, .data, "no address"),
        ("a MX 65536 b", 4, .data, "0 to 65535"),
        ("a MX -1 b", 4, .data, "0 to 65535"),
        ("a MX +1 b", 4, .data, "0 to 65535"),
        ("a MX 1", 4, .data, "MX needs 2 fields"),
        ("a NS a..b", 4, .name, "no domain name"),
        ("a NS \\@", 4, .name, "begins with the label"),
        ("a NS \\@.b.", 4, .name, "begins with the label"),
        ("a TXT", 4, .data, "at least 1 field"),
        (
            "a TXT " + String(repeating: "x", count: 256), 4, .data,
            "Split it into strings of at most 255"
        ),
        ("a CAA 256 issue x", 4, .data, "0 to 255"),
        ("a CAA 0 is-sue x", 4, .data, "no tag"),
        ("a DS 1 8 2 abc", 4, .data, "not hexadecimal"),
        ("a DS 1 8 2 xy", 4, .data, "not hexadecimal"),
        ("a DNSKEY 257 3 8 A", 4, .data, "not base64"),
        ("a DNSKEY 257 3 8 A===", 4, .data, "not base64"),
        ("a SOA b c 1 2 3 4", 4, .data, "SOA needs 7 fields"),
        ("a SOA b c 1 2 3 4 4294967296", 4, .timeToLive, "no minimum"),
        ("a LOC bogus", 4, .data, "LOC cannot be read"),
        ("a HTTPS 1 . port=x", 4, .data, "HTTPS cannot be read"),
        ("a HTTPS 1 . alpn", 4, .data, "parameter alpn"),
        ("a HTTPS 1 . port", 4, .data, "parameter port"),
        ("a HTTPS 0 . port=1", 4, .data, "priority 0"),
        ("a SVCB \\# 9 0001 00 ff35 0001 00 00", 4, .data, "are no SVCB data"),
        // RFC 3597.
        ("a TYPE65280 \\#", 4, .data, "needs the length"),
        ("a TYPE65280 \\# 65536 00", 4, .data, "needs the length"),
        ("a TYPE65280 \\# 2 00", 4, .data, "Write 4 digits"),
        ("a TYPE65280 \\# 1 0000", 4, .data, "Write 2 digits"),
        ("a TYPE65280 \\# 1 0g", 4, .data, "not hexadecimal"),
        ("a TYPE65280 \\# 40000 00", 4, .data, "announces 40000"),
        ("a A \\# 3 000000", 4, .data, "are no A data"),
        ("a A \\# 0", 4, .zone, "do not fit A"),
        ("a NS \\# 2 c000", 4, .data, "are no NS data"),
        ("a NS \\# 4 01610001", 4, .data, "are no NS data"),
        ("a TXT \\# 2 0261", 4, .data, "are no TXT data"),
        // The zone as a whole.
        ("a A 192.0.2.1\nother. A 192.0.2.1", 5, .zone, "is not in the zone"),
        ("a A 192.0.2.1\n\na CNAME b", 6, .zone, "Keep only one kind"),
        ("a CNAME b\na CNAME c", 5, .zone, "more than one CNAME"),
        ("@ SOA ns.other. host.other. 2 2 3 4 5", 4, .zone, "second SOA"),
        ("a SOA ns.other. host.other. 2 2 3 4 5", 4, .zone, "file of its own"),
        ("s NS ns.other.\nx.s TXT y", 5, .zone, "below the delegation of s.example.test."),
        ("s NS n.s", 4, .zone, "Write an A or AAAA record"),
        ("* NS ns.other.", 4, .zone, "wildcard"),
        ("a DS 1 8 2 aa", 4, .zone, "Write the delegation"),
        ("a TYPE39 \\# 1 00", 4, .zone, "not supported"),
        ("a TYPE46 \\# 1 00", 4, .zone, "not supported"),
        ("a TYPE255 \\# 1 00", 4, .zone, "not of zones"),
        ("a OPT \\# 0", 4, .zone, "not of zones"),
    ]

    @Test("names file, line and cure", arguments: cases)
    func names(text: String, line: Int, code: ZoneFileError.Code, words: String) throws {
        let error = try #require(Self.fault(Array((Self.head + text).utf8)))
        #expect(error.location == .init(path: "zones/x.zone", line: line))
        #expect(error.code == code)
        #expect(error.message.contains(words), "\(error)")
        #expect(error.description.hasPrefix("zones/x.zone:\(line): "))
    }

    @Test("a line of blanks first has no owner to repeat")
    func noOwner() throws {
        let error = try #require(Self.fault(Array(" 60 A 192.0.2.1".utf8)))
        #expect(error.location.line == 1)
        #expect(error.code == .name)
    }

    @Test("no TTL anywhere, no origin, no SOA, no NS")
    func missing() throws {
        let ttl = try #require(Self.fault(Array("@ SOA a. b. 1 2 3 4 5".utf8)))
        #expect(ttl.code == .timeToLive && ttl.message.contains("$TTL 3600"))
        let origin = try #require(Self.fault(Array("a 1 A 192.0.2.1".utf8), origin: nil))
        #expect(origin.code == .name && origin.message.contains("$ORIGIN"))
        let start = try #require(Self.fault(Array("a 1 A 192.0.2.1".utf8)))
        #expect(start.code == .zone && start.location.line == nil)
        let server = try #require(Self.fault(Array("@ 1 SOA a. b. 1 2 3 4 5".utf8)))
        #expect(server.code == .zone && server.location.line == 1)
    }

    @Test("huge entries and words are refused before libldns sees them")
    func huge() throws {
        let word = Self.head + "a TXT " + String(repeating: "x", count: 40_000)
        #expect(Self.fault(Array(word.utf8))?.code == .tooLarge)
        let string = Self.head + "a TXT \"" + String(repeating: "x", count: 40_000) + "\""
        #expect(Self.fault(Array(string.utf8))?.code == .tooLarge)
        let lines = Self.head + "a TXT (\n" + String(repeating: "x\n", count: 40_000) + ")"
        #expect(Self.fault(Array(lines.utf8))?.code == .tooLarge)
        let octets =
            Self.head + "a TXT ("
            + String(repeating: " \"\\255\(String(repeating: "\u{e9}", count: 120))\"", count: 120)
            + ")"
        #expect(Self.fault(Array(octets.utf8))?.code == .tooLarge)
        let generic = Self.head + "a TYPE65280 \\# 15000 " + String(repeating: "00 ", count: 15_000)
        #expect(Self.fault(Array(generic.utf8)) == nil)
    }
}
