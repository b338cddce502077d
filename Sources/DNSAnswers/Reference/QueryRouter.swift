// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// Decides who answers a question: spec/dns.md 1.2 and 1.3. The longest matching suffix wins.
struct QueryRouter: Sendable {
    /// The settings with both domains.
    let settings: DNSSettings
    /// The static zones.
    let zones: ZoneSet

    /// What a question is about.
    func target(of question: Question) -> Target {
        let name = question.name
        let catalogName = CatalogName(name, settings: settings)
        let zone = zones.zone(enclosing: name)
        // The domain wins over a static zone with the same apex.
        if let catalogName, catalogName.domain.labelCount >= zone?.apex.labelCount ?? 0 {
            if isParentSide(question) { return .outside }
            return target(of: catalogName, type: question.type)
        }
        if Self.isReverse(name) {
            if let zone, question.type == .ds, name.folded != zone.apex.folded {
                return .zone(zone)
            }
            if isParentSide(question) { return .outside }
            return .reverse(ReverseName.address(of: name), behind: zone)
        }
        if let zone {
            if isParentSide(question), name.folded == zone.apex.folded { return .outside }
            return .zone(zone)
        }
        return .outside
    }

    // RFC 4035 §3.1.4.1: DS belongs to the parent's side of a zone cut. Consul asks the recursors
    // for every DS, if it has any; pinned by DNS-284.
    private func isParentSide(_ question: Question) -> Bool {
        question.type == .ds && settings.hasRecursors
    }

    private static func isReverse(_ name: DomainName) -> Bool {
        name.labels.last.map { $0.map(foldedOctet) == Array("arpa".utf8) } ?? false
    }

    // spec/dns.md 1.3: SOA, NS and AXFR are answered for any name of the domain.
    private func target(of name: CatalogName, type: RecordType) -> Target {
        switch type {
        case .soa: .startOfAuthority
        case .ns: .nameservers
        case .axfr: .transfer
        default: NameGrammar(settings: settings).target(of: name, type: type)
        }
    }
}
