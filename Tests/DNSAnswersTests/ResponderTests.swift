// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import StateStore
import Testing

@testable import DNSAnswers

@Suite("The fast line answers as the reference line, octet for octet")
struct ResponderTests {
    struct Tally {
        var asked = 0
        var fast = 0
        var withRecords = 0
    }

    /// Asks both lines about random catalogs; returns what was asked.
    static func compare(
        seeds: Range<UInt64>,
        hasOddities: Bool = false,
        isWide: Bool = false,
        questions: Int
    ) throws -> Tally {
        var tally = Tally()
        for seed in seeds {
            var random = RandomCatalog(seed: seed, hasOddities: hasOddities)
            random.isWide = isWide
            let settings = try random.settings()
            var store = StateStore()
            for number in 1...(30 + random.generator.below(isWide ? 600 : 200)) {
                _ = try? store.apply(random.command(), at: RaftIndex(rawValue: UInt64(number)))
            }
            let line = FastLine(settings: settings)
            line.follow(store)
            let snapshot = DNSSnapshot(store: store, zones: ZoneSet(), settings: settings)
            for number in 0..<questions {
                let question = RandomQuestion(&random, settings: settings)
                let state = Generator(seed: random.generator.next())
                let now = UInt32(truncatingIfNeeded: random.generator.next())
                let reply = line.ask(
                    question.octets,
                    question.transport,
                    generator: state,
                    now: now
                )
                tally.asked += 1
                guard reply != .handedOver else { continue }
                tally.fast += 1
                let expected = reference(question, snapshot, state, now)
                if case .reply(let octets) = reply, octets[7] | octets[6] > 0 {
                    tally.withRecords += 1
                }
                if reply != expected {
                    let text = (try? Message(decoding: question.octets)).map { "\($0)" } ?? ""
                    Issue.record(
                        """
                        seed \(seed), question \(number): \(text)
                        \(settings)
                        fast \(describe(reply))
                        slow \(describe(expected))
                        """
                    )
                    return tally
                }
            }
        }
        return tally
    }

    static func reference(
        _ question: RandomQuestion,
        _ snapshot: DNSSnapshot,
        _ state: Generator,
        _ now: UInt32
    ) -> FastLine.Reply {
        var generator = state
        let reply = ReferenceResponder().respond(
            to: question.octets,
            from: ClientContext(transport: question.transport, address: [127, 0, 0, 1]),
            snapshot: snapshot,
            chased: [:],
            now: now,
            generator: &generator
        )
        switch reply {
        case .reply(let octets): return .reply(octets)
        case .silence: return .silence
        case .forward, .chase: return .handedOver
        }
    }

    static func describe(_ reply: FastLine.Reply) -> String {
        guard case .reply(let octets) = reply else { return "\(reply)" }
        let hex = octets.map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
        let text = (try? Message(decoding: octets)).map { "\($0)" } ?? "undecodable"
        return "\(octets.count) octets \(hex)\n\(text)"
    }

    @Test("over random catalogs without oddities, almost all of it fast")
    func plain() throws {
        let tally = try Self.compare(seeds: 1..<40, questions: 300)
        #expect(Double(tally.fast) > 0.80 * Double(tally.asked), "\(tally)")
        #expect(Double(tally.withRecords) > 0.60 * Double(tally.fast), "\(tally)")
    }

    @Test("over random catalogs with host names, odd names and texts too long")
    func odd() throws {
        let tally = try Self.compare(seeds: 1000..<1040, hasOddities: true, questions: 300)
        #expect(Double(tally.fast) > 0.55 * Double(tally.asked), "\(tally)")
    }

    @Test("over services of up to some hundred instances, which have to be cut")
    func wide() throws {
        let tally = try Self.compare(seeds: 2000..<2015, isWide: true, questions: 200)
        #expect(Double(tally.fast) > 0.75 * Double(tally.asked), "\(tally)")
        #expect(Double(tally.withRecords) > 0.60 * Double(tally.fast), "\(tally)")
    }
}
