// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Glibc
import Locking
import Telemetry

/// The measurements of this agent: what shells measure through swift-metrics, and what is read at
/// intervals, summed up in one book and told to the statsd servers.
///
/// Measuring takes one lock for less than a microsecond; nothing on the way of a DNS query measures here.
final class MetricsBoard: Sendable {
    fileprivate struct State {
        var book: MetricBook
        var sinks: [StatsdLines]
    }

    private let state: Lock<State>
    private let clock: @Sendable () -> Int
    private let source = Lock<(@Sendable () -> Void)?>(nil)

    /// An empty board; `clock` tells the time in seconds since 1970.
    init(
        _ settings: TelemetrySettings,
        clock: @escaping @Sendable () -> Int = { time(nil) }
    ) {
        self.clock = clock
        state = Lock(
            State(
                book: MetricBook(
                    naming: settings.naming,
                    retention: settings.retention,
                    now: clock()
                ),
                sinks: settings.sinks.map { StatsdLines($0.dialect) }
            )
        )
    }

    /// A gauge's new value.
    func set(_ key: MetricKey, to value: Double) {
        change(key, .gauge) { state, id in
            state.book.set(id, to: value)
            state.tell(id, .gauge, value)
        }
    }

    /// Adds to a counter.
    func add(_ amount: Double, to key: MetricKey) {
        change(key, .counter) { state, id in
            state.book.add(amount, to: id)
            state.tell(id, .counter, amount)
        }
    }

    /// Brings a counter to a total that is counted elsewhere.
    func advance(_ key: MetricKey, to total: UInt64) {
        change(key, .counter) { state, id in
            let more = state.book.advance(id, to: total)
            if more > 0 { state.tell(id, .counter, Double(more)) }
        }
    }

    /// Takes a value of a sample, as often as told; times are in milliseconds.
    func take(_ value: Double, times: Int = 1, in key: MetricKey) {
        change(key, .sample) { state, id in
            state.book.take(value, times: times, in: id)
            state.tell(id, .sample, value, times: times)
        }
    }

    /// Brings a histogram to what is counted elsewhere.
    func set(_ key: MetricKey, to histogram: MetricBook.Histogram) {
        change(key, .histogram) { state, id in state.book.set(id, to: histogram) }
    }

    /// Whoever reads what is counted elsewhere, called before anybody looks.
    ///
    /// It keeps the board, and the board it: both live as long as the agent.
    func attach(_ collect: @escaping @Sendable () -> Void) { source.withLock { $0 = collect } }

    /// Begins a new interval when it is time, and reads what is counted elsewhere.
    func collect() {
        let now = clock()
        state.withLock { _ = $0.book.advance(to: now) }
        source.withLock { $0 }?()
    }

    /// Series that were left out because there were too many.
    var refusedSeries: Int { state.withLock { $0.book.refusedSeries } }

    /// Takes up changed filters (`telemetry.prefix_filter` is reloadable).
    func update(_ naming: MetricNaming) {
        state.withLock {
            $0.book.setFilters(naming.filters, keepsByDefault: naming.keepsByDefault)
        }
    }

    /// What waits for each statsd server, in packets.
    func packets() -> [[[UInt8]]] {
        state.withLock { state in
            state.sinks.indices.map { state.sinks[$0].packets() }
        }
    }

    private func change(
        _ key: MetricKey,
        _ kind: MetricKind,
        _ body: (inout State, MetricBook.SeriesID) -> Void
    ) {
        let now = clock()
        state.withLock { state in
            state.book.advance(to: now)
            if let id = state.book.series(key, kind) { body(&state, id) }
        }
    }
}

extension MetricsBoard.State {
    fileprivate mutating func tell(
        _ id: MetricBook.SeriesID,
        _ kind: MetricKind,
        _ value: Double,
        times: Int = 1
    ) {
        guard !sinks.isEmpty, let name = book.shownName(of: id) else { return }
        for sink in sinks.indices {
            sinks[sink].take(name, book.labels(of: id), kind, value, times: times)
        }
    }
}

extension MetricsBoard: MetricsReader {
    func report() -> MetricReport {
        collect()
        return state.withLock { $0.book.report() }
    }

    func nextReport() async -> MetricReport? {
        let interval = MetricBook.interval
        let rest = interval - clock() % interval
        do { try await Task.sleep(for: .seconds(rest)) } catch { return nil }
        return report()
    }

    func prometheusText() -> String? {
        collect()
        return state.withLock { state in
            state.book.retention > 0 ? PrometheusText.text(state.book) : nil
        }
    }
}
