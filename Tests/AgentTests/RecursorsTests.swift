// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import DNSWire
import Testing

@testable import Agent

@Suite("Recursors of an agent")
struct RecursorsTests {
    private func resolve(
        _ texts: [String],
        own: [String] = [],
        file: String = ""
    ) throws -> [String] {
        let own = try own.map { try RecursorAddress(text: $0).endpoint }
        return try Recursors(texts, own: own) { file }.addresses.map(\.description)
    }

    @Test("`system` stands for the servers of resolv.conf, in place and without duplicates")
    func system() throws {
        let file = "search x\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver 192.0.2.1\n"
        #expect(
            try resolve(["198.51.100.1", "system"], file: file)
                == ["198.51.100.1:53", "192.0.2.1:53", "[2001:db8::1]:53"]
        )
    }

    @Test("the agent never forwards to itself")
    func never() throws {
        #expect(
            try resolve(["127.0.0.1:8600", "127.0.0.1"], own: ["127.0.0.1:8600"])
                == ["127.0.0.1:53"]
        )
        #expect(try resolve(["system"], own: ["127.0.0.1:53"], file: "nameserver 127.0.0.1") == [])
    }

    @Test("an own wildcard address covers all of loopback")
    func wildcard() throws {
        let own = [try #require(DNSEndpoint(host: "0.0.0.0", port: 53))]
        let found = try Recursors(["127.0.0.53", "192.0.2.9"], own: own) { "" }
        #expect(found.addresses.map(\.description) == ["192.0.2.9:53"])
    }

    @Test("a host name is resolved once, IPv4 before IPv6, with its port")
    func hostNames() throws {
        let names = ["dns.example": ["2001:db8::5", "192.0.2.5"], "six.example": ["2001:db8::6"]]
        let found = try Recursors(
            ["dns.example:5353", "six.example", "192.0.2.9"],
            own: [],
            resolveName: { (names[$0] ?? []).compactMap { IPAddress(text: $0) } }
        ) { "" }
        #expect(
            found.addresses.map(\.description)
                == ["192.0.2.5:5353", "[2001:db8::6]:53", "192.0.2.9:53"]
        )
    }

    @Test("the system's resolver knows localhost")
    func localhost() {
        #expect(HostNames.addresses("localhost").contains { "\($0)" == "127.0.0.1" })
        #expect(HostNames.addresses("no.such.name.invalid") == [])
    }

    @Test("what is left out is told, and what it means")
    func told() throws {
        let own = [try RecursorAddress(text: "127.0.0.1:8600").endpoint]
        func warning(_ texts: [String], _ file: String = "") throws -> String? {
            try Recursors(texts, own: own) { file }.warning(for: texts)
        }
        #expect(
            try warning(["127.0.0.1:8600"])
                == "recursors: 127.0.0.1:8600 is this agent itself and is left out; no recursor is "
                + "left, and other names are REFUSED"
        )
        #expect(try warning(["127.0.0.1:8600", "192.0.2.1"])?.hasSuffix("is left out") == true)
        #expect(try warning(["system"])?.contains("/etc/resolv.conf names no server") == true)
        #expect(try warning(["system"], "nameserver 192.0.2.1") == nil)
        #expect(try warning([]) == nil)
    }

    @Test("the upstreams are from resolv.conf only when all are")
    func origin() throws {
        #expect(try Recursors(["system"], own: []) { "" }.isSystem)
        #expect(try !Recursors(["system", "192.0.2.1"], own: []) { "" }.isSystem)
    }

    @Test("a text that is no address names its key")
    func wrong() {
        #expect(throws: FileProblem.self) {
            try Recursors(["dns.example"], own: [], resolveName: { _ in [] }) { "" }
        }
        do {
            _ = try resolve(["0.0.0.0"])
            Issue.record("0.0.0.0 was taken")
        } catch {
            #expect("\(error)".hasPrefix("recursors: "))
        }
    }
}
