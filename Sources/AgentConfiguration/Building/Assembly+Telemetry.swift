// SPDX-License-Identifier: Apache-2.0

extension Assembly {
    mutating func readTelemetry() {
        var telemetry = TelemetryConfiguration()
        telemetry.prefix = reader.string("telemetry.metrics_prefix")
        telemetry.prometheusRetention = durationQuietly("telemetry.prometheus_retention_time")
        telemetry.disablesHostName = reader.bool("telemetry.disable_hostname")
        telemetry.keepsByDefault = reader.bool("telemetry.filter_default")
        telemetry.statsd = datagramServer("telemetry.statsd_address", defaultPort: 8125)
        telemetry.dogstatsd = datagramServer("telemetry.dogstatsd_addr", defaultPort: 8125)
        telemetry.dogstatsdTags = reader.strings("telemetry.dogstatsd_tags")
        telemetry.hostName = host.hostName
        for filter in reader.strings("telemetry.prefix_filter") {
            if filter.isEmpty {
                warnings.append("Cannot have empty filter rule in prefix_filter")
            } else if !filter.hasPrefix("+"), !filter.hasPrefix("-") {
                // Consul: the rule is left out.
                warnings.append("Filter rule must begin with either '+' or '-': \"\(filter)\"")
            } else {
                telemetry.filters.append(filter)
            }
        }
        configuration.telemetry = telemetry
    }

    /// `host:port`, `host`, `[::1]:8125`; `nil` for an empty text.
    private mutating func datagramServer(
        _ path: String,
        defaultPort: Int
    ) -> TelemetryConfiguration.Server? {
        let text = reader.string(path)
        if text.isEmpty { return nil }
        let colon = text.lastIndex(of: ":")
        let isBare = colon == nil || (text.contains("::") && !text.hasPrefix("["))
        var host = isBare ? text : colon.map { String(text[..<$0]) } ?? text
        let port = isBare ? defaultPort : colon.flatMap { Int(text[text.index(after: $0)...]) }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard let port, (1...65535).contains(port), !host.isEmpty else {
            reader.report(
                "\(path): '\(text)' is no address",
                at: path,
                hint: "write a name or an IP address and a UDP port, as 127.0.0.1:8125"
            )
            return nil
        }
        return TelemetryConfiguration.Server(host: host, port: port)
    }
}
