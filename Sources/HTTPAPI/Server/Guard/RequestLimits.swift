// SPDX-License-Identifier: Apache-2.0

/// `limits.request_limits`: how many requests a second reach the state.
public struct RequestLimits: Hashable, Sendable {
    /// What happens to requests over the limit.
    public enum Mode: String, Hashable, Sendable {
        /// Nothing, and nothing is counted.
        case disabled
        /// They are counted and answered.
        case permissive
        /// They are counted and refused.
        case enforcing
    }

    /// `mode`.
    public var mode = Mode.disabled
    /// `read_rate`, a second; negative means no limit.
    public var readRate = -1.0
    /// `write_rate`, a second; negative means no limit.
    public var writeRate = -1.0

    /// No limits.
    public init() {}
}

/// A rate with a store: what was not used is saved up, to a bound.
struct TokenBucket: Hashable {
    private let rate: Double
    private let size: Double
    private var tokens: Double
    private var filled: ContinuousClock.Instant

    /// Makes a full bucket.
    ///
    /// - Parameters:
    ///   - rate: tokens a second; negative means without end.
    ///   - now: the time.
    init(rate: Double, now: ContinuousClock.Instant) {
        self.rate = rate
        // Consul: ten seconds' worth may come at once.
        size = max(0, rate.rounded(.down) * 10)
        tokens = size
        filled = now
    }

    /// Takes a token; `false` when there is none.
    mutating func take(now: ContinuousClock.Instant) -> Bool {
        guard rate >= 0 else { return true }
        let passed = (now - filled) / .seconds(1)
        tokens = min(size, tokens + max(0, passed) * rate)
        filled = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
