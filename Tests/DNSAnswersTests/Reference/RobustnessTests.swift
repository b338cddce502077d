// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Testing

/// Any octets get silence, a hand-over, or a reply that a strict reader takes.
@Suite("The reference line on any input")
struct RobustnessTests {
    /// Queries whose octets are changed.
    private static let queries = [
        "web.service.consul SRV (EDNS 600)", "n1.node.consul ANY", "many.service.consul A",
        "1.0.0.10.in-addr.arpa PTR (EDNS 1232, ECS 192.0.2.0/24)", "consul SOA", "consul NS",
        "c0000201.addr.consul A", "ext.service.consul A", "meta.node.consul TXT (TCP)",
        "_web._tcp.consul SRV", "q-one.query.consul A (EDNS 1232)", "www.example.net A",
    ]

    @Test("changed queries", arguments: ["C0", "C3", "C6", "C9", "C10"])
    func changed(configuration: String) throws {
        let snapshot = try #require(try CaseConfiguration.snapshot(configuration))
        var generator = Generator(seed: 0xfeed)
        for round in 0..<3000 {
            var query = try CaseQuery(Self.queries[round % Self.queries.count])
            for _ in 0..<(1 + generator.below(4)) {
                change(&query.octets, &generator)
            }
            let reply = ReferenceResponder().respond(
                to: query.octets,
                from: ClientContext(transport: query.transport, address: [127, 0, 0, 1]),
                snapshot: snapshot,
                chased: [:],
                now: ReplyComparison.now,
                generator: &generator
            )
            guard case .reply(let octets) = reply else { continue }
            let message = try Message(decoding: octets)
            #expect(octets.prefix(2) == query.octets.prefix(2), "\(query.octets)")
            #expect(message.header.isResponse, "\(query.octets)")
            #expect(message.questions.count <= 1, "\(query.octets)")
        }
    }

    private func change(_ octets: inout [UInt8], _ generator: inout Generator) {
        guard !octets.isEmpty else { return }
        let index = generator.below(octets.count)
        switch generator.below(4) {
        case 0: octets[index] = UInt8(truncatingIfNeeded: generator.next())
        case 1: octets[index] ^= 1 << UInt8(generator.below(8))
        case 2: octets.removeSubrange(index...)
        default: octets.insert(UInt8(truncatingIfNeeded: generator.next()), at: index)
        }
    }
}
