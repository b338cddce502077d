// SPDX-License-Identifier: Apache-2.0

/// Quantiles of many values in bounded memory: values are counted in buckets each 2 % wider than
/// the one before, so that a quantile is off by 1 % at most.
///
/// From 1/65,536 up to 2^32; in milliseconds from 15 ns to 50 days. Values outside count as the nearest.
public struct QuantileSketch: Sendable {
    // ln(1.02), and the number of buckets between the two ends.
    private static let width = 0.019802627296179713
    private static let smallest = 1.0 / 65536
    private static let size = 1682

    /// Buckets from ``first`` on; grows to where values are.
    private var buckets: [UInt32] = []
    private var first = 0
    /// How many values.
    public private(set) var count = 0

    /// Nothing yet.
    public init() {}

    /// Takes a value, as often as told; what is not above zero counts as the smallest.
    public mutating func take(_ value: Double, times: Int = 1) {
        guard times > 0, !value.isNaN else { return }
        let bucket = Self.bucket(of: value)
        if buckets.isEmpty {
            first = bucket
            buckets = [0]
        } else if bucket < first {
            buckets.insert(contentsOf: repeatElement(0, count: first - bucket), at: 0)
            first = bucket
        } else if bucket >= first + buckets.count {
            let missing = bucket - first - buckets.count + 1
            buckets.append(contentsOf: repeatElement(0, count: missing))
        }
        buckets[bucket - first] &+= UInt32(truncatingIfNeeded: times)
        count += times
    }

    /// Takes all values of another sketch.
    public mutating func merge(_ other: QuantileSketch) {
        for (offset, times) in other.buckets.enumerated() where times > 0 {
            take(Self.middle(of: other.first + offset), times: Int(times))
        }
    }

    /// The value below which the share `quantile` (0…1) lies; `nil` without values.
    public func value(at quantile: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = Int((quantile * Double(count - 1)).rounded())
        var below = 0
        for (offset, times) in buckets.enumerated() {
            below += Int(times)
            if below > rank { return Self.middle(of: first + offset) }
        }
        return nil
    }

    private static func bucket(of value: Double) -> Int {
        guard value > smallest else { return 0 }
        guard value < 4_294_967_296 else { return size - 1 }
        return min(size - 1, Int(logarithm(value / smallest) / width))
    }

    private static func middle(of bucket: Int) -> Double {
        smallest * power((Double(bucket) + 0.5) * width)
    }

    /// The natural logarithm; exact enough to choose a bucket (the core knows no C library).
    static func logarithm(_ value: Double) -> Double {
        // value = significand × 2^exponent; atanh's series converges quickly for 1…2.
        let part = (value.significand - 1) / (value.significand + 1)
        let square = part * part
        var term = part
        var sum = 0.0
        var divisor = 1.0
        while term > 1e-12 {
            sum += term / divisor
            term *= square
            divisor += 2
        }
        return 2 * sum + Double(value.exponent) * 0.6931471805599453
    }

    /// e to a power of 0 or more.
    static func power(_ exponent: Double) -> Double {
        let twos = (exponent / 0.6931471805599453).rounded(.down)
        let rest = exponent - twos * 0.6931471805599453
        var term = 1.0
        var sum = 1.0
        var step = 1.0
        while term > 1e-12 {
            term *= rest / step
            sum += term
            step += 1
        }
        return Double(sign: .plus, exponent: Int(twos), significand: sum)
    }
}
