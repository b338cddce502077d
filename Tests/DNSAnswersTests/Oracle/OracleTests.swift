// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import Publication
import StateStore
import Testing

@testable import DNSAnswers

/// Both lines beside an oracle written from the specification, on 100,000 random questions.
@Suite("Both lines answer as the specification says")
struct OracleTests {
    /// What was asked, by form and type, and what had records.
    struct Histogram {
        var asked = 0
        /// Answered by the fast line, with the same octets.
        var fast = 0
        /// Compared with the oracle, forwarding included.
        var judged = 0
        var withRecords = 0
        var forms: [OracleQuestion.Form: Int] = [:]
        var types: [RecordType: Int] = [:]

        static func + (left: Histogram, right: Histogram) -> Histogram {
            var sum = left
            sum.asked += right.asked
            sum.fast += right.fast
            sum.judged += right.judged
            sum.withRecords += right.withRecords
            sum.forms.merge(right.forms, uniquingKeysWith: +)
            sum.types.merge(right.types, uniquingKeysWith: +)
            return sum
        }
    }

    /// Questions in all, and the catalogs that they are asked about.
    private static let questions = 100_000
    private static let catalogs = 125
    private static let now: UInt32 = 9

    @Test("100,000 questions, each form and type among them")
    func questions() async throws {
        // Two halves at once: the machine that tests has two cores at least.
        async let first = Self.ask(seeds: 0..<(Self.catalogs / 2))
        async let second = Self.ask(seeds: (Self.catalogs / 2)..<Self.catalogs)
        let histogram = try await first + second
        // Nothing is skipped: each is compared.
        #expect(histogram.judged >= Self.questions)
        #expect(histogram.asked == histogram.judged)
        #expect(Double(histogram.withRecords) >= 0.6 * Double(histogram.asked), "\(histogram)")
        #expect(Double(histogram.fast) >= 0.4 * Double(histogram.asked), "\(histogram)")
        for form in OracleQuestion.Form.allCases {
            let share = Double(histogram.forms[form] ?? 0) / Double(histogram.asked)
            #expect(share >= 0.02, "\(form): \(histogram)")
        }
        for type in OracleQuestion.types.map(\.type) {
            let share = Double(histogram.types[type] ?? 0) / Double(histogram.asked)
            #expect(share >= 0.02, "\(type): \(histogram)")
        }
    }

    @concurrent
    private static func ask(seeds: Range<Int>) async throws -> Histogram {
        var histogram = Histogram()
        for seed in seeds {
            // Others wait for this thread, some with a timeout.
            await Task.yield()
            try ask(
                seed: UInt64(seed),
                count: questions / catalogs,
                counting: &histogram
            )
        }
        return histogram
    }

    private static func ask(
        seed: UInt64,
        count: Int,
        counting histogram: inout Histogram
    ) throws {
        var random = RandomCatalog(seed: 7_000 + seed, hasOddities: seed % 4 == 3)
        var settings = try random.settings()
        settings.hasRecursors = settings.hasRecursors && seed % 4 == 3
        // What 2.8 says about recursors; the zones of RFC 6303 have tests of their own.
        settings.hasLocalReverseZones = false
        let catalog = OracleCatalog(&random)
        let store = catalog.store
        let oracle = SpecOracle(store, catalog.virtual, settings)
        let line = FastLine(settings: settings)
        line.follow(store)
        let snapshot = DNSSnapshot(store: store, zones: ZoneSet(), settings: settings)
        for number in 0..<count {
            let question = OracleQuestion(&random, oracle)
            histogram.asked += 1
            histogram.forms[question.form, default: 0] += 1
            histogram.types[question.type, default: 0] += 1
            let state = Generator(seed: random.generator.next())
            let place = "seed \(seed), question \(number)"
            let expected = reference(question, snapshot, state)
            let reply = line.ask(
                question.octets,
                question.transport,
                generator: state,
                now: Self.now
            )
            let query = try Message(decoding: question.octets)
            let asked = query.questions[0]
            guard let answer = oracle.answer(asked.name, asked.type, now: Self.now) else {
                Issue.record("\(place): the oracle knows no answer to \(asked)")
                return
            }
            histogram.judged += 1
            switch (expected, reply) {
            case (.forward, .handedOver) where answer.isForwarded: continue
            case (.reply, .handedOver): break
            case (.reply(let octets), .reply(let fast)) where octets == fast: histogram.fast += 1
            default:
                Issue.record("\(place): the lines differ: \(asked), \(expected), \(reply)")
                return
            }
            guard case .reply(let octets) = expected, !answer.isForwarded else {
                Issue.record("\(place): \(asked) is not forwarded")
                return
            }
            let message = try Message(decoding: octets)
            if !message.answers.isEmpty { histogram.withRecords += 1 }
            let judge = OracleJudge(
                settings: settings,
                query: query,
                transport: question.transport
            )
            let faults = judge.faults(of: message, answer)
            if !faults.isEmpty {
                Issue.record("\(place): \(faults)\n\(query)\n\(settings)\n\(message)\n\(answer)")
                return
            }
        }
    }

    /// The reference line's reply; what it wants from upstream does not exist there.
    private static func reference(
        _ question: OracleQuestion,
        _ snapshot: DNSSnapshot,
        _ state: Generator
    ) -> ReferenceReply {
        var chased: [ChaseQuestion: Resolution] = [:]
        for _ in 0..<4 {
            var generator = state
            let reply = ReferenceResponder().respond(
                to: question.octets,
                from: ClientContext(transport: question.transport, address: [127, 0, 0, 1]),
                snapshot: snapshot,
                chased: chased,
                now: now,
                generator: &generator
            )
            guard case .chase(let questions) = reply else { return reply }
            for question in questions { chased[question] = .failure }
        }
        return .silence
    }
}
