// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import StateStore
import Testing

@testable import DNSAnswers

@Suite("The fast line answers static zones as the reference line, octet for octet")
struct PreparedZoneTests {
    struct Tally {
        var asked = 0
        var fast = 0
        var records = 0
        var noData = 0
        var nameErrors = 0
        var referrals = 0
        var wildcards = 0
        var aliases = 0
        var tooLarge = 0
        var overTCP = 0
        var withEDNS = 0
    }

    /// Asks both lines about random zones beside a random catalog.
    static func compare(
        seeds: Range<UInt64>,
        hasOddities: Bool,
        questions: Int
    ) throws -> Tally {
        var tally = Tally()
        for seed in seeds {
            var random = RandomZones(seed: seed, hasOddities: hasOddities)
            let zones = try random.zones()
            guard !random.owners.isEmpty else { continue }
            var settings = try random.random.settings()
            settings.isStrict = hasOddities && random.random.chance(20)
            var store = StateStore()
            for number in 1...20 {
                _ = try? store.apply(
                    random.random.command(),
                    at: RaftIndex(rawValue: UInt64(number))
                )
            }
            let line = FastLine(settings: settings)
            line.writer.replace(zones: zones)
            line.follow(store)
            let snapshot = DNSSnapshot(store: store, zones: zones, settings: settings)
            for number in 0..<questions {
                let question = random.question()
                let state = Generator(seed: random.random.generator.next())
                let now = UInt32(truncatingIfNeeded: random.random.generator.next())
                let reply = line.ask(
                    question.octets,
                    question.transport,
                    generator: state,
                    now: now
                )
                let expected = ResponderTests.reference(question, snapshot, state, now)
                count(question, reply, expected, zones, &tally)
                guard reply != .handedOver, reply != expected else { continue }
                let text = (try? Message(decoding: question.octets)).map { "\($0)" } ?? ""
                Issue.record(
                    """
                    seed \(seed), question \(number): \(text)
                    \(zones.zones.flatMap(\.records).map { RecordText.text(of: $0) }.prefix(60))
                    fast \(ResponderTests.describe(reply))
                    slow \(ResponderTests.describe(expected))
                    """
                )
                return tally
            }
        }
        return tally
    }

    private static func count(
        _ question: RandomQuestion,
        _ reply: FastLine.Reply,
        _ expected: FastLine.Reply,
        _ zones: ZoneSet,
        _ tally: inout Tally
    ) {
        guard let query = try? Message(decoding: question.octets), let asked = query.questions.first,
            let answer = zones.search(asked.name, asked.type), asked.type != .axfr,
            asked.type != .ixfr, case .reply(let octets) = expected
        else { return }
        tally.asked += 1
        if octets[2] & 2 != 0 { tally.tooLarge += 1 }
        guard reply != .handedOver else { return }
        tally.fast += 1
        if question.transport == .tcp { tally.overTCP += 1 }
        if query.edns != nil { tally.withEDNS += 1 }
        switch answer.outcome {
        case .records: tally.records += 1
        case .noData: tally.noData += 1
        case .nameError: tally.nameErrors += 1
        case .delegation: tally.referrals += 1
        }
        if answer.wildcard != nil { tally.wildcards += 1 }
        if answer.answers.contains(where: { $0.type == .cname }), asked.type != .cname {
            tally.aliases += 1
        }
    }

    @Test("over random zones, almost all of it fast")
    func plain() throws {
        let tally = try Self.compare(seeds: 1..<40, hasOddities: false, questions: 300)
        #expect(Double(tally.fast) >= 0.90 * Double(tally.asked), "\(tally)")
        #expect(tally.asked > 8_000, "\(tally)")
        let kinds = [
            tally.records, tally.noData, tally.nameErrors, tally.referrals, tally.wildcards,
            tally.aliases, tally.overTCP, tally.withEDNS,
        ]
        #expect(kinds.allSatisfy { $0 > 200 }, "\(tally)")
        #expect(tally.tooLarge > 20, "\(tally)")
    }

    @Test("over random zones in and around the catalog's domain, with aliases into it")
    func odd() throws {
        let tally = try Self.compare(seeds: 1000..<1040, hasOddities: true, questions: 250)
        #expect(Double(tally.fast) >= 0.60 * Double(tally.asked), "\(tally)")
    }
}
