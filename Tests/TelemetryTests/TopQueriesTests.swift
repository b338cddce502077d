// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Telemetry

@Suite("The heaviest keys in bounded memory")
struct TopQueriesTests {
    /// xorshift, for streams that are the same each time.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// A stream in which key k comes about 1/k as often as the first.
    private static func stream(_ seed: UInt64, _ count: Int) -> [Int] {
        var numbers = Numbers(state: seed)
        return (0..<count).map { _ in
            let ceiling = Int.random(in: 1...3000, using: &numbers)
            return 3000 / ceiling
        }
    }

    @Test(
        "every count is within its error, and what is heavy is there",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func bounds(seed: UInt64) {
        var sketch = TopSketch<Int>(capacity: 32)
        var exact: [Int: UInt64] = [:]
        for (at, key) in Self.stream(seed, 5000).enumerated() {
            let weight = UInt64(at % 3 + 1)
            sketch.take(key, weight)
            exact[key, default: 0] += weight
        }
        let top = TopSketch.top(32, of: [sketch])
        #expect(top.count == 32)
        #expect(sketch.total == exact.values.reduce(0, +))
        for entry in top {
            let true_ = exact[entry.key] ?? 0
            #expect(true_ <= entry.count && entry.count - entry.error <= true_)
        }
        let kept = Set(top.map(\.key))
        for (key, weight) in exact where weight > sketch.total / 32 { #expect(kept.contains(key)) }
        #expect(top.map(\.count) == top.map(\.count).sorted(by: >))
    }

    @Test("sketches together keep the bounds", arguments: 1...10 as ClosedRange<UInt64>)
    func merged(seed: UInt64) {
        var exact: [Int: UInt64] = [:]
        let sketches = (0..<3 as Range<UInt64>).map { number -> TopSketch<Int> in
            var sketch = TopSketch<Int>(capacity: 24)
            for key in Self.stream(seed * 31 + number, 2000) {
                sketch.take(key)
                exact[key, default: 0] += 1
            }
            return sketch
        }
        for entry in TopSketch.top(10, of: sketches) {
            let weight = exact[entry.key] ?? 0
            #expect(weight <= entry.count && entry.count - entry.error <= weight)
        }
    }

    private func query(_ name: String, code: UInt8 = 0, type: UInt16 = 1) -> TopQueries.Query {
        TopQueries.Query(name: Array(name.utf8), client: [1], type: type, code: code, source: 1)
    }

    @Test("a window holds its minutes, all of it everything")
    func windows() {
        var queries = TopQueries(now: 0)
        for minute in 0..<30 {
            for _ in 0...minute { queries.take(query("m\(minute)"), now: 60 * minute + 7) }
        }
        let now = 60 * 29 + 30
        #expect(queries.report(minutes: 1, limit: 5, now: now).queries == 30)
        #expect(queries.report(minutes: 1, limit: 5, now: now).since == 60 * 29)
        #expect(queries.report(minutes: 2, limit: 5, now: now).queries == 59)
        let ten = queries.report(minutes: 10, limit: 100, now: now)
        #expect(ten.names.map { String(decoding: $0.key, as: UTF8.self) }.last == "m20")
        #expect(queries.report(minutes: nil, limit: 5, now: now).queries == 30 * 31 / 2)
        #expect(queries.report(minutes: 1, limit: 5, now: now + 3600).queries == 0)
    }

    @Test("what clients make up takes no more memory than is said")
    func bounded() {
        var queries = TopQueries(now: 0)
        for number in 0..<5000 {
            queries.take(query("n\(number)", code: 3, type: UInt16(number)), now: number / 8)
        }
        let report = queries.report(minutes: nil, limit: 10_000, now: 625)
        #expect(report.names.count == TopQueries.totalCapacity)
        #expect(report.failingNames.count == TopQueries.totalCapacity)
        // The type 0, which stands for the others too, was the first.
        #expect(report.types.count == TopQueries.typeLimit)
        #expect(report.types.map(\.count).reduce(0, +) == 5000)
        #expect(queries.report(minutes: 1, limit: 10_000, now: 600).names.count <= 256)
    }
}
