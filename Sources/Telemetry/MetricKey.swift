// SPDX-License-Identifier: Apache-2.0

/// What one series of measurements is called.
///
/// Names are dotted and have no prefix yet: `kvs.apply` is shown as `consul.kvs.apply`. Names of our
/// own begin with `waypost.` and keep that whatever `telemetry.metrics_prefix` says.
public struct MetricKey: Hashable, Sendable {
    /// One label and its value.
    public struct Label: Hashable, Sendable {
        /// `service`.
        public var name: String
        /// `redis`.
        public var value: String

        /// Makes a label.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The name without prefix.
    public var name: String
    /// The labels, in the order in which they were given.
    public var labels: [Label]

    /// Makes a key.
    public init(_ name: String, _ labels: [Label] = []) {
        self.name = name
        self.labels = labels
    }

    /// Whether the name is of our own, not one of Consul's.
    public var isOwn: Bool { name.hasPrefix("waypost.") }

    /// Whether a label names a service of the catalog, of which there are as many as somebody registers.
    public var isOfService: Bool { labels.contains { $0.name == "service" } }
}

/// How measurements of a series are summed up.
public enum MetricKind: Hashable, Sendable {
    /// The last value counts.
    case gauge
    /// Values are added up; nothing is ever taken away.
    case counter
    /// The distribution of values counts; times are in milliseconds.
    case sample
    /// How many values were how large at most, since the start, counted elsewhere; times are in seconds. Prometheus
    /// alone sees it, since it can be added up over many servers.
    case histogram
}
