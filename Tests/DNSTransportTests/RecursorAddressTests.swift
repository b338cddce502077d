// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DNSTransport

@Suite("Recursor addresses")
struct RecursorAddressTests {
    @Test(
        "reads an address with and without port",
        arguments: [
            ("192.0.2.1", "192.0.2.1:53"), ("192.0.2.1:5353", "192.0.2.1:5353"),
            ("2001:db8::1", "[2001:db8::1]:53"), ("[2001:DB8::1]", "[2001:db8::1]:53"),
            ("[2001:db8::1]:8600", "[2001:db8::1]:8600"), ("127.0.0.1:65535", "127.0.0.1:65535"),
        ]
    )
    func reads(text: String, expected: String) throws {
        #expect(try RecursorAddress(text: text).description == expected)
    }

    @Test(
        "refuses what is no address",
        arguments: [
            "", "dns.example.net", "192.0.2", "192.0.2.1.", "192.0.02.1", "[192.0.2.1]",
            "[2001:db8::1", "[2001:db8::1]53", "[2001:db8::1]x:53", "fe80::1%eth0", "/run/dns.sock",
            "unix:///run/dns.sock",
        ]
    )
    func refuses(text: String) {
        #expect(throws: RecursorAddressError.notAnAddress(text)) {
            try RecursorAddress(text: text)
        }
    }

    @Test(
        "refuses ports that are none",
        arguments: ["192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:+53", "[::1]:dns"]
    )
    func ports(text: String) {
        #expect(throws: RecursorAddressError.invalidPort(text)) { try RecursorAddress(text: text) }
    }

    @Test(
        "refuses the wildcards (spec/dns.md 5.3)",
        arguments: ["0.0.0.0", "0.0.0.0:53", "::", "[::]:53"]
    )
    func wildcards(text: String) {
        #expect(throws: RecursorAddressError.self) { try RecursorAddress(text: text) }
    }

    @Test("resolv.conf: nameserver lines in order, once each, everything else passed over")
    func resolvers() {
        let text = """
            # a comment
            ; another
            search example.net
            nameserver 192.0.2.1
            nameserver\t2001:db8::1   # behind it
              nameserver 192.0.2.2
            nameserver 192.0.2.1
            nameserver fe80::1%eth0
            nameserver 0.0.0.0
            nameserver
            nameserver300 192.0.2.9
            options edns0
            """
        #expect(
            SystemResolvers.parse(text).map(\.description)
                == ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53"]
        )
        #expect(SystemResolvers.parse("").isEmpty)
    }
}
