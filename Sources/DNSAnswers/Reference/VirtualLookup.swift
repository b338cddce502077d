// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// The virtual form: the one address that stands for a service (spec/dns.md 2.9).
struct VirtualLookup: Sendable {
    /// The service's name, in lower case.
    let name: String
    /// The peer that the service is imported from; `nil` for an own service.
    let peer: String?

    /// What the form answers: A to every type (pinned by DNS-229), and no data for a service that
    /// has no such address (pinned by DNS-230).
    func outcome(in context: LookupContext) -> Outcome {
        // No peer is known: nothing is imported (pinned by DNS-231).
        guard peer == nil, let octets = context.snapshot.store.virtualAddress(ofService: name),
            let address = IPv4Address(octets: octets), let owner = context.foldedName
        else { return .noData }
        let record = LookupContext.record(owner, ttl: context.settings.nodeTTL, .a(address))
        return .records(Sections(answers: [record]))
    }
}

extension LookupContext {
    /// The name in lower case up to the domain, which keeps its spelling (pinned by DNS-089).
    var foldedName: DomainName? {
        let domain = domain
        guard let left = name.dropping(suffix: domain) else { return nil }
        return try? domain.prepending(labels: left.map { $0.map(foldedOctet) })
    }
}
