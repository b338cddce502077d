// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("Domain names")
struct DomainNameTests {
    @Test("print with a final dot and are read with or without it")
    func finalDot() throws {
        #expect(try name("web.service.consul").description == "web.service.consul.")
        #expect(try name("web.service.consul.") == name("web.service.consul"))
        #expect(try name(".") == .root)
        #expect(DomainName.root.description == ".")
        #expect(DomainName.root.labelCount == 0)
    }

    @Test(
        "escape what would be read as something else (RFC 1035 §5.1)",
        arguments: [
            ("a\\.b.c.", [3, 0x61, 0x2e, 0x62, 1, 0x63, 0] as [UInt8]),
            ("a\\032b.", [3, 0x61, 0x20, 0x62, 0]),
            ("\\\\\\\"\\@.", [3, 0x5c, 0x22, 0x40, 0]),
            ("\\000\\255.", [2, 0, 255, 0]),
        ]
    )
    func escapes(text: String, wire: [UInt8]) throws {
        #expect(try name(text).wire == wire)
        #expect(try DomainName(wire: wire).description == text)
    }

    @Test(
        "refuse malformed text",
        arguments: [
            ("", NameTextError.empty), ("a..b", .emptyLabel), (".a", .emptyLabel),
            ("..", .emptyLabel), ("a\\", .malformedEscape(offset: 1)),
            ("a\\25", .malformedEscape(offset: 1)), ("a\\256", .malformedEscape(offset: 1)),
            ("a\\1x2", .malformedEscape(offset: 1)),
        ]
    )
    func malformedText(text: String, error: NameTextError) {
        #expect(throws: error) { try name(text) }
    }

    @Test("hold labels of 63 octets and no more (RFC 1035 §2.3.4)")
    func labelLimit() throws {
        let label = String(repeating: "a", count: 63)
        #expect(try name(label).wire.count == 65)
        #expect(throws: NameTextError.labelTooLong) { try name(label + "a") }
        #expect(throws: NameTextError.labelTooLong) {
            try DomainName(labels: [[UInt8](repeating: 0x61, count: 64)])
        }
        #expect(throws: NameTextError.emptyLabel) { try DomainName(labels: [[0x61], []]) }
    }

    @Test("hold 255 octets and no more (RFC 1035 §2.3.4)")
    func nameLimit() throws {
        let three = Array(repeating: String(repeating: "a", count: 63), count: 3)
        let longest = (three + [String(repeating: "b", count: 61)]).joined(separator: ".")
        #expect(try name(longest).wire.count == 255)
        #expect(try name(longest + ".").wire.count == 255)
        #expect(throws: NameTextError.nameTooLong) { try name(longest + "b") }
        #expect(throws: NameTextError.nameTooLong) { try name(longest).prepending(label: [0x61]) }
        let deepest = try name(Array(repeating: "a", count: 127).joined(separator: "."))
        #expect(deepest.labelCount == 127)
        #expect(throws: NameTextError.nameTooLong) {
            try name(Array(repeating: "a", count: 128).joined(separator: "."))
        }
    }

    @Test(
        "come from octets only if they are one whole name",
        arguments: [
            ([], .truncated), ([1], .truncated), ([1, 0x61], .truncated),
            ([0, 0], .trailingOctets), ([0xc0, 0], .unsupportedLabelType),
            ([0x40, 0], .unsupportedLabelType),
        ] as [([UInt8], MessageDecodingError.Kind)]
    )
    func malformedWire(wire: [UInt8], kind: MessageDecodingError.Kind) {
        let error = #expect(throws: MessageDecodingError.self) { try DomainName(wire: wire) }
        #expect(error?.kind == kind)
    }

    @Test("come from 255 octets, not from 256")
    func wireLimit() throws {
        let label = [63] + [UInt8](repeating: 0x61, count: 63)
        let longest = label + label + label + [61] + [UInt8](repeating: 0x61, count: 61) + [0]
        #expect(try DomainName(wire: longest).wire == longest)
        let long = label + label + label + [62] + [UInt8](repeating: 0x61, count: 62) + [0]
        let error = #expect(throws: MessageDecodingError.self) { try DomainName(wire: long) }
        #expect(error?.kind == .nameTooLong)
    }

    @Test("keep their case and are equal only in the same case; folded they are equal")
    func folding() throws {
        let upper = try name("WEB.Service.consul")
        let lower = try name("web.service.consul")
        #expect(upper.description == "WEB.Service.consul.")
        #expect(upper != lower)
        #expect(upper.folded == lower.folded)
        #expect(upper.folded.name == lower)
        // RFC 4343 §3: only ASCII letters fold.
        #expect(try name("\\192[`{").folded != name("\\224{`[").folded)
        #expect(try name("@[").folded.wire == name("@[").wire)
    }

    @Test("are subdomains without regard to case, on label boundaries only")
    func subdomains() throws {
        let zone = try name("consul")
        #expect(try name("web.service.CONSUL").isSubdomain(of: zone))
        #expect(zone.isSubdomain(of: zone))
        #expect(zone.isSubdomain(of: .root))
        #expect(try !name("notconsul").isSubdomain(of: zone))
        #expect(try !name("consul.example").isSubdomain(of: zone))
        #expect(try !zone.isSubdomain(of: name("a.consul")))
        // The octets of one label may look like the labels of another name.
        #expect(try !name("x\\006consul").isSubdomain(of: zone))
    }

    @Test("drop a suffix and leave the labels before it")
    func dropping() throws {
        let labels = try #require(name("Web.Service.Consul").dropping(suffix: name("consul")))
        #expect(labels.map(Array.init) == [Array("Web".utf8), Array("Service".utf8)])
        #expect(try name("consul").dropping(suffix: name("CONSUL")) == [])
        #expect(try name("example").dropping(suffix: name("consul")) == nil)
        #expect(try name("a.b").dropping(suffix: .root)?.count == 2)
    }

    @Test("have parents up to the root")
    func parents() throws {
        #expect(try name("a.b").parent == name("b"))
        #expect(try name("b").parent == .root)
        #expect(DomainName.root.parent == nil)
        #expect(try name("A.b").folded.parent == name("b").folded)
    }

    @Test("are made of labels and come apart into them")
    func labels() throws {
        let web = try name("web.consul")
        #expect(try DomainName(labels: web.labels) == web)
        #expect(try DomainName(labels: [[UInt8]]()) == .root)
        #expect(try name("consul").prepending(labels: [[0x61], [0x62]]) == name("a.b.consul"))
    }

    @Test("sort canonically (the list of RFC 4034 §6.1)")
    func canonicalOrder() throws {
        let sorted = [
            "example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE",
            "z.example", "\\001.z.example", "*.z.example", "\\200.z.example",
        ]
        let names = try sorted.map { try name($0).folded }
        #expect(names.reversed().sorted() == names)
        #expect(!(names[0] < names[0]))
        #expect(CanonicalName.root < names[0])
    }
}
