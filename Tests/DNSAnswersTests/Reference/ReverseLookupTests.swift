// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// PTR from the catalog: spec/dns.md 2.8.
@Suite("Reverse look-ups")
struct ReverseLookupTests {
    private func pointer(_ name: String, _ entries: [Registration]) throws -> String? {
        var snapshot = try #require(try CaseConfiguration.snapshot("C0"))
        snapshot.store = CatalogueK.make(ownNode: "agent1", entries: entries)
        let reply = try ConformanceRunner.reference(try CaseQuery("\(name) PTR"), snapshot, seed: 1)
        guard case .reply(let octets) = reply else { return nil }
        let message = try Message(decoding: octets)
        guard case .ptr(let target)? = message.answers.first?.data else { return nil }
        #expect(message.answers.count == 1)
        return target.description
    }

    private static let six =
        "6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"

    @Test(
        "a node is found by its address, whatever its spelling",
        arguments: [
            ("2001:DB8::6", six), ("2001:0db8:0:0:0:0:0:0006", six),
            ("::ffff:10.0.0.77", "77.0.0.10.in-addr.arpa"),
        ]
    )
    func spellings(_ address: String, _ name: String) throws {
        let entries = [CatalogueK.entry("x", address)]
        #expect(try pointer(name, entries) == "x.node.dc1.consul.")
        #expect(try pointer(name.uppercased(), entries) == "x.node.dc1.consul.")
    }

    @Test("D14: an instance is found by its address, whatever its spelling")
    func instances() throws {
        func entries(_ address: String) -> [Registration] {
            [CatalogueK.entry("x", "10.9.0.1", CatalogueK.service("Svc", 1, address: address))]
        }
        #expect(try pointer(Self.six, entries("2001:db8::6")) == "Svc.service.dc1.consul.")
        for address in ["2001:DB8::6", "2001:0db8:0:0:0:0:0:0006", "2001:db8:0::6"] {
            #expect(try pointer(Self.six, entries(address)) == "Svc.service.dc1.consul.")
        }
        let mapped = entries("::ffff:10.0.0.77")
        #expect(try pointer("77.0.0.10.in-addr.arpa", mapped) == "Svc.service.dc1.consul.")
        #expect(try pointer(Self.six, entries("2001:DB8::6%eth0")) == nil)
    }

    @Test("a node comes before an instance, nodes by name without regard to case")
    func order() throws {
        let entries = [
            CatalogueK.entry("a", "10.9.0.1", CatalogueK.service("s", 1, address: "10.9.0.9")),
            CatalogueK.entry("Z", "10.9.0.9"), CatalogueK.entry("Y", "10.9.0.9"),
            CatalogueK.entry("b", "10.9.0.9"),
        ]
        #expect(try pointer("9.0.9.10.in-addr.arpa", entries) == "b.node.dc1.consul.")
        #expect(try pointer("9.0.9.10.in-addr.arpa", [entries[0]]) == "s.service.dc1.consul.")
    }

    @Test(
        "canonical texts",
        arguments: [
            ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::", "::"), ("0:0:0:0:0:0:0:1", "::1"),
            ("1::", "1::"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("::FFFF:1.2.3.4", "1.2.3.4"),
            ("64:ff9b::1.2.3.4", "64:ff9b::102:304"), ("db.example", "db.example"), ("", ""),
            ("10.0.0.1", "10.0.0.1"), ("1:2:3:4:5:6::", "1:2:3:4:5:6::"),
        ]
    )
    func canonical(_ text: String, _ expected: String) {
        #expect(IPAddressText.canonical(text) == expected)
        // Both printers of canonical text agree.
        if let address = IPAddress(text: text) { #expect(address.description == expected) }
    }
}
