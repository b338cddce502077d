// SPDX-License-Identifier: Apache-2.0
import Telemetry

/// The object of `/v1/agent/metrics` (HTTP API 9.2).
enum MetricsObject {
    static func write(_ report: MetricReport, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Timestamp", CalendarTime(seconds: report.start).goText)
            writer.key("Gauges")
            writer.array(report.gauges) { writer, gauge in
                writer.object { writer in
                    writer.member("Name", gauge.name)
                    writer.key("Value")
                    number(gauge.value, &writer)
                    labels(gauge.labels, &writer)
                }
            }
            writer.member("Points", [String]())
            writer.key("Counters")
            writer.array(report.counters) { summary($1, report.seconds, &$0) }
            writer.key("Samples")
            writer.array(report.samples) { summary($1, report.seconds, &$0) }
        }
    }

    private static func summary(
        _ summary: MetricReport.Summary,
        _ seconds: Int,
        _ writer: inout JSONWriter
    ) {
        let aggregate = summary.aggregate
        writer.object { writer in
            writer.member("Name", summary.name)
            writer.member("Count", aggregate.count)
            for (name, value) in [
                ("Rate", aggregate.rate(over: seconds)), ("Sum", aggregate.sum),
                ("Min", aggregate.minimum), ("Max", aggregate.maximum),
                ("Mean", aggregate.mean), ("Stddev", aggregate.deviation),
            ] {
                writer.key(name)
                number(value, &writer)
            }
            labels(summary.labels, &writer)
        }
    }

    private static func labels(_ labels: [MetricKey.Label], _ writer: inout JSONWriter) {
        writer.key("Labels")
        writer.object { writer in
            for label in labels { writer.member(label.name, label.value) }
        }
    }

    /// JSON has no NaN: it is `null`.
    private static func number(_ value: Double, _ writer: inout JSONWriter) {
        if value.isFinite { writer.verbatim(PrometheusText.number(value)) } else { writer.null() }
    }
}
