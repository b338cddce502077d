// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

@Suite("Explanations: why a record is not the answer")
struct ExplanationReasonTests {
    @Test("ns.<domain>: of types without an address nobody is answered, nor who lacks the family")
    func primaryServer() throws {
        var server = try TestServer()
        try server.register(
            NodeRow(name: "s1", address: "10.0.0.1"),
            ServiceRow(node: "s1", id: "consul", name: "consul", port: 8300)
        )
        try server.register(
            NodeRow(name: "s2", address: "2001:db8::2"),
            ServiceRow(node: "s2", id: "consul", name: "consul", port: 8300)
        )
        let location = try explain("ns.consul", .srv, server)
        #expect(location.code == .noError && location.answers.isEmpty)
        #expect(
            table(location) == [
                "s1/consul false: has no record of this type",
                "s2/consul false: has no record of this type",
            ]
        )
        #expect(
            table(try explain("ns.consul", .a, server)) == [
                "s1/consul true: passing", "s2/consul false: has no IPv4 address",
            ]
        )
        #expect(
            table(try explain("ns.consul", .aaaa, server)) == [
                "s1/consul false: has no IPv6 address", "s2/consul true: passing",
            ]
        )
    }

    @Test("host names as addresses give way to addresses; without any, one of them is answered")
    func aliases() throws {
        var server = try TestServer()
        try server.add(1) { $0.address = "one.example." }
        try server.add(2) { $0.address = "two.example." }
        let alone = try explain("web.service.consul", .a, server)
        #expect(
            table(alone) == [
                "n1/web true: passing; one of 2 host names a reply",
                "n2/web true: passing; one of 2 host names a reply",
            ]
        )
        #expect(alone.instances.map(\.address) == ["one.example.", "two.example."])
        try server.add(3)
        #expect(
            table(try explain("web.service.consul", .a, server)) == [
                "n1/web false: a host name gives way to addresses",
                "n2/web false: a host name gives way to addresses", "n3/web true: passing",
            ]
        )
        // No address of the family: nothing to give way to.
        #expect(
            table(try explain("web.service.consul", .aaaa, server)) == [
                "n1/web true: passing; one of 2 host names a reply",
                "n2/web true: passing; one of 2 host names a reply",
                "n3/web false: has no IPv6 address",
            ]
        )
        #expect(
            try explain("web.service.consul", .srv, server).instances.allSatisfy(\.isAnswered)
        )
        // A node's host name is the answer to all of the types.
        try server.register(NodeRow(name: "named", address: "host.example."))
        let node = try explain("named.node.consul", .aaaa, server)
        #expect(node.instances.map(\.isAnswered) == [true] && node.answers.count == 1)
    }

    @Test("what cannot be written, and what is nowhere, is not answered")
    func unwritable() throws {
        var server = try TestServer()
        try server.add(1) { $0.address = "a..b" }
        try server.register(
            NodeRow(name: "n2", address: "2001:db8::2"),
            ServiceRow(node: "n2", id: "web", name: "web", port: 80)
        )
        #expect(
            table(try explain("web.service.consul", .a, server)) == [
                "n1/web false: its address a..b cannot be written as a name",
                "n2/web false: has no IPv4 address",
            ]
        )
        #expect(
            table(try explain("web.service.consul", .srv, server)) == [
                "n1/web false: its address a..b cannot be written as a name",
                "n2/web true: passing",
            ]
        )
    }

    @Test("the address that is answered, tagged ones included")
    func taggedAddresses() throws {
        var server = try TestServer()
        try server.add(1) {
            $0.taggedAddresses["lan_ipv6"] = ServiceAddress(address: "2001:db8::1", port: 80)
        }
        func addresses(_ type: RecordType) throws -> [String] {
            try explain("web.service.consul", type, server).instances.map(\.address)
        }
        #expect(try addresses(.a) == ["10.0.0.1"])
        #expect(try addresses(.aaaa) == ["2001:db8::1"])
        #expect(try addresses(.any) == ["2001:db8::1"])
        server.settings.isDualStack = true
        server.store = StateStore()
        try server.add(1) {
            $0.taggedAddresses["lan_ipv4"] = ServiceAddress(address: "198.18.0.1", port: 80)
            $0.taggedAddresses["lan_ipv6"] = ServiceAddress(address: "2001:db8::1", port: 80)
        }
        #expect(try addresses(.any) == ["198.18.0.1, 2001:db8::1"])
        #expect(try addresses(.srv) == ["2001:db8::1, 198.18.0.1"])
    }

    @Test("addr: another family, or a type that is no address")
    func addressForms() throws {
        func notes(_ type: RecordType, strict: Bool = false) throws -> [String] {
            let explanation = try explain("c0000201.addr.consul", type) { $0.isStrict = strict }
            #expect(explanation.code == .noError)
            return Array(explanation.notes.dropFirst())
        }
        #expect(try notes(.a).isEmpty)
        #expect(try notes(.any).isEmpty)
        #expect(
            try notes(.aaaa) == ["it is of the other family and stands in the additional section"]
        )
        #expect(
            try notes(.srv) == ["there is no SRV; the address stands in the additional section"]
        )
        #expect(try notes(.aaaa, strict: true) == ["it is of the other family"])
        #expect(try notes(.srv, strict: true) == ["there is no SRV"])
    }

    @Test("ANY at a domain with a zone file: the TTLs of the catalog's SOA and NS are its own")
    func apexOfZone() throws {
        var server = try TestServer(configuration: "C1")
        try server.register(
            NodeRow(name: "s1", address: "10.0.0.1"),
            ServiceRow(node: "s1", id: "consul", name: "consul", port: 8300)
        )
        let text = RecordData.txt([Array("x".utf8)])
        server.zones = ZoneSet(zones: [try TestServer.zone("consul.", [("consul.", text)])])
        server.settings.soaMinimumTTL = 7
        #expect(
            try explain("consul", .any, server).ttl
                == "7 s of the SOA, dns_config.soa.min_ttl; 11 s of the NS, dns_config.node_ttl; "
                + "60 s of the rest, as in the zone file"
        )
        #expect(try explain("consul", .txt, server).ttl == "60 s, as in the zone file")
        // Without a zone file it is answered where the RFCs are followed.
        server.zones = ZoneSet()
        server.settings.isStrict = true
        let apex = try explain("consul", .any, server)
        #expect(
            apex.ttl
                == "7 s of the SOA, dns_config.soa.min_ttl; 11 s of the NS, dns_config.node_ttl"
        )
        #expect(apex.instances.contains { $0.node == "s1" && $0.isAnswered })
    }

    @Test("an alias of a zone into the catalog has a TTL, what is behind it another")
    func aliasOfZone() throws {
        var server = try TestServer(configuration: "C1")
        server.zones = ZoneSet(zones: [
            try TestServer.zone(
                "corp.",
                [("www.corp.", .cname(try DomainName(text: "n1.node.consul.")))]
            )
        ])
        #expect(
            try explain("www.corp", .a, server).ttl
                == "60 s of the alias, as in the zone file; 11 s behind it, from the catalog"
        )
        #expect(
            try explain("www.corp", .srv, server).ttl
                == "60 s of the alias, as in the zone file; "
                + "0 s for the absence, dns_config.soa.min_ttl"
        )
        for type in [RecordType.axfr, RecordType(rawValue: 251)] {
            let transfer = try explain("corp", type, server)
            #expect(transfer.code == .notImplemented && transfer.ttl.isEmpty)
        }
    }
}
