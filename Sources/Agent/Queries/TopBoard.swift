// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import DNSWire
import Glibc
import HTTPAPI
import Locking
import Telemetry

/// Who asks DNS what, from the samples that the server draws (`dns_config.top`, `/v1/dns/top`).
final class TopBoard: Sendable {
    private struct State {
        var queries: TopQueries
        var isOn: Bool
    }

    private let state: Lock<State>
    private let clock: @Sendable () -> Int

    /// - Parameters:
    ///   - isOn: whether anything is counted.
    ///   - clock: the time in seconds since 1970.
    init(isOn: Bool, clock: @escaping @Sendable () -> Int = { time(nil) }) {
        self.clock = clock
        state = Lock(State(queries: TopQueries(now: clock()), isOn: isOn))
    }

    /// Turns counting on or off; what was counted is forgotten when it is turned off.
    func set(isOn: Bool) {
        let now = clock()
        state.withLock { state in
            if state.isOn, !isOn { state.queries = TopQueries(now: now) }
            state.isOn = isOn
        }
    }

    /// Counts what is a sample.
    func take(_ queries: [TappedQuery]) {
        let now = clock()
        state.withLock { state in
            guard state.isOn else { return }
            for query in queries where query.weight > 0 {
                state.queries.take(
                    TopQueries.Query(
                        name: query.name.map(foldedOctet),
                        client: query.client.octets,
                        type: query.type,
                        code: query.code,
                        source: query.source.rawValue,
                        weight: UInt64(query.weight)
                    ),
                    now: now
                )
            }
        }
    }

    /// Forgets everything.
    func reset() {
        let now = clock()
        state.withLock { $0.queries = TopQueries(now: now) }
    }

    /// What `/v1/dns/top` says; `nil` when nothing is counted.
    func report(minutes: Int?, limit: Int) -> TopReport? {
        let now = clock()
        let report = state.withLock { state in
            state.isOn ? state.queries.report(minutes: minutes, limit: limit, now: now) : nil
        }
        return report.map(TopReport.init)
    }
}

extension TopReport {
    /// The same in texts.
    init(_ report: TopQueries.Report) {
        self.init(since: report.since, queries: report.queries, samples: report.samples)
        func lines(
            _ entries: [TopSketch<[UInt8]>.Entry],
            _ text: ([UInt8]) -> String
        ) -> [Line] {
            entries.map { Line(text($0.key), $0.count, error: $0.error) }
        }
        names = lines(report.names, QueryLine.name)
        failingNames = lines(report.failingNames, QueryLine.name)
        clients = lines(report.clients) { IPAddress(octets: $0)?.description ?? "-" }
        types = report.types.map {
            Line($0.type == 0 ? "other" : RecordType(rawValue: $0.type).description, $0.count)
        }
        codes = report.codes.map { Line(QueryLine.name(ofCode: $0.code), $0.count) }
        sources = report.sources.map {
            Line(QueryLine.name(of: QuerySource(rawValue: $0.source) ?? .none), $0.count)
        }
    }
}
