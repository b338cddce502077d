// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// The answer of a service form to every type but SRV: addresses, or one alias with its chain
/// (spec/dns.md 2.2, 2.4, 2.11).
struct ServiceAddresses: Sendable {
    /// The TTL of all records.
    let ttl: UInt32

    /// The sections for instances in their final order.
    func sections(of instances: [InstanceView], in context: inout LookupContext) -> Sections {
        var sections = Sections()
        var seen: Set<IPAddress> = []
        var aliases: [DomainName] = []
        let places = Self.places(of: instances, in: context)
        for place in places {
            if let address = place.address {
                // An instance whose record was given already is left out (spec/dns.md 3.2).
                guard LookupContext.fits(address, context.type), seen.insert(address).inserted
                else { continue }
                sections.answers.append(
                    LookupContext.record(context.name, ttl: ttl, address.recordData)
                )
                // `a_record_limit`; 0 is no limit (spec/dns.md 3.3).
                if seen.count == context.settings.aRecordLimit { break }
            } else if case .alias(let text) = place, let alias = try? DomainName(text: text),
                !aliases.contains(alias)
            {
                // What cannot be written as a name cannot be answered and is left out.
                aliases.append(alias)
            }
        }
        // Addresses drop all aliases; without any the first alias is the answer (DNS-271…273).
        if sections.answers.isEmpty, let alias = aliases.first {
            sections.answers = chain(to: alias, in: &context)
            context.announce(aliases.dropFirst())
        }
        return sections
    }

    /// Where instances are reached by the question of a context, in their order.
    ///
    /// Under ANY an instance has one address in Consul, both of them with `dual_stack`.
    static func places(
        of instances: [InstanceView],
        in context: LookupContext
    ) -> [InstanceAddress] {
        let isDual = context.settings.isDualStack && context.type == .any
        let choices = (isDual ? [.a, .aaaa] : [context.type])
            .map { AddressChoice(type: $0, wan: false) }
        return instances.flatMap { instance in
            choices.map { InstanceAddress(of: instance, name: context.name, choice: $0) }
        }
    }

    private func chain(to alias: DomainName, in context: inout LookupContext) -> [ResourceRecord] {
        let more = context.chain(of: alias, ttl: ttl)
        return [LookupContext.record(context.name, ttl: ttl, .cname(alias))] + more
    }
}
