// SPDX-License-Identifier: Apache-2.0

/// The time that stands with a command in the log: how long the log has been written to.
///
/// State depends on the log alone, so that the time of what happens must stand in it. Whoever
/// proposes a command counts on from the time of the command before, by a monotonic clock; steps of
/// the wall clock and times when no server runs do not count. So what lasts a time, as a lock-delay
/// does, ends early by no more than a millisecond.
public struct LogTime: RawRepresentable, Hashable, Comparable, Sendable {
    /// Milliseconds.
    public var rawValue: UInt64

    /// Makes a time.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Before any command, and of commands that carry no time.
    public static let zero = LogTime(rawValue: 0)

    /// Orders by time.
    public static func < (a: LogTime, b: LogTime) -> Bool { a.rawValue < b.rawValue }

    /// The time that is later by a duration; part of a millisecond counts as a whole one.
    public func advanced(by duration: Duration) -> LogTime {
        guard duration > .zero else { return self }
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        if overflow { return LogTime(rawValue: .max) }
        let (part, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let amount = whole.addingReportingOverflow(UInt64(part) + (rest > 0 ? 1 : 0))
        let sum = rawValue.addingReportingOverflow(amount.partialValue)
        return LogTime(rawValue: amount.overflow || sum.overflow ? .max : sum.partialValue)
    }
}
