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
        var fast = 0
        var withRecords = 0
        var forms: [OracleQuestion.Form: Int] = [:]
        var types: [RecordType: Int] = [:]

        static func + (left: Histogram, right: Histogram) -> Histogram {
            var sum = left
            sum.asked += right.asked
            sum.fast += right.fast
            sum.withRecords += right.withRecords
            sum.forms.merge(right.forms, uniquingKeysWith: +)
            sum.types.merge(right.types, uniquingKeysWith: +)
            return sum
        }
    }

    /// Questions in all, and the catalogs that they are asked about.
    private static let questions = 100_000
    private static let catalogs = 125

    @Test("100,000 questions, each form and type among them")
    func questions() async throws {
        // Two halves at once: the machine that tests has two cores at least.
        async let first = Self.ask(seeds: 0..<(Self.catalogs / 2))
        async let second = Self.ask(seeds: (Self.catalogs / 2)..<Self.catalogs)
        let histogram = try await first + second
        #expect(histogram.asked >= Self.questions)
        #expect(Double(histogram.withRecords) >= 0.6 * Double(histogram.asked), "\(histogram)")
        #expect(Double(histogram.fast) >= 0.6 * Double(histogram.asked), "\(histogram)")
        for form in OracleQuestion.Form.allCases {
            let share = Double(histogram.forms[form] ?? 0) / Double(histogram.asked)
            #expect(share >= 0.02, "\(form): \(histogram)")
        }
        for type in OracleQuestion.types.map(\.type) + [.ns] {
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
        let (store, virtual) = catalog(&random)
        let oracle = SpecOracle(store, virtual, settings)
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
            guard let expected = reference(question, snapshot, state) else { continue }
            let reply = line.ask(question.octets, question.transport, generator: state, now: 9)
            if case .reply(let octets) = reply {
                histogram.fast += 1
                if octets != expected {
                    Issue.record("\(place): the lines differ")
                    return
                }
            }
            let message = try Message(decoding: expected)
            if !message.answers.isEmpty { histogram.withRecords += 1 }
            let query = try Message(decoding: question.octets)
            let asked = query.questions[0]
            guard let answer = oracle.answer(asked.name, asked.type) else { continue }
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

    /// A small catalog with name servers and native instances.
    private static func catalog(
        _ random: inout RandomCatalog
    ) -> (store: StateStore, virtual: VirtualNumbers) {
        var store = StateStore()
        var virtual = VirtualNumbers()
        func apply(_ command: Command) {
            let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
            _ = try? store.apply(command, at: index)
            virtual.follow(store)
        }
        for number in 0..<4 {
            let node = "srv\(number)"
            let server = ServiceRow(node: node, id: "consul", name: "consul", port: 8300)
            let row = NodeRow(name: node, address: "10.3.0.\(number)")
            apply(.register(Registration(node: row, service: server)))
        }
        for _ in 0..<(20 + random.generator.below(40)) {
            var command = random.command()
            if case .register(var registration) = command, random.chance(20) {
                registration.service?.connectNative = true
                command = .register(registration)
            }
            apply(command)
        }
        return (store, virtual)
    }

    /// The reference line's reply; what it wants from upstream does not exist there.
    private static func reference(
        _ question: OracleQuestion,
        _ snapshot: DNSSnapshot,
        _ state: Generator
    ) -> [UInt8]? {
        var chased: [ChaseQuestion: Resolution] = [:]
        for _ in 0..<4 {
            var generator = state
            let reply = ReferenceResponder().respond(
                to: question.octets,
                from: ClientContext(transport: question.transport, address: [127, 0, 0, 1]),
                snapshot: snapshot,
                chased: chased,
                now: 9,
                generator: &generator
            )
            switch reply {
            case .reply(let octets): return octets
            case .chase(let questions): for question in questions { chased[question] = .failure }
            case .forward, .silence: return nil
            }
        }
        return nil
    }
}
