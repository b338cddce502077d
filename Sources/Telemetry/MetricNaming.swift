// SPDX-License-Identifier: Apache-2.0

/// How measurements are called outside, and which are kept (`telemetry`).
public struct MetricNaming: Hashable, Sendable {
    /// `telemetry.metrics_prefix`: the first part of Consul's names.
    public var prefix = "consul"
    /// The host's name, put behind the prefix of gauges; `nil` for none.
    ///
    /// Consul: only when an outside sink is configured and `disable_hostname` is off.
    public var hostName: String?
    /// `telemetry.prefix_filter`: beginnings of full names, and whether these are kept.
    public var filters: [Filter] = []
    /// `telemetry.filter_default`: whether names are kept that no filter fits.
    public var keepsByDefault = true

    /// One entry of `telemetry.prefix_filter`.
    public struct Filter: Hashable, Sendable {
        /// The beginning of a full name, with its dots.
        public var beginning: String
        /// `+` keeps, `-` drops.
        public var isKept: Bool

        /// Reads `+consul.raft` or `-consul.http`.
        ///
        /// - Returns: `nil` without one of the signs, or with nothing behind it.
        public init?(_ text: String) {
            guard let sign = text.first, sign == "+" || sign == "-", text.utf8.count > 1 else {
                return nil
            }
            beginning = String(text.dropFirst())
            isKept = sign == "+"
        }
    }

    /// Consul's defaults.
    public init() {}

    /// The full name of a series: `consul.kvs.apply`, `consul.host.state.nodes`,
    /// `waypost.dns.queries`.
    public func fullName(_ key: MetricKey, _ kind: MetricKind) -> String {
        if key.isOwn { return key.name }
        let host = kind == .gauge ? hostName.map { $0 + "." } ?? "" : ""
        return (prefix.isEmpty ? "" : prefix + ".") + host + key.name
    }

    /// Whether a full name is kept: the longest filter that fits decides (Consul: go-metrics, a
    /// radix tree).
    public func keeps(_ fullName: String) -> Bool {
        let best = filters.filter { fullName.hasPrefix($0.beginning) }
            .max { $0.beginning.utf8.count < $1.beginning.utf8.count }
        return best?.isKept ?? keepsByDefault
    }
}
