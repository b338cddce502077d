// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// Which instances of those that match a name are answered: the healthy ones, or all where too
/// few are healthy (`protect_threshold`).
struct InstanceChoice: Sendable {
    /// What the name matches, healthy or not.
    let matching: [InstanceView]
    /// What is answered, in the order of the store.
    let answered: [InstanceView]
    /// How many are healthy.
    let healthyCount: Int

    /// Chooses.
    ///
    /// An instance in maintenance is never answered: somebody took it out on purpose.
    init(of matching: [InstanceView], threshold: Double, _ settings: DNSSettings) {
        self.matching = matching
        let healthy = matching.filter { ServiceLookup.isServed($0, settings) }
        healthyCount = healthy.count
        let eligible =
            threshold > 0 ? matching.filter { $0.health.status != .maintenance } : []
        let isProtected =
            healthy.count < eligible.count
            && Double(healthy.count) < threshold * Double(eligible.count)
        answered = isProtected ? eligible : healthy
    }

    /// Whether instances are answered that are not healthy.
    var isProtected: Bool { answered.count > healthyCount }

    /// What a client that asks why is told (RFC 8914); `nil` for an ordinary answer.
    func reason(name: String) -> ExtendedDNSError? {
        if isProtected {
            return ExtendedDNSError(
                .other,
                text: "protect threshold: \(healthyCount) of \(answered.count) instances of "
                    + "\(name) are healthy, all are answered"
            )
        }
        guard answered.isEmpty, !matching.isEmpty else { return nil }
        return ExtendedDNSError(
            .other,
            text: "no healthy instance of \(name): \(matching.count) registered"
        )
    }
}
