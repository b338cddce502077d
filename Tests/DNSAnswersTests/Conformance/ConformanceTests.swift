// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import Testing

/// The cases of the DNS specification, each under its number.
@Suite("DNS conformance")
struct ConformanceTests {
    /// All groups of cases that a responder can be asked.
    static let all = ConformanceCase.parse(
        [
            CaseText.service, CaseText.serviceErrors, CaseText.tags, CaseText.nodes,
            CaseText.addresses, CaseText.reverse, CaseText.apex, CaseText.health,
            CaseText.limits, CaseText.edns, CaseText.ttl, CaseText.preparedQueries,
            CaseText.locality, CaseText.taggedAddresses, CaseText.hostNames,
            CaseText.recursion, CaseText.alternateDomain, CaseText.configuration,
        ].joined(separator: "\n\n")
    )

    private static func cases(_ text: String) -> [ConformanceCase] {
        ConformanceCase.parse(text).filter {
            WaitingCases.reasons[$0.number] == nil && !forwarded.contains($0.number)
                && !isElsewhere($0.number) && $0.configuration != AgentCacheTests.configuration
        }
    }

    private static func isElsewhere(_ number: String) -> Bool {
        guard let value = Int(number.dropFirst(4)) else { return false }
        return WaitingCases.elsewhere.contains { $0.range.contains(value) }
    }

    private func expectPass(_ testCase: ConformanceCase) throws {
        let faults = try ConformanceRunner.faults(in: testCase)
        #expect(faults.isEmpty, "\(testCase.testDescription)")
    }

    @Test("DNS-001…027: service names", arguments: cases(CaseText.service))
    func service(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-028…040: service names that lead nowhere", arguments: cases(CaseText.serviceErrors))
    func serviceErrors(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-041…057: tags and RFC 2782", arguments: cases(CaseText.tags))
    func tags(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-058…086: node names", arguments: cases(CaseText.nodes))
    func nodes(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-087…100: addr names", arguments: cases(CaseText.addresses))
    func addresses(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-101…114: reverse names", arguments: cases(CaseText.reverse))
    func reverse(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-115…135: apex, other names, headers", arguments: cases(CaseText.apex))
    func apex(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-136…141: health", arguments: cases(CaseText.health))
    func health(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-142…176: duplicates, limits, truncation", arguments: cases(CaseText.limits))
    func limits(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-177…184: EDNS", arguments: cases(CaseText.edns))
    func edns(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-185…199: TTL and SOA", arguments: cases(CaseText.ttl))
    func ttl(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-200…218: prepared queries", arguments: cases(CaseText.preparedQueries))
    func preparedQueries(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-219…244: connect, ingress, virtual, locality", arguments: cases(CaseText.locality))
    func locality(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-245…252: tagged addresses", arguments: cases(CaseText.taggedAddresses))
    func taggedAddresses(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-253…277: host names as addresses", arguments: cases(CaseText.hostNames))
    func hostNames(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-284…294: what is not forwarded, and chases", arguments: cases(CaseText.recursion))
    func recursion(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-295…308: alternate domain", arguments: cases(CaseText.alternateDomain))
    func alternateDomain(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    @Test("DNS-345…351: configuration", arguments: cases(CaseText.configuration))
    func configuration(_ testCase: ConformanceCase) throws { try expectPass(testCase) }

    /// Cases whose answer comes from a recursor: the responder gives them away, as they came.
    static let forwarded: Set<String> = [
        "DNS-278", "DNS-279", "DNS-280", "DNS-281", "DNS-282", "DNS-283", "DNS-285",
        "DNS-288", "DNS-289", "DNS-290", "DNS-291", "DNS-292",
    ]

    @Test("DNS-278…292: forwarded", arguments: all.filter { forwarded.contains($0.number) })
    func forwards(_ testCase: ConformanceCase) throws {
        let snapshot = try #require(try CaseConfiguration.snapshot(testCase.configuration))
        let query = try CaseQuery(testCase.query)
        #expect(try ConformanceRunner.reference(query, snapshot, seed: 1) == .forward)
    }

    @Test(
        "cases that wait do not pass yet",
        arguments: all.filter { WaitingCases.reasons[$0.number] != nil }
    )
    func waits(_ testCase: ConformanceCase) throws {
        let faults = try ConformanceRunner.faults(in: testCase)
        #expect(!faults.isEmpty, "\(testCase.number) passes: take it off the list")
    }

    @Test("every case of the specification is in the tables, in a test, or elsewhere")
    func completeness() {
        let numbers = Self.all.map(\.number)
        #expect(Set(numbers).count == numbers.count)
        for value in 1...380 {
            let digits = String(value)
            let number = "DNS-" + String(repeating: "0", count: 3 - digits.count) + digits
            let places =
                (numbers.contains(number) ? 1 : 0)
                + (ScaleTests.numbers.contains(value) ? 1 : 0)
                + (Self.isElsewhere(number) && !numbers.contains(number) ? 1 : 0)
            #expect(places == 1, "\(number)")
        }
    }
}
