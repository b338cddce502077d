// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import DNSWire
import Telemetry

// Queries and replies.
extension MetricsCollector {
    /// Queries by transport, family and type; the usual types are there from the start.
    func questions(_ dns: DNSServerCounters) {
        for (proto, counts) in [("udp", dns.datagramQuestions), ("tcp", dns.streamQuestions)] {
            for (family, numbers) in [("1", counts.v4), ("2", counts.v6)] {
                for (place, count) in numbers.enumerated() {
                    let type = QuestionCounts.types[place]
                    guard count > 0 || Self.usualTypes.contains(type) else { continue }
                    let labels: [MetricKey.Label] = [
                        .init("proto", proto), .init("family", family),
                        .init("type", type == 0 ? "other" : RecordType(rawValue: type).description),
                    ]
                    board.advance(MetricKey("waypost.dns.queries", labels), to: count)
                }
            }
        }
    }

    /// A, AAAA and SRV.
    private static let usualTypes: Set<UInt16> = [1, 28, 33]

    /// Replies of all lines, by what they were made from, by their code and by what became of them.
    func replies(_ dns: DNSServerCounters) {
        for source in QuerySource.allCases {
            let name = QueryLine.name(of: source)
            board.advance("waypost.dns.answers", dns.replies[source], ("source", name))
            for code in 0..<ReplyCounts.codes {
                let count = dns.replies[source, code]
                // Of the catalog, the codes of RFC 1035 are there from the start.
                guard count > 0 || (source == .catalog && code < 6) else { continue }
                let labels: [MetricKey.Label] = [
                    .init("rcode", QueryLine.name(ofCode: UInt8(truncatingIfNeeded: code))),
                    .init("source", name),
                ]
                board.advance(MetricKey("waypost.dns.responses", labels), to: count)
            }
        }
        board.advance(
            "waypost.dns.line_answers",
            dns.fastAnswers + dns.streamAnswers,
            ("line", "fast")
        )
        board.advance("waypost.dns.line_answers", dns.slowAnswers, ("line", "slow"))
        board.advance("waypost.dns.dropped", dns.silent, ("reason", "malformed"))
        board.advance("waypost.dns.dropped", dns.expired, ("reason", "expired"))
        board.advance("waypost.dns.overflows", dns.overflows)
        board.advance("waypost.dns.rrl", dns.rateDropped, ("action", "drop"))
        board.advance("waypost.dns.rrl", dns.rateSlipped, ("action", "slip"))
        board.advance("waypost.dns.truncated", dns.truncated)
        board.advance("waypost.dns.send_failures", dns.sendFailures)
        board.advance("waypost.dns.connections", dns.connections)
        board.advance("waypost.dns.refused_connections", dns.refusedConnections)
        board.advance("waypost.dns.slow_connections", dns.streamTimeouts)
        board.set("waypost.dns.open_connections", Double(dns.openConnections))
    }

    /// All queries of the time since the last reading, each with the mean of its line: of the fast line's
    /// one batch in 64 is timed, of the slow line's every query.
    func durations(_ dns: DNSServerCounters, since before: DNSServerCounters) {
        let lines = [
            (
                Self.growth(dns.fastAnswers, before.fastAnswers),
                Self.mean(dns.workerDurations, since: before.workerDurations)
            ),
            (
                Self.growth(dns.slowAnswers, before.slowAnswers),
                Self.mean(dns.slowDurations, since: before.slowDurations)
            ),
        ]
        var (count, total) = (0.0, 0.0)
        for (answers, mean) in lines where answers > 0 {
            board.take(mean, times: Int(clamping: answers), in: MetricKey("dns.domain_query"))
            count += Double(answers)
            total += Double(answers) * mean
        }
        // Which of the queries were reverse ones is not timed apart: they count with the mean of all.
        let reverse = Self.growth(dns.reverseQueries, before.reverseQueries)
        guard reverse > 0, count > 0 else { return }
        board.take(total / count, times: Int(clamping: reverse), in: MetricKey("dns.ptr_query"))
    }

    /// The mean of what was timed since the last reading, in milliseconds; until something was, that since the start.
    private static func mean(
        _ durations: DurationCounts,
        since before: DurationCounts
    ) -> Double {
        let timed = growth(durations.total, before.total)
        guard timed > 0 else {
            return Double(durations.nanoseconds) / Double(max(1, durations.total)) / 1_000_000
        }
        return Double(growth(durations.nanoseconds, before.nanoseconds)) / Double(timed) / 1_000_000
    }

    /// How long replies took; what the catalog answers over UDP is there from the start.
    func distributions(_ dns: DNSServerCounters) {
        for (proto, all) in [("udp", dns.datagramDurations), ("tcp", dns.streamDurations)] {
            for (source, durations) in zip(QuerySource.allCases, all)
            where durations != DurationCounts() || (source == .catalog && proto == "udp") {
                let labels: [MetricKey.Label] = [
                    .init("proto", proto), .init("source", QueryLine.name(of: source)),
                ]
                let key = MetricKey("waypost.dns.request_duration", labels)
                board.set(key, to: MetricBook.Histogram(durations))
            }
        }
    }
}

extension DNSServerCounters {
    /// Queries for PTR, over either transport.
    fileprivate var reverseQueries: UInt64 {
        guard let place = QuestionCounts.types.firstIndex(of: RecordType.ptr.rawValue) else {
            return 0
        }
        return [datagramQuestions.v4, datagramQuestions.v6, streamQuestions.v4, streamQuestions.v6]
            .reduce(0) { $0 + $1[place] }
    }
}
