// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Telemetry

/// What the configuration says about measurements.
struct TelemetrySettings: Sendable {
    /// A statsd server.
    struct Sink: Hashable, Sendable {
        /// Its name or address.
        var host: String
        /// Its UDP port.
        var port: Int
        /// What it understands.
        var dialect: StatsdLines.Dialect
    }

    /// How series are called, and which are kept.
    var naming = MetricNaming()
    /// `telemetry.prometheus_retention_time` in seconds.
    var retention = 0
    /// Who is told.
    var sinks: [Sink] = []

    /// Consul's defaults: nobody is told, no Prometheus.
    init() {}

    /// What a configuration says; `hostName` is the machine's.
    init(_ telemetry: TelemetryConfiguration, hostName: String) {
        naming.prefix = telemetry.prefix
        naming.filters = telemetry.filters.compactMap(MetricNaming.Filter.init)
        naming.keepsByDefault = telemetry.keepsByDefault
        // A part of a second is as good as a second: it asks for Prometheus.
        let retained = telemetry.prometheusRetention
        retention = retained > .zero ? max(1, Int(retained.components.seconds)) : 0
        if let server = telemetry.statsd {
            sinks.append(Sink(host: server.host, port: server.port, dialect: .plain))
        }
        if let server = telemetry.dogstatsd {
            let tags = telemetry.dogstatsdTags
            sinks.append(
                Sink(host: server.host, port: server.port, dialect: .datadog(tags: tags))
            )
        }
        let isSent = !sinks.isEmpty || retention > 0
        naming.hostName = isSent && !telemetry.disablesHostName ? hostName : nil
    }
}
