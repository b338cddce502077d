// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import StateStore

/// PTR from the catalog: spec/dns.md 2.8.
///
/// Consul: the type asked for does not matter, nor does health, and there is one record at most.
/// Strictly every node and every service that has the address is answered, to PTR and ANY.
struct ReverseLookup: Sendable {
    /// The address that the name stands for; `nil` where it stands for none.
    let address: IPAddress?

    /// What the catalog answers; `nil` where neither a node nor an instance has the address.
    ///
    /// Consul gives the PTR records to any type; QTYPE SOA adds the SOA (pinned by DNS-103). Not to
    /// DS where the reverse zone is ours: validators ask it.
    func sections(in context: LookupContext) -> Sections? {
        let pointers = records(in: context)
        guard !pointers.isEmpty else { return nil }
        let isOther = context.type != .ptr && context.type != .any
        if isOther, context.settings.isStrict || context.type == .ds && isInOwnZone(context) {
            return Sections(authorities: [authority(in: context)])
        }
        return Sections(
            answers: pointers,
            authorities: context.type == .soa ? [authority(in: context)] : []
        )
    }

    private func isInOwnZone(_ context: LookupContext) -> Bool {
        context.snapshot.zones.zone(enclosing: context.name) != nil
            || LocalReverseZones(context.settings).zone(enclosing: context.name) != nil
    }

    /// The SOA of the zone that the name is in: a static one, a reverse zone that is answered here,
    /// else the domain, as Consul has it.
    private func authority(in context: LookupContext) -> ResourceRecord {
        if let zone = context.snapshot.zones.zone(enclosing: context.name) {
            return zone.negativeSOA
        }
        let maker = StartOfAuthorityRecord(context.settings)
        if let zone = LocalReverseZones(context.settings).zone(enclosing: context.name) {
            return maker.record(at: zone, now: context.now)
        }
        return maker.record(for: context.name, now: context.now)
    }

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

    /// The names to answer with, by node and ID.
    private func names(in snapshot: DNSSnapshot) -> [DomainName] {
        let all = holders(in: snapshot)
        if snapshot.settings.isStrict { return all.map(\.name) }
        // Consul: step 1, the first node; only without one, step 2, the first instance.
        return (all.first { $0.serviceID.isEmpty } ?? all.first).map { [$0.name] } ?? []
    }

    /// A node or an instance with the address.
    struct Holder: Hashable, Sendable {
        /// The node.
        var node: String
        /// The service ID; empty for the node itself.
        var serviceID: String
        /// The port; 0 for the node itself.
        var port: Int
        /// The name that PTR gives.
        var name: DomainName
    }

    /// Who has the address, however they spell it: nodes by name, then instances by node and ID.
    func holders(in snapshot: DNSSnapshot) -> [Holder] {
        guard let text = address?.description else { return [] }
        let settings = snapshot.settings
        let nodes = snapshot.store.nodes(withAddress: text).compactMap { row in
            GeneratedNames.node(row.name, datacenter: settings.datacenter, domain: settings.domain)
                .map { Holder(node: row.name, serviceID: "", port: 0, name: $0) }
        }
        let services = snapshot.store.serviceInstances(withAddress: text).compactMap { row in
            GeneratedNames.service(
                row.name,
                datacenter: settings.datacenter,
                domain: settings.domain
            )
            .map { Holder(node: row.node, serviceID: row.id, port: row.port, name: $0) }
        }
        return nodes + services
    }
}
