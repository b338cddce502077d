// SPDX-License-Identifier: Apache-2.0

/// `telemetry`: how measurements are called, which are kept, and who is told.
public struct TelemetryConfiguration: Sendable, Hashable {
    /// A server that takes datagrams.
    public struct Server: Sendable, Hashable {
        /// A name or an IP address.
        public var host: String
        /// The UDP port.
        public var port: Int
    }

    /// `.metrics_prefix`.
    public var prefix = "consul"
    /// `.prometheus_retention_time`; 0 switches the Prometheus form off.
    public var prometheusRetention: Duration = .zero
    /// `.disable_hostname`: whether the names of gauges lack the host's name.
    public var disablesHostName = false
    /// `.prefix_filter`: `+beginning` keeps, `-beginning` drops; other entries are left out with a
    /// warning.
    public var filters: [String] = []
    /// `.filter_default`: whether what no filter fits is kept.
    public var keepsByDefault = true
    /// `.statsd_address`.
    public var statsd: Server?
    /// `.dogstatsd_addr`.
    public var dogstatsd: Server?
    /// `.dogstatsd_tags`.
    public var dogstatsdTags: [String] = []
    /// The machine's name, for the names of gauges.
    public var hostName = ""

    /// Consul's defaults.
    public init() {}
}
