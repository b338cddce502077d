// SPDX-License-Identifier: Apache-2.0

/// What was measured within one interval, as `/v1/agent/metrics` shows it (HTTP API 9.2).
public struct MetricReport: Hashable, Sendable {
    /// A gauge with its last value.
    public struct Gauge: Hashable, Sendable {
        /// The full name.
        public var name: String
        /// The labels.
        public var labels: [MetricKey.Label]
        /// The value.
        public var value: Double
    }

    /// A counter or sample with what it took.
    public struct Summary: Hashable, Sendable {
        /// The full name.
        public var name: String
        /// The labels.
        public var labels: [MetricKey.Label]
        /// What it took.
        public var aggregate: Aggregate
    }

    /// When the interval began, in seconds since 1970.
    public var start: Int
    /// The length of an interval, in seconds.
    public var seconds = MetricBook.interval
    /// Gauges by name and labels.
    public var gauges: [Gauge] = []
    /// Counters by name and labels.
    public var counters: [Summary] = []
    /// Samples by name and labels.
    public var samples: [Summary] = []

    /// An interval in which nothing was measured.
    public init(start: Int) { self.start = start }
}

/// Who shows measurements; the HTTP API asks it.
public protocol MetricsReader: Sendable {
    /// The last whole interval, or the present one while there is no other.
    func report() -> MetricReport

    /// Waits until an interval is over and returns it.
    ///
    /// - Returns: `nil` when the agent stops, or the task is cancelled.
    func nextReport() async -> MetricReport?

    /// Everything in the Prometheus text format; `nil` when that is switched off
    /// (`telemetry.prometheus_retention_time` is 0).
    func prometheusText() -> String?
}
