// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Definitions
import Synchronization

/// How many checks ran, how long they took and what they found (`waypost.check.run`).
final class CheckMeters: Sendable {
    private struct Key: Hashable {
        let kind: CheckKind
        let status: CheckStatus
    }

    private let factory: any MetricsFactory
    /// Made once each: there are three for a kind.
    private let timers = Mutex<[Key: Timer]>([:])

    init(_ factory: any MetricsFactory) { self.factory = factory }

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
