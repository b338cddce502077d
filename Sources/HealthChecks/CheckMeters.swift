// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Definitions
import Locking

/// How many checks ran and what they found (`waypost.check.runs`), how long they took (`waypost.check.run`), and
/// how late they began (`waypost.check.lateness`).
final class CheckMeters: Sendable {
    private struct Key: Hashable {
        let kind: CheckKind
        let status: CheckStatus
    }

    /// Of the runs of a kind that found a status.
    ///
    /// The counter beside the timer, which counts them too: Prometheus sees a counter for ever, but a sample only as long
    /// as values come, and the runs of a check may lie further apart than that.
    private struct Meter {
        let runs: Counter
        let time: Timer
    }

    private let factory: any MetricsFactory
    /// Made once each: there are three for a kind.
    private let meters = Lock<[Key: Meter]>([:])

    private let lateness: Timer

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        lateness = Timer(label: "waypost.check.lateness", dimensions: [], factory: factory)
    }

    /// Runs begin so long after they were due.
    func note(late durations: [Duration]) {
        for duration in durations {
            lateness.recordNanoseconds(Int64(duration / .nanoseconds(1)))
        }
    }

    /// A check of a kind has run and found a status, before thresholds.
    func note(_ kind: CheckKind, _ status: CheckStatus, since start: ContinuousClock.Instant) {
        let meter = meter(Key(kind: kind, status: status))
        meter.runs.increment()
        meter.time.recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
    }

    private func meter(_ key: Key) -> Meter {
        meters.withLock { meters in
            if let meter = meters[key] { return meter }
            let kind = ("kind", key.kind.rawValue)
            let meter = Meter(
                runs: Counter(
                    label: "waypost.check.runs",
                    dimensions: [kind, ("result", key.status.rawValue)],
                    factory: factory
                ),
                time: Timer(
                    label: "waypost.check.run",
                    dimensions: [kind, ("status", key.status.rawValue)],
                    factory: factory
                )
            )
            meters[key] = meter
            return meter
        }
    }
}
