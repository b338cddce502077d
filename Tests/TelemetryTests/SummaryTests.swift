// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Telemetry

extension MetricBook {
    /// The series of a key, which must have room.
    mutating func known(_ key: MetricKey, _ kind: MetricKind) throws -> SeriesID {
        let id = series(key, kind)
        return try #require(id)
    }
}

@Suite("Values are summed up as go-metrics does")
struct AggregateTests {
    @Test("count, sum, extremes, mean, deviation and rate")
    func values() {
        var aggregate = Aggregate()
        for value in [2.0, 4, 4, 4, 5, 5, 7, 9] { aggregate.take(value) }
        #expect(aggregate.count == 8)
        #expect(aggregate.sum == 40)
        #expect(aggregate.minimum == 2)
        #expect(aggregate.maximum == 9)
        #expect(aggregate.mean == 5)
        #expect(abs(aggregate.deviation - 2.13809) < 1e-5)
        #expect(aggregate.rate(over: 10) == 4)
    }

    @Test("without values all is zero, and one value has no deviation")
    func few() {
        #expect(Aggregate().mean == 0)
        #expect(Aggregate().minimum == 0)
        var one = Aggregate()
        one.take(-3)
        #expect(one.deviation == 0)
        #expect(one.maximum == -3)
    }

    @Test("a value that came often counts as often")
    func often() {
        var once = Aggregate()
        var often = Aggregate()
        for _ in 0..<3 { once.take(1.5) }
        once.take(4)
        often.take(1.5, times: 3)
        often.take(4, times: 1)
        often.take(100, times: 0)
        #expect(once == often)
    }
}

@Suite("Quantiles are near the true ones in bounded memory")
struct QuantileSketchTests {
    @Test("of values over nine orders of magnitude, off by at most 1.1 %", arguments: 1...20)
    func near(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var sketch = QuantileSketch()
        var values: [Double] = []
        for _ in 0..<2000 {
            let exponent = Double.random(in: -4...4, using: &generator)
            var value = Double.random(in: 1...10, using: &generator)
            for _ in 0..<Int(exponent.magnitude) { value *= exponent < 0 ? 0.1 : 10 }
            values.append(value)
            sketch.take(value)
        }
        values.sort()
        for quantile in [0, 0.1, 0.5, 0.9, 0.99, 1] {
            let found = try #require(sketch.value(at: quantile))
            let exact = values[Int((quantile * Double(values.count - 1)).rounded())]
            #expect(abs(found - exact) <= exact * 0.011, "\(quantile)")
        }
    }

    @Test("two sketches together are the sketch of all values")
    func merged() {
        var generator = SplitMix64(seed: 7)
        var all = QuantileSketch()
        var halves = [QuantileSketch(), QuantileSketch()]
        for number in 0..<1000 {
            let value = Double.random(in: 0.001...5000, using: &generator)
            all.take(value)
            halves[number % 2].take(value)
        }
        halves[0].merge(halves[1])
        #expect(halves[0].count == 1000)
        for quantile in [0.0, 0.25, 0.5, 0.75, 1] {
            #expect(halves[0].value(at: quantile) == all.value(at: quantile))
        }
    }

    @Test("what no time can be is taken as the nearest that can")
    func outside() throws {
        var sketch = QuantileSketch()
        #expect(sketch.value(at: 0.5) == nil)
        for value in [0, -1, 1e300, .infinity, .nan] { sketch.take(value) }
        #expect(sketch.count == 4)
        #expect(try #require(sketch.value(at: 0)) < 0.001)
        #expect(try #require(sketch.value(at: 1)) > 4e9)
    }

    @Test("its logarithm and its power are each other's inverse")
    func functions() {
        for value in [1.0, 1.5, 2, 10, 12345.678, 4e9] {
            let back = QuantileSketch.power(QuantileSketch.logarithm(value))
            #expect(abs(back / value - 1) < 1e-9)
        }
        #expect(abs(QuantileSketch.logarithm(10) - 2.302585092994046) < 1e-12)
    }
}
