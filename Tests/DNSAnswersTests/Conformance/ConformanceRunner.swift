// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Testing

/// Asks the lines of answer a case and says what is wrong with what they give.
struct ConformanceRunner {
    /// How often a case is asked, each time with another shuffle.
    static let rounds: UInt64 = 3

    /// What is wrong, over all rounds; empty when the case passes.
    static func faults(in testCase: ConformanceCase) throws -> [String] {
        guard let snapshot = try CaseConfiguration.snapshot(testCase.configuration) else {
            return ["no configuration \(testCase.configuration)"]
        }
        let query = try CaseQuery(testCase.query)
        return try faults(in: testCase, asking: query, of: snapshot)
    }

    /// What is wrong with the replies to a query that was made otherwise.
    static func faults(
        in testCase: ConformanceCase,
        asking query: CaseQuery,
        of snapshot: DNSSnapshot
    ) throws -> [String] {
        var faults: [String] = []
        let fastLine = FastLine(settings: snapshot.settings)
        fastLine.writer.replace(zones: snapshot.zones)
        fastLine.follow(snapshot.store)
        for seed in 1...rounds {
            let reply = try reference(query, snapshot, seed: seed)
            faults += Self.faults(of: reply, query, testCase.expectation).map { "reference: \($0)" }
            // Both lines give the same octets, from the same instances and the same generator.
            let fast = fastLine.ask(
                query.octets,
                query.transport,
                generator: Generator(seed: seed),
                now: ReplyComparison.now
            )
            switch (fast, reply) {
            case (.handedOver, _), (.silence, .silence): break
            case (.reply(let octets), .reply(let others)) where octets == others: break
            default: faults.append("fast line: \(fast), reference line: \(reply)")
            }
        }
        return faults
    }

    /// Asks the reference line; what it wants to know from upstream is given to it.
    static func reference(
        _ query: CaseQuery,
        _ snapshot: DNSSnapshot,
        seed: UInt64
    ) throws -> ReferenceReply {
        var generator = Generator(seed: seed)
        var chased: [ChaseQuestion: Resolution] = [:]
        // Each round of questions adds a name; a case needs few.
        for _ in 0..<8 {
            let reply = ReferenceResponder().respond(
                to: query.octets,
                from: ClientContext(transport: query.transport, address: [127, 0, 0, 1]),
                snapshot: snapshot,
                chased: chased,
                now: ReplyComparison.now,
                generator: &generator
            )
            guard case .chase(let questions) = reply else { return reply }
            for question in questions {
                chased[question] = Resolution(records: try CannedRecursors.answer(to: question))
            }
        }
        Issue.record("the chase does not end")
        return .silence
    }

    private static func faults(
        of reply: ReferenceReply,
        _ query: CaseQuery,
        _ expectation: ConformanceCase.Expectation
    ) -> [String] {
        switch (reply, expectation) {
        case (.silence, .silence): []
        case (.reply(let octets), .reply(let expected)):
            ReplyComparison(to: query).faults(of: octets, expecting: expected)
        default: ["\(reply), expected \(expectation)"]
        }
    }
}
