// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Definitions

/// How many checks ran, how long they took and what they found (`waypost.check.run`).
struct CheckMeters: Sendable {
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) { self.factory = factory }

    /// A check of a kind has run and found a status, before thresholds.
    func note(_ kind: CheckKind, _ status: CheckStatus, since start: ContinuousClock.Instant) {
        Timer(
            label: "waypost.check.run",
            dimensions: [("kind", kind.rawValue), ("status", status.rawValue)],
            factory: factory
        )
        .recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
    }
}
