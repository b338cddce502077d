// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// Rules that make single records: spec/dns.md 2.3, 2.5, 2.6.
@Suite("Parts of answers")
struct AnswerPartsTests {
    @Test(
        "metadata as text, RFC 1464",
        arguments: [
            ("k1", "v1", "k1=v1"), ("k", "", "k="), ("tick", "a`b = c", "tick=a``b = c"),
            ("a=b", "c=d", "a`=b=c=d"), ("a`b", "", "a``b="), ("  a b ", "x", "` ` a b` =x"),
            ("rfc1035-x", "raw `=", "raw `="), ("RFC1035-Up", "UP", "UP"),
            ("rfc1035", "v", "rfc1035=v"), ("rfc1035-", "", ""), ("  ", "v", "` ` =v"),
        ]
    )
    func metadata(_ key: String, _ value: String, _ text: String) {
        #expect(String(decoding: MetadataText.text(key: key, value: value), as: UTF8.self) == text)
    }

    @Test("metadata is sorted by key")
    func metadataOrder() {
        let node = NodeRow(name: "n", address: "", meta: ["b": "2", "a": "1", "B": "3"])
        let texts = MetadataText.records(of: node, owner: .root, ttl: 7).map(\.data)
        #expect(texts == ["B=3", "a=1", "b=2"].map { .txt([Array($0.utf8)]) })
    }

    /// Tagged addresses, question type, WAN, picked.
    private static let choices: [([String: String], RecordType, Bool, String)] = [
        ([:], .a, false, "plain"),
        (["lan_ipv4": "l4", "lan_ipv6": "l6"], .a, false, "l4"),
        (["lan_ipv4": "l4", "lan_ipv6": "l6"], .aaaa, false, "l6"),
        (["lan_ipv4": "l4", "lan_ipv6": "l6"], .any, false, "l6"),
        (["lan_ipv4": "l4", "lan_ipv6": "l6"], .srv, false, "l6"),
        (["lan_ipv4": "l4"], .aaaa, false, "plain"),
        (["lan_ipv6": "l6"], .a, false, "plain"),
        (["lan_ipv4": "l4"], .txt, false, "l4"),
        (["lan": "l", "wan": "w"], .a, false, "plain"),
        (["wan": "w"], .a, true, "w"),
        // A plain `wan` loses to an address of the family (pinned by DNS-314).
        (["wan": "w", "lan_ipv4": "l4"], .a, true, "l4"),
        (["wan": "w", "lan_ipv4": "l4", "wan_ipv4": "w4"], .a, true, "w4"),
        (["wan": "w", "wan_ipv6": "w6"], .a, true, "w"),
        (["wan": "w", "wan_ipv6": "w6"], .any, true, "w6"),
    ]

    @Test("which address answers", arguments: choices)
    func choice(_ tagged: [String: String], type: RecordType, wan: Bool, expected: String) {
        let choice = AddressChoice(type: type, wan: wan)
        let node = NodeRow(name: "n", address: "plain", taggedAddresses: tagged)
        #expect(choice.address(of: node) == expected)
        var service = ServiceRow(node: "n", id: "s", name: "s", address: "plain")
        service.taggedAddresses = tagged.mapValues { ServiceAddress(address: $0, port: 9) }
        #expect(choice.address(of: service) == expected)
    }

    @Test("which port answers")
    func port() {
        var service = ServiceRow(node: "n", id: "s", name: "s", port: 65_538)
        service.taggedAddresses = [
            "wan": ServiceAddress(address: "w", port: 0),
            "wan_ipv4": ServiceAddress(address: "w4", port: 7),
        ]
        #expect(AddressChoice(type: .srv, wan: false).port(of: service) == 2)
        #expect(AddressChoice(type: .srv, wan: true).port(of: service) == 2)
        service.taggedAddresses["wan"]?.port = 9
        #expect(AddressChoice(type: .srv, wan: true).port(of: service) == 9)
        #expect(AddressChoice(type: .srv, wan: false).port(of: service) == 2)
    }

    @Test(
        "texts that are no addresses count as host names",
        arguments: [
            "10.0.0.1:80", "fe80::1%eth0", "10.0.0.01", " 10.0.0.1", "[::1]", "db.example",
        ]
    )
    func hostNames(_ text: String) throws {
        let service = CatalogueK.service("s", 1, address: text)
        let store = CatalogueK.make(
            ownNode: "agent1",
            entries: [CatalogueK.entry("n", "10.0.0.1", service)]
        )
        let instance = try #require(store.instances(ofService: "s").value.first)
        let place = InstanceAddress(
            of: instance,
            name: .root,
            choice: AddressChoice(type: .a, wan: false)
        )
        #expect(place == .alias(text))
    }

    @Test("an IPv4-mapped address counts as IPv4")
    func mapped() throws {
        let service = CatalogueK.service("s", 1, address: "::ffff:192.0.2.1")
        let store = CatalogueK.make(
            ownNode: "agent1",
            entries: [CatalogueK.entry("n", "10.0.0.1", service)]
        )
        let instance = try #require(store.instances(ofService: "s").value.first)
        let choice = AddressChoice(type: .a, wan: false)
        #expect(
            InstanceAddress(of: instance, name: .root, choice: choice)
                == .address(.v4(IPv4Address(192, 0, 2, 1)))
        )
    }

    @Test("names that do not fit into a name are not made")
    func generatedNames() throws {
        let domain = try DomainName(text: "consul")
        let long = String(repeating: "x", count: 64)
        #expect(GeneratedNames.node(long, datacenter: "dc1", domain: domain) == nil)
        #expect(GeneratedNames.node("a..b", datacenter: "dc1", domain: domain) == nil)
        #expect(
            GeneratedNames.node("Dot.Ted", datacenter: "dc1", domain: domain)
                == (try DomainName(text: "Dot.Ted.node.dc1.consul"))
        )
    }
}
