// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// PTR from the catalog: spec/dns.md 2.8.
///
/// Consul: the type asked for does not matter, nor does health, and there is one record at most.
/// Strictly every node and every service that has the address is answered, to PTR and ANY.
struct ReverseLookup: Sendable {
    /// The address that the name stands for; `nil` where it stands for none.
    let address: IPAddress?

    /// The PTR records, if a node or an instance has the address, always in the primary domain.
    func records(in context: LookupContext) -> [ResourceRecord] {
        var targets: [DomainName] = []
        // Two instances of a service have one name.
        for name in names(in: context.snapshot) where !targets.contains(name) {
            targets.append(name)
        }
        if !context.settings.isStrict { targets = Array(targets.prefix(1)) }
        return targets.map {
            LookupContext.record(context.name, ttl: context.settings.reverseTTL, .ptr($0))
        }
    }

    private func names(in snapshot: DNSSnapshot) -> [DomainName] {
        guard let text = address?.description else { return [] }
        let settings = snapshot.settings
        // Step 1: nodes, by name.
        let nodes = snapshot.store.nodes(withAddress: text).prefix(settings.isStrict ? .max : 1)
            .compactMap {
                GeneratedNames.node(
                    $0.name,
                    datacenter: settings.datacenter,
                    domain: settings.domain
                )
            }
        if !nodes.isEmpty, !settings.isStrict { return nodes }
        // Step 2: instances whose address has the canonical text, by node and ID.
        let services = snapshot.store.serviceInstances(withAddress: text)
            .prefix(settings.isStrict ? .max : 1)
            .compactMap {
                GeneratedNames.service(
                    $0.name,
                    datacenter: settings.datacenter,
                    domain: settings.domain
                )
            }
        return nodes + services
    }
}
