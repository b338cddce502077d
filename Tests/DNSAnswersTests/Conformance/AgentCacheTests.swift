// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Testing

/// The cases of `use_cache`: a node is asked for, registered, and asked for again (spec 7.1, C14).
///
/// The catalog is always current here, so that there is nothing to wait for.
@Suite("DNS conformance with the agent cache")
struct AgentCacheTests {
    /// The configuration of the cases.
    static let configuration = "C14"

    private static let cases = ConformanceTests.all.filter { $0.configuration == configuration }

    @Test(
        "DNS-349, DNS-350: what is registered after a first question is answered",
        arguments: cases
    )
    func cached(_ testCase: ConformanceCase) throws {
        var server = try TestServer(configuration: "C0")
        let line = FastLine(settings: server.settings)
        line.follow(server.store)
        let late = try CaseQuery("latenode.node.consul A")
        #expect(try server.ask("latenode.node.consul A").header.responseCode == .nameError)
        #expect(try code(of: line, late) == .nameError)

        try server.register(CatalogueK.entry("latenode", "10.0.0.99"))
        line.follow(server.store)
        // The line that said no says what a new one says, at the first question.
        #expect(try code(of: line, late) == .noError)
        let query = try CaseQuery(testCase.query)
        let reply = try ConformanceRunner.reference(query, server.snapshot, seed: 1)
        guard case .reply(let octets) = reply else {
            Issue.record("\(reply)")
            return
        }
        let fast = line.ask(
            query.octets,
            query.transport,
            generator: Generator(seed: 1),
            now: ReplyComparison.now
        )
        #expect(fast == .reply(octets))
        let faults = try ConformanceRunner.faults(in: testCase, asking: query, of: server.snapshot)
        #expect(faults.isEmpty, "\(testCase.testDescription)")
    }

    @Test("both cases are here")
    func completeness() {
        #expect(Self.cases.map(\.number) == ["DNS-349", "DNS-350"])
    }

    private func code(of line: FastLine, _ query: CaseQuery) throws -> ResponseCode? {
        guard case .reply(let octets) = line.ask(query.octets, query.transport) else { return nil }
        return try Message(decoding: octets).header.responseCode
    }
}
