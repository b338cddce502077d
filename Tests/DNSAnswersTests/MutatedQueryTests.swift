// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import StateStore
import Testing

@testable import DNSAnswers

@Suite("The fast line takes any octets")
struct MutatedQueryTests {
    @Test("mutated queries: as the reference line, whatever stands behind them", arguments: 1...8)
    func mutated(seed: Int) throws {
        var random = RandomCatalog(seed: UInt64(seed) &* 7919, hasOddities: true)
        let settings = try random.settings()
        var store = StateStore()
        for number in 1...60 {
            _ = try? store.apply(random.command(), at: RaftIndex(rawValue: UInt64(number)))
        }
        var besides = RandomZones(seed: UInt64(seed) &* 104_729, hasOddities: true)
        let zones = try besides.zones()
        let line = FastLine(settings: settings)
        line.writer.replace(zones: zones)
        line.follow(store)
        let snapshot = DNSSnapshot(store: store, zones: zones, settings: settings)
        for number in 0..<1500 {
            var question =
                number % 3 == 0 && !besides.owners.isEmpty
                ? besides.question() : RandomQuestion(&random, settings: settings)
            Self.mutate(&question.octets, &random)
            let state = Generator(seed: 3)
            let reply = line.ask(question.octets, question.transport, generator: state)
            // Poison of either kind behind the query must not matter.
            for poison: UInt8 in [0, 1, 0x3f, 0xff] {
                let again = line.ask(
                    question.octets,
                    question.transport,
                    generator: state,
                    poison: poison
                )
                #expect(again == reply, "seed \(seed), query \(number): \(question.octets)")
            }
            guard reply != .handedOver else { continue }
            let expected = ResponderTests.reference(question, snapshot, state, 0)
            #expect(reply == expected, "seed \(seed), query \(number): \(question.octets)")
        }
    }

    static func mutate(_ octets: inout [UInt8], _ random: inout RandomCatalog) {
        for _ in 0..<(1 + random.generator.below(3)) where !octets.isEmpty {
            switch random.generator.below(5) {
            case 0: octets.removeLast(random.generator.below(octets.count) / 2)
            case 1:
                let count = random.generator.below(40)
                octets += (0..<count).map { _ in UInt8(random.generator.below(256)) }
            case 2: octets.remove(at: random.generator.below(octets.count))
            default:
                octets[random.generator.below(octets.count)] = random.pick([
                    0, 1, 0x3f, 0x40, 0xc0, 0xff, 0x5f, UInt8(random.generator.below(256)),
                ])
            }
        }
    }

    @Test("every length of a query, cut anywhere")
    func cut() throws {
        let settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "a"
        )
        let line = FastLine(settings: settings)
        let whole = QueryOctets.make("v1.web.service.dc1.consul", type: .srv, edns: 1232)
        for length in 0...whole.count {
            let reply = line.ask(Array(whole.prefix(length)), .udp)
            if length < 12 { #expect(reply == .silence) }
            if length == whole.count { #expect(reply != .handedOver) }
        }
    }

    @Test("names of the greatest length, and longer")
    func long() throws {
        let settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "a"
        )
        let line = FastLine(settings: settings)
        let snapshot = DNSSnapshot(store: StateStore(), zones: ZoneSet(), settings: settings)
        for length in 40...63 {
            let label = [UInt8](repeating: 0x61, count: length)
            let labels = [label, label, label, label, Array("service".utf8), Array("consul".utf8)]
            for count in 1...4 {
                let query = QueryOctets.make(Array(labels.dropFirst(4 - count)), type: 1)
                let reply = line.ask(query, .udp)
                guard reply != .handedOver else { continue }
                let question = RandomQuestion(octets: query, transport: .udp)
                let expected = ResponderTests.reference(question, snapshot, Generator(seed: 1), 0)
                #expect(reply == expected)
            }
        }
    }
}
