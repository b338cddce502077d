// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("DNSWire beside libldns (docs/divergences.md)")
struct DifferentialTests {
    static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(
        "right messages: both accept, and what we decode and encode prints alike",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func right(seed: UInt64) throws {
        var generator = MessageGenerator(seed: seed)
        var tally = Differential.Tally()
        for round in 0..<1500 {
            let octets = try generator.valid()
            let difference = Differential.compare(octets, &tally)
            try #require(
                difference == nil,
                "seed \(seed) round \(round): \(Self.hexadecimal(octets))"
            )
        }
        #expect(tally.agreements == 1500)
    }

    @Test(
        "damaged messages: what one accepts the other accepts, or the list says why",
        arguments: 11...14 as ClosedRange<UInt64>
    )
    func damaged(seed: UInt64) throws {
        var generator = MessageGenerator(seed: seed)
        var tally = Differential.Tally()
        for round in 0..<4000 {
            let octets = try generator.mutated()
            let difference = Differential.compare(octets, &tally)
            try #require(
                difference == nil,
                "seed \(seed) round \(round): \(Self.hexadecimal(octets))"
            )
        }
        // The generator must reach both verdicts, or the test says nothing.
        #expect(tally.agreements > 200 && tally.refusals > 200)
        #expect(tally.divergences.values.reduce(0, +) > 0)
    }

    /// One message for each entry of the list: header counts, then the octets behind the header.
    static let vectors: [(Differential.Divergence, [UInt8], [UInt8])] = [
        (.trailingOctets, [0, 0, 0, 0, 0, 0, 0, 0], [0]),
        (.forwardPointer, [0, 1, 0, 0, 0, 0, 0, 0], [0xc0, 14, 0, 1, 0, 1]),
        (
            .malformedRecordData, [0, 0, 0, 1, 0, 0, 0, 0],
            [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 192, 0, 2, 1, 9]
        ),
        (
            .malformedOption, [0, 0, 0, 0, 0, 0, 0, 1],
            [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 3, 0, 10, 0]
        ),
        (.misplacedOPT, [0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]),
        (.pointerToHeader, [0, 1, 0, 0, 0, 0, 0, 0], [0xc0, 0, 0, 1, 0, 1]),
        (.malformedRecordData, [0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 6, 0, 1, 0, 0, 0, 0, 0, 1, 0]),
        (.opaqueData, [0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 35, 0, 1, 0, 0, 0, 0, 0, 1, 7]),
    ]

    @Test("each divergence of the list exists", arguments: vectors)
    func listed(divergence: Differential.Divergence, counts: [UInt8], body: [UInt8]) {
        var tally = Differential.Tally()
        #expect(Differential.compare([0, 0, 0x80, 0] + counts + body, &tally) == nil)
        #expect(tally.divergences == [divergence: 1])
    }

    @Test("the list has a message for each entry")
    func complete() {
        #expect(Set(Self.vectors.map(\.0)) == Set(Differential.Divergence.allCases))
    }
}
