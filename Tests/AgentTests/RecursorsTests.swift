// SPDX-License-Identifier: Apache-2.0
import DNSTransport
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

    @Test("a text that is no address names its key")
    func wrong() {
        #expect(throws: FileProblem.self) { try resolve(["dns.example"]) }
        do {
            _ = try resolve(["0.0.0.0"])
            Issue.record("0.0.0.0 was taken")
        } catch {
            #expect("\(error)".hasPrefix("recursors: "))
        }
    }
}
