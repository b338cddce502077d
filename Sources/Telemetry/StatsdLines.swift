// SPDX-License-Identifier: Apache-2.0

/// Measurements on their way to a statsd server: lines gathered into packets.
///
/// Counters of one series are added up until they are sent; each value of a sample is a line of its own,
/// as far as there is room.
public struct StatsdLines: Sendable {
    /// Which dialect is spoken.
    public enum Dialect: Hashable, Sendable {
        /// `name:1|c`; labels become parts of the name, as go-metrics does.
        case plain
        /// `name:1|c|#label:value`; `dogstatsd_tags` are put to every line.
        case datadog(tags: [String])
    }

    /// The most octets of a packet, so that it fits a datagram on any link (go-metrics: 1,400).
    public static let packetSize = 1400
    /// The most lines that wait; more are left out and counted.
    public static let maximumLines = 20_000

    private let dialect: Dialect
    private var counters: [MetricKey: Double] = [:]
    private var lines: [String] = []
    /// Values that were left out because too many waited.
    public private(set) var lost = 0

    /// Nothing waits.
    public init(_ dialect: Dialect) { self.dialect = dialect }

    /// Takes a value of the series with this full name.
    ///
    /// A value of a sample that came `times` times is one line that says so: the share `@1/times` was sent.
    public mutating func take(
        _ fullName: String,
        _ labels: [MetricKey.Label],
        _ kind: MetricKind,
        _ value: Double,
        times: Int = 1
    ) {
        switch kind {
        case .counter: counters[MetricKey(fullName, labels), default: 0] += value
        case .gauge: append(line(fullName, labels, value, "g"))
        case .sample:
            let share = times > 1 ? "ms|@" + PrometheusText.number(1 / Double(times)) : "ms"
            append(line(fullName, labels, value, share))
        // It has no line of its own: statsd makes histograms of samples.
        case .histogram: break
        }
    }

    /// All that waits, in packets; nothing waits afterwards.
    public mutating func packets() -> [[UInt8]] {
        let sums = counters.sorted {
            MetricBook.isBefore($0.key.name, $0.key.labels, $1.key.name, $1.key.labels)
        }
        for (key, sum) in sums { append(line(key.name, key.labels, sum, "c")) }
        counters = [:]
        var packets: [[UInt8]] = []
        var packet: [UInt8] = []
        for line in lines {
            if packet.count + line.utf8.count > Self.packetSize, !packet.isEmpty {
                packets.append(packet)
                packet = []
            }
            packet.append(contentsOf: line.utf8)
        }
        if !packet.isEmpty { packets.append(packet) }
        lines = []
        return packets
    }

    private mutating func append(_ line: String) {
        guard lines.count < Self.maximumLines else {
            lost += 1
            return
        }
        lines.append(line)
    }

    private func line(
        _ name: String,
        _ labels: [MetricKey.Label],
        _ value: Double,
        _ type: String
    ) -> String {
        let number = PrometheusText.number(value)
        switch dialect {
        case .plain:
            let parts = [name] + labels.map(\.value)
            return parts.map(Self.cleaned).joined(separator: ".") + ":\(number)|\(type)\n"
        case .datadog(let tags):
            let all = tags + labels.map { "\($0.name):\($0.value)" }
            let suffix = all.isEmpty ? "" : "|#" + all.map(Self.cleanedTag).joined(separator: ",")
            return "\(Self.cleaned(name)):\(number)|\(type)\(suffix)\n"
        }
    }

    /// What would end a name or a line is `_` (Consul: go-metrics).
    private static func cleaned(_ text: String) -> String {
        String(text.map { ":| \n\r\t".contains($0) ? "_" : $0 })
    }

    private static func cleanedTag(_ text: String) -> String {
        String(text.map { "|,\n\r".contains($0) ? "_" : $0 })
    }
}
