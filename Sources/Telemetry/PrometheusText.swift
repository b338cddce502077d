// SPDX-License-Identifier: Apache-2.0

/// The Prometheus text format 0.0.4 of a book.
///
/// Consul's names are written as Consul writes them: `_` for all that no name may have, counters
/// without suffix, samples as summaries. Our own have Prometheus' suffixes: `_total`, and seconds.
public enum PrometheusText {
    /// Its media type.
    public static let mediaType = "text/plain; version=0.0.4; charset=utf-8"
    /// The quantiles of a summary.
    static let quantiles = [0.5, 0.9, 0.99]

    /// The text of everything in a book.
    public static func text(_ book: MetricBook) -> String {
        var families: [String: [MetricBook.Series]] = [:]
        for series in book.current {
            families[name(of: series), default: []].append(series)
        }
        var text = ""
        for (name, members) in families.sorted(by: { $0.key < $1.key }) {
            guard let first = members.first else { continue }
            let description = MetricCatalogue.help(of: first.key.name)
            text += "# HELP \(name) \(description ?? name)\n"
            text += "# TYPE \(name) \(type(of: first.kind))\n"
            let sorted = members.sorted {
                MetricBook.isBefore($0.fullName, $0.key.labels, $1.fullName, $1.key.labels)
            }
            // Series whose names became one and whose kinds differ cannot stand in one family.
            for series in sorted where series.kind == first.kind {
                append(series, called: name, to: &text)
            }
        }
        return text
    }

    /// The name of a series' family.
    static func name(of series: MetricBook.Series) -> String {
        let base = metricName(series.fullName)
        guard series.key.isOwn else { return base }
        return switch series.kind {
        case .gauge: base
        case .counter: base + "_total"
        case .sample, .histogram: base + "_seconds"
        }
    }

    private static func type(of kind: MetricKind) -> String {
        switch kind {
        case .gauge: "gauge"
        case .counter: "counter"
        case .sample: "summary"
        case .histogram: "histogram"
        }
    }

    private static func append(
        _ series: MetricBook.Series,
        called name: String,
        to text: inout String
    ) {
        let labels = series.key.labels.map { label in
            "\(labelName(label.name))=\"\(escaped(label.value))\""
        }
        switch series.kind {
        case .gauge: line(name, labels, series.value, &text)
        case .counter: line(name, labels, series.total, &text)
        case .sample:
            var sketch = series.sketch
            sketch.merge(series.pastSketch)
            // Samples are milliseconds; our own names say seconds.
            let unit = series.key.isOwn ? 0.001 : 1
            for quantile in quantiles {
                let value = sketch.value(at: quantile).map { $0 * unit } ?? .nan
                line(name, labels + ["quantile=\"\(number(quantile))\""], value, &text)
            }
            line(name + "_sum", labels, series.totalSum * unit, &text)
            line(name + "_count", labels, series.total, &text)
        case .histogram:
            var count: UInt64 = 0
            for (bound, more) in zip(series.histogram.bounds + [.infinity], series.histogram.counts)
            {
                count += more
                line(name + "_bucket", labels + ["le=\"\(number(bound))\""], Double(count), &text)
            }
            line(name + "_sum", labels, series.histogram.sum, &text)
            line(name + "_count", labels, Double(count), &text)
        }
    }

    private static func line(
        _ name: String,
        _ labels: [String],
        _ value: Double,
        _ text: inout String
    ) {
        text += name
        if !labels.isEmpty { text += "{" + labels.joined(separator: ",") + "}" }
        text += " " + number(value) + "\n"
    }

    /// A number as Go prints it: without `.0`; `NaN`, `+Inf`, `-Inf`.
    public static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Letters, digits, `_` and `:` stay, all else becomes `_`; a digit in front gets one before it.
    static func metricName(_ text: String) -> String { sanitized(text, colons: true) }

    private static func labelName(_ text: String) -> String { sanitized(text, colons: false) }

    private static func sanitized(_ text: String, colons: Bool) -> String {
        var octets: [UInt8] = []
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "_"):
                octets.append(octet)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if octets.isEmpty { octets.append(UInt8(ascii: "_")) }
                octets.append(octet)
            case UInt8(ascii: ":") where colons: octets.append(octet)
            default: octets.append(UInt8(ascii: "_"))
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
