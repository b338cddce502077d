// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Definitions
import Synchronization

/// How many checks ran, how long they took and what they found (`waypost.check.run`), and how late
/// they began (`waypost.check.lateness`).
final class CheckMeters: Sendable {
    private struct Key: Hashable {
        let kind: CheckKind
        let status: CheckStatus
    }

    private let factory: any MetricsFactory
    /// Made once each: there are three for a kind.
    private let timers = Mutex<[Key: Timer]>([:])

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
        timer(Key(kind: kind, status: status))
            .recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
    }

    private func timer(_ key: Key) -> Timer {
        timers.withLock { timers in
            if let timer = timers[key] { return timer }
            let timer = Timer(
                label: "waypost.check.run",
                dimensions: [("kind", key.kind.rawValue), ("status", key.status.rawValue)],
                factory: factory
            )
            timers[key] = timer
            return timer
        }
    }
}
