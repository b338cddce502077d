// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// Extended errors (RFC 8914) of the protect threshold: each once, and only where instances are
/// answered.
@Suite("Reasons in replies")
struct ReasonTests {
    private func server(isStrict: Bool) throws -> TestServer {
        var server = try TestServer {
            $0.isStrict = isStrict
            $0.protectThresholds = ["*": 0.9]
        }
        try server.add(1, "ill", .critical)
        try server.add(2, "host") { $0.address = "ill.service.consul" }
        try server.register(.init(name: "hostnode", address: "ill.service.consul"))
        try server.add(3, "hosts") { $0.address = "ill.service.consul" }
        try server.add(4, "hosts") { $0.address = "ill.service.consul" }
        return server
    }

    private func texts(_ question: String, _ server: TestServer) throws -> [String] {
        try server.ask("\(question) (EDNS 1232)").edns?.extendedErrors.map(\.text) ?? []
    }

    private static let reason =
        "protect threshold: 0 of 1 instances of ill are healthy, all are answered"

    @Test("once, however often the service is looked at", arguments: [false, true])
    func once(isStrict: Bool) throws {
        let server = try server(isStrict: isStrict)
        for question in [
            "ill.service.consul A", "ill.service.consul SRV", "host.service.consul A",
            "hostnode.node.consul A", "hostnode.node.consul ANY", "hosts.service.consul SRV",
        ] {
            #expect(try texts(question, server) == [Self.reason], "\(question)")
        }
    }

    @Test("not where nothing is answered")
    func noData() throws {
        let strict = try server(isStrict: true)
        for question in [
            "ill.service.consul AAAA", "ill.service.consul TXT", "host.service.consul AAAA",
            "hostnode.node.consul AAAA", "host.service.consul TXT",
        ] {
            #expect(try texts(question, strict) == [], "\(question)")
        }
        let compatible = try server(isStrict: false)
        #expect(try texts("ill.service.consul AAAA", compatible) == [])
        // Consul answers TXT with addresses.
        #expect(try texts("ill.service.consul TXT", compatible) == [Self.reason])
    }

    @Test("an explanation says it where replies do", arguments: ["A", "AAAA"])
    func explained(type: String) throws {
        let found = Explanation(
            try DomainName(text: "ill.service.consul"),
            type == "A" ? .a : .aaaa,
            in: try server(isStrict: true).snapshot,
            now: 1
        )
        #expect(found.notes.contains(Self.reason) == (type == "A"))
    }
}
