// SPDX-License-Identifier: Apache-2.0
public import Definitions

/// How many equal results in a row make a state; 0 and 1 both mean "at once".
public struct CheckThresholds: Hashable, Sendable {
    /// Successes until the check passes.
    public var successBeforePassing: Int
    /// Failures until the check warns.
    public var failuresBeforeWarning: Int
    /// Failures until the check is critical.
    public var failuresBeforeCritical: Int

    /// Makes thresholds; left out they are "at once".
    public init(
        successBeforePassing: Int = 0,
        failuresBeforeWarning: Int = 0,
        failuresBeforeCritical: Int = 0
    ) {
        self.successBeforePassing = successBeforePassing
        self.failuresBeforeWarning = failuresBeforeWarning
        self.failuresBeforeCritical = failuresBeforeCritical
    }
}

/// Counts results against thresholds (Consul: `StatusHandler`; Consul API, "Thresholds").
public struct ThresholdCounters: Hashable, Sendable {
    private let thresholds: CheckThresholds
    private var successes: Int
    private var failures: Int

    /// Makes counters that stand at their thresholds, so that the first result counts at once.
    public init(_ thresholds: CheckThresholds) {
        self.thresholds = thresholds
        successes = thresholds.successBeforePassing
        failures = thresholds.failuresBeforeCritical
    }

    /// Counts a result; returns the status to take, or `nil` to stay with the old one.
    public mutating func count(_ result: CheckStatus) -> CheckStatus? {
        if result == .passing || result == .warning {
            // Consul: a warning is a success; pinned by "a warning counts as a success".
            successes = min(successes, Int.max - 1) + 1
            failures = 0
            return successes >= thresholds.successBeforePassing ? result : nil
        }
        failures = min(failures, Int.max - 1) + 1
        successes = 0
        if failures >= thresholds.failuresBeforeCritical { return .critical }
        return failures >= thresholds.failuresBeforeWarning ? .warning : nil
    }
}
