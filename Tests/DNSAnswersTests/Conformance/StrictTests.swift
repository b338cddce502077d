// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// `strict`: the lines marked K of spec/dns.md 8.1, as Consul has them and as the RFCs do.
@Suite("Strict answers")
struct StrictTests {
    /// Asks both ways: `(compatible, strict)`.
    private func replies(
        _ text: String,
        _ configuration: String = "C0",
        adding registrations: [Registration] = []
    ) throws -> (compatible: Message, strict: Message) {
        var server = try TestServer(configuration: configuration)
        for registration in registrations { try server.register(registration) }
        let compatible = try server.ask(text, seed: 3)
        server.settings.isStrict = true
        return (compatible, try server.ask(text, seed: 3))
    }

    private func isNoData(_ message: Message) -> Bool {
        message.header.responseCode == .noError && message.answers.isEmpty
            && message.authorities.map(\.type) == [.soa]
    }

    @Test("TXT for a service answers no addresses")
    func texts() throws {
        let (compatible, strict) = try replies("web.service.consul TXT")
        #expect(compatible.answers.map(\.type) == [.a, .a])
        #expect(isNoData(strict))
    }

    @Test(
        "AAAA for a host name in our domain, MX for any, has no A records",
        arguments: ["innode2.node.consul AAAA", "ext10.service.consul MX"]
    )
    func hostNames(query: String) throws {
        let (compatible, strict) = try replies(query, "C9")
        #expect(compatible.answers.contains { $0.type == .a })
        #expect(strict.answers.map(\.type) == [.cname])
    }

    @Test("addr puts nothing into the additional section")
    func otherFamily() throws {
        let (compatible, strict) = try replies("c0000201.addr.consul AAAA")
        #expect(compatible.additionals.count == 1)
        #expect(strict.additionals.isEmpty && isNoData(strict))
    }

    @Test("a node that is missing is a name error for any type", arguments: ["SRV", "MX", "PTR"])
    func missingNodes(type: String) throws {
        let (compatible, strict) = try replies("nope.node.consul \(type)")
        #expect(isNoData(compatible))
        #expect(strict.header.responseCode == .nameError)
        #expect(try isNoData(replies("n1.node.consul \(type)").strict))
    }

    @Test(
        "the apex and names that others end in exist",
        arguments: [
            "consul", "service.consul", "node.consul", "query.consul", "addr.consul",
            "dc1.consul", "service.dc1.consul", "dc.consul", "dc1.dc.consul", "_tcp.consul",
            "_tcp.service.consul", "node.dc1.dc.consul",
        ]
    )
    func emptyNames(name: String) throws {
        let (compatible, strict) = try replies("\(name) A")
        #expect(compatible.header.responseCode == .nameError)
        #expect(isNoData(strict))
    }

    @Test("names that nothing ends in stay name errors", arguments: ["foo", "dc9", "x.dc"])
    func otherNames(name: String) throws {
        #expect(try replies("\(name).consul A").strict.header.responseCode == .nameError)
    }

    @Test("ANY at the apex is its SOA and NS (RFC 8482 §4.1)")
    func everythingAtTheApex() throws {
        let (compatible, strict) = try replies("consul ANY")
        #expect(compatible.answers.isEmpty)
        #expect(strict.answers.map(\.type) == [.soa, .ns])
    }

    @Test("SOA and NS are the apex's alone")
    func apex() throws {
        for type in ["SOA", "NS"] {
            #expect(try replies("consul \(type)").strict.answers.count == 1)
            let (compatible, strict) = try replies("web.service.consul \(type)")
            #expect(compatible.answers.count == 1)
            #expect(isNoData(strict))
            let missing = try replies("nope.service.consul \(type)").strict
            #expect(missing.header.responseCode == .nameError)
            #expect(missing.authorities.map(\.type) == [.soa])
        }
    }

    @Test("a cut reply has TC")
    func truncated() throws {
        let (compatible, strict) = try replies("many.service.consul A")
        #expect(!compatible.header.isTruncated && strict.header.isTruncated)
        #expect(strict.answers.count == compatible.answers.count)
    }

    @Test("a plain WAN address wins over LAN addresses by family")
    func wanAddresses() {
        let node = NodeRow(
            name: "n",
            address: "10.0.0.1",
            taggedAddresses: ["lan_ipv4": "10.0.0.1", "wan": "192.0.2.1"]
        )
        let compatible = AddressChoice(type: .a, wan: true)
        #expect(compatible.address(of: node) == "10.0.0.1")
        let strict = AddressChoice(type: .a, wan: true, isStrict: true)
        #expect(strict.address(of: node) == "192.0.2.1")
        #expect(AddressChoice(type: .a, wan: false, isStrict: true).address(of: node) == "10.0.0.1")
    }

    @Test("a reverse name has every name of its address, for PTR and ANY")
    func reverse() throws {
        let more = Registration(
            node: NodeRow(name: "second", address: "10.0.0.1"),
            service: ServiceRow(
                node: "second",
                id: "r",
                name: "reversed",
                address: "10.0.0.1"
            )
        )
        let (compatible, strict) = try replies("1.0.0.10.in-addr.arpa PTR", adding: [more])
        #expect(compatible.answers.count == 1)
        #expect(strict.answers.count == 3)
        let (otherType, none) = try replies("1.0.0.10.in-addr.arpa A", adding: [more])
        #expect(otherType.answers.map(\.type) == [.ptr])
        #expect(isNoData(none))
    }

    @Test("ordinary answers are the same", arguments: ["A", "AAAA", "SRV", "ANY", "MX"])
    func same(type: String) throws {
        for name in ["web.service", "v1.web.service", "n1.node", "six.service", "nope.service"]
        where !(name == "n1.node" && type == "AAAA") {
            let (compatible, strict) = try replies("\(name).consul \(type)")
            #expect(compatible == strict, "\(name)")
        }
    }
}
