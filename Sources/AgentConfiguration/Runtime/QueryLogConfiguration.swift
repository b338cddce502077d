// SPDX-License-Identifier: Apache-2.0

/// `dns_config.query_log`, our own: answered queries, line by line.
public struct QueryLogConfiguration: Sendable, Hashable {
    /// The path that stands for the agent's own log.
    public static let agentLog = "log"

    /// `.enabled`.
    public var isEnabled = false
    /// `.path`: ``agentLog``, or a file or directory as `log_file`.
    public var path = agentLog
    /// `.format` is `json`.
    public var isJSON = false
    /// `.sample_rate`: the share of the queries that is logged, 0…1.
    public var sampleRate = 1.0
    /// `.failures`: other codes than NOERROR and NXDOMAIN are always logged.
    public var logsFailures = false
    /// `.slower_than`: queries that took so long are always logged; zero for none.
    public var slowerThan: Duration = .zero

    /// Off.
    public init() {}
}
