// SPDX-License-Identifier: Apache-2.0

/// What is kept of the values that a counter or sample took within one interval.
public struct Aggregate: Hashable, Sendable {
    /// How many values.
    public private(set) var count = 0
    /// Their sum.
    public private(set) var sum = 0.0
    /// The sum of their squares.
    private var squares = 0.0
    /// The smallest; 0 without values.
    public private(set) var minimum = 0.0
    /// The largest; 0 without values.
    public private(set) var maximum = 0.0

    /// Nothing yet.
    public init() {}

    /// Takes a value, as often as told.
    public mutating func take(_ value: Double, times: Int = 1) {
        guard times > 0 else { return }
        minimum = count == 0 ? value : min(minimum, value)
        maximum = count == 0 ? value : max(maximum, value)
        count += times
        sum += value * Double(times)
        squares += value * value * Double(times)
    }

    /// The mean; 0 without values.
    public var mean: Double { count == 0 ? 0 : sum / Double(count) }

    /// The standard deviation of a sample; 0 with fewer than two values.
    public var deviation: Double {
        guard count > 1 else { return 0 }
        let number = Double(count)
        // What rounding leaves may lie below zero.
        return max(0, (number * squares - sum * sum) / (number * (number - 1))).squareRoot()
    }

    /// The sum for each second of an interval.
    public func rate(over seconds: Int) -> Double { sum / Double(seconds) }
}
