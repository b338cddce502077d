// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DNSAnswers

@Suite("Instances are chosen and ordered uniformly at random")
struct SelectionTests {
    /// χ² of how often each of `cells` equally likely results came.
    static func chiSquare(_ counts: [Int: Int], cells: Int) -> Double {
        let total = counts.values.reduce(0, +)
        let expected = Double(total) / Double(cells)
        let missing = Double(cells - counts.count) * expected
        return counts.values.reduce(missing) { sum, count in
            sum + (Double(count) - expected) * (Double(count) - expected) / expected
        }
    }

    // For n degrees of freedom χ² has the mean n and the variance 2n; five standard deviations
    // are passed once in some million seeds, and the seed is fixed.
    static func bound(cells: Int) -> Double {
        let freedom = Double(cells - 1)
        return freedom + 5 * (2 * freedom).squareRoot()
    }

    @Test("ordered triples of narrow and of wide services", arguments: [3, 10, 16, 17, 20])
    func triples(total: Int) {
        var generator = Generator(seed: UInt64(total))
        var counts: [Int: Int] = [:]
        let cells = total * (total - 1) * (total - 2)
        for _ in 0..<(cells * 40) {
            var code = 0
            pick(3, of: total, using: &generator) { code = code * total + $0 }
            counts[code, default: 0] += 1
        }
        #expect(counts.count == cells)
        #expect(Self.chiSquare(counts, cells: cells) < Self.bound(cells: cells))
    }

    @Test("the first of very many", arguments: [64, 1000])
    func first(total: Int) {
        var generator = Generator(seed: 5)
        var counts: [Int: Int] = [:]
        let permutation = Permutation(capacity: total)
        for _ in 0..<(total * 100) {
            permutation.pick(1, of: total, using: &generator) { counts[$0, default: 0] += 1 }
        }
        #expect(Self.chiSquare(counts, cells: total) < Self.bound(cells: total))
    }

    @Test(
        "each one once, and the same beginning whatever is taken",
        arguments: [1, 2, 16, 17, 300]
    )
    func prefixes(total: Int) {
        var whole: [Int] = []
        var generator = Generator(seed: 77)
        pick(total, of: total, using: &generator) { whole.append($0) }
        #expect(whole.sorted() == Array(0..<total))
        let permutation = Permutation(capacity: 512)
        for count in [0, 1, total / 2, total] {
            var part: [Int] = []
            var again = Generator(seed: 77)
            permutation.pick(count, of: total, using: &again) { part.append($0) }
            #expect(part == Array(whole.prefix(count)))
        }
    }

    @Test("a permutation grows and is whole afterwards")
    func growth() {
        var permutation = Permutation(capacity: 20)
        permutation.grow(to: 5000)
        var generator = Generator(seed: 1)
        var seen = Set<Int>()
        permutation.pick(5000, of: 5000, using: &generator) { seen.insert($0) }
        #expect(seen.count == 5000)
    }
}
