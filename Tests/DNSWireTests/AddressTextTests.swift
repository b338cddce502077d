// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("Address text")
struct AddressTextTests {
    @Test(
        "IPv4 text is four plain numbers",
        arguments: [("0.0.0.0", 0), ("192.0.2.1", 0xc000_0201), ("255.255.255.255", .max)]
            as [(String, UInt32)]
    )
    func ipv4(text: String, bits: UInt32) throws {
        let address = try #require(IPv4Address(text: text))
        #expect(address.bits == bits)
        #expect(address.description == text)
        #expect(IPv4Address(octets: address.octets) == address)
    }

    @Test(
        "IPv4 text that Go refuses is refused",
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.00",
            " 1.2.3.4", "1.2.3.4 ", "1..3.4", "1.2.3.", ".1.2.3", "+1.2.3.4", "-1.2.3.4",
            "1.2.3.4000", "0x1.2.3.4", "1.2.3.４", "::1",
        ]
    )
    func malformedIPv4(text: String) { #expect(IPv4Address(text: text) == nil) }

    @Test(
        "IPv6 text prints in the canonical form of RFC 5952",
        arguments: [
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"),
            ("2001:DB8::77", "2001:db8::77"), ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("fe80::A", "fe80::a"),
            ("1:0:0:2:0:0:0:0", "1:0:0:2::"), ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("::FFFF:0102:0304", "::ffff:1.2.3.4"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::1.2.3.4", "::102:304"),
            ("1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304"),
        ]
    )
    func ipv6(text: String, canonical: String) throws {
        let address = try #require(IPv6Address(text: text))
        #expect(address.description == canonical)
        #expect(IPv6Address(text: canonical) == address)
        #expect(IPv6Address(octets: address.octets) == address)
    }

    @Test(
        "IPv6 text that Go refuses is refused",
        arguments: [
            "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", ":1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:", "1::2::3", "::1::", "12345::", "g::", "::1%eth0", "[::1]", "::1/128",
            "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1.2.3.4::", "::1.2.3", "::01.2.3.4",
            "::1.2.3.4:5", "1:2:3:4::5:6:7:8", "::1:2:3:4:5:6:7:8", "1.2.3.4", " ::1",
        ]
    )
    func malformedIPv6(text: String) { #expect(IPv6Address(text: text) == nil) }

    @Test("an IPv4-mapped address counts as IPv4, as Go's net.ParseIP has it")
    func mapped() throws {
        let four = IPv4Address(10, 0, 0, 1)
        #expect(IPAddress(text: "::ffff:10.0.0.1") == .v4(four))
        #expect(IPAddress(text: "10.0.0.1")?.description == "10.0.0.1")
        #expect(IPAddress(octets: IPv6Address(mapped: four).octets) == .v4(four))
        #expect(IPv6Address(text: "::fffe:10.0.0.1")?.ipv4Mapped == nil)
        #expect(IPAddress(text: "2001:db8::1")?.recordData.type == .aaaa)
        #expect(IPAddress(text: "web.example") == nil)
        #expect(IPAddress(octets: [1, 2, 3]) == nil)
    }
}
