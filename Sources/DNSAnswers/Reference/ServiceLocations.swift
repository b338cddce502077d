// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// The answer of a service form to SRV: a location for each instance, the addresses of the
/// targets and the metadata of the nodes beside it (spec/dns.md 2.4, 2.5, 2.6).
struct ServiceLocations: Sendable {
    /// The TTL of all records.
    let ttl: UInt32

    /// What makes two instances the same one (spec/dns.md 3.2).
    struct Identity: Hashable, Sendable {
        /// The name of the node.
        var node: String
        /// The own address; empty where the node's counts.
        var address: String
        /// The port.
        var port: UInt16

        /// The identity of an instance.
        init(of instance: InstanceView) {
            let choice = AddressChoice(type: .srv, wan: false)
            node = instance.node.name
            address = choice.address(of: instance.service)
            port = choice.port(of: instance.service)
        }
    }

    /// The sections for instances in their final order.
    func sections(of instances: [InstanceView], in context: inout LookupContext) -> Sections {
        let choice = AddressChoice(type: .srv, wan: false)
        let domain = context.domain
        var sections = Sections()
        var seen: Set<Identity> = []
        for instance in instances {
            let identity = Identity(of: instance)
            guard seen.insert(identity).inserted else { continue }
            let place = InstanceAddress(of: instance, name: context.name, choice: choice)
            let both = DualAddress(of: instance, context.settings)
            let nodeName = GeneratedNames.node(
                instance.node.name,
                datacenter: context.settings.datacenter,
                domain: domain
            )
            if let target = Self.target(place, both, nodeName: nodeName, domain: domain, context) {
                append(target, of: instance, port: identity.port, to: &sections, context.name)
                // Per instance: location, then glue, then metadata.
                let glue = both?.addresses ?? place.address.map { [$0] }
                if let glue {
                    sections.additionals += glue.map {
                        LookupContext.record(target, ttl: ttl, $0.recordData)
                    }
                } else {
                    sections.additionals += context.chain(of: target, ttl: ttl)
                }
            }
            if context.settings.additionalNodeMetaTXT, let nodeName {
                sections.additionals += MetadataText.records(
                    of: instance.node,
                    owner: nodeName,
                    ttl: ttl
                )
            }
        }
        return sections
    }

    /// What SRV names for an instance; `nil` where it has no address, or none that can be written
    /// as a name: it is left out.
    static func target(of instance: InstanceView, in context: LookupContext) -> DomainName? {
        let choice = AddressChoice(type: .srv, wan: false)
        let domain = context.domain
        return target(
            InstanceAddress(of: instance, name: context.name, choice: choice),
            DualAddress(of: instance, context.settings),
            nodeName: GeneratedNames.node(
                instance.node.name,
                datacenter: context.settings.datacenter,
                domain: domain
            ),
            domain: domain,
            context
        )
    }

    private static func target(
        _ place: InstanceAddress,
        _ both: DualAddress?,
        nodeName: DomainName?,
        domain: DomainName,
        _ context: LookupContext
    ) -> DomainName? {
        let settings = context.settings
        if let both { return both.target(nodeName: nodeName, domain: domain, settings) }
        return switch place {
        case .none: nil
        case .node: nodeName
        case .address(let address):
            GeneratedNames.address(address, datacenter: settings.datacenter, domain: domain)
        // What cannot be written as a name cannot be a target.
        case .alias(let text): try? DomainName(text: text)
        }
    }

    private func append(
        _ target: DomainName,
        of instance: InstanceView,
        port: UInt16,
        to sections: inout Sections,
        _ owner: DomainName
    ) {
        let weight = instance.service.weights.weight(for: instance.health.status)
        let location = ServiceLocation(
            priority: UInt16(clamping: instance.service.priority),
            weight: UInt16(truncatingIfNeeded: weight),
            port: port,
            target: target
        )
        sections.answers.append(LookupContext.record(owner, ttl: ttl, .srv(location)))
    }
}
