// SPDX-License-Identifier: Apache-2.0

/// Which queries are told to who listens (``QueryTap``).
public struct QueryTapSettings: Sendable, Hashable {
    /// One query in so many is for the log, drawn at random; 0 for none.
    public var logsOneIn = 0
    /// Whether every failure is: codes other than NOERROR and NXDOMAIN.
    public var logsFailures = false
    /// Every query that took so many nanoseconds is; 0 for none.
    public var logsFrom: UInt64 = 0
    /// Whether queries are sampled for the lists of who asks what, about ``QueryTap/sampleRate`` a
    /// second.
    public var samples = false

    /// Nothing is told.
    public init() {}

    /// Whether anything is for the log.
    public var logs: Bool { logsOneIn > 0 || logsFailures || logsFrom > 0 }

    /// Whether each query has to be looked at.
    var looksAtAll: Bool { logsFailures || logsFrom > 0 }
}
