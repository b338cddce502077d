// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// PTR from the catalog: spec/dns.md 2.8.
///
/// The type asked for does not matter, nor does health.
struct ReverseLookup: Sendable {
    /// The address that the name stands for; `nil` where it stands for none.
    let address: IPAddress?

    /// The PTR record, if a node or an instance has the address: at most one, TTL 0, always in
    /// the primary domain.
    func record(in context: LookupContext) -> ResourceRecord? {
        guard let target = target(in: context.snapshot) else { return nil }
        return LookupContext.record(context.name, ttl: 0, .ptr(target))
    }

    private func target(in snapshot: DNSSnapshot) -> DomainName? {
        guard let text = address?.description else { return nil }
        let settings = snapshot.settings
        // Step 1: nodes, by name.
        if let node = snapshot.store.nodes(withAddress: text).first {
            return GeneratedNames.node(
                node.name,
                datacenter: settings.datacenter,
                domain: settings.domain
            )
        }
        // Step 2: instances whose address has the canonical text, by node and ID.
        return snapshot.store.serviceInstances(withAddress: text).first.flatMap {
            GeneratedNames.service(
                $0.name,
                datacenter: settings.datacenter,
                domain: settings.domain
            )
        }
    }
}
