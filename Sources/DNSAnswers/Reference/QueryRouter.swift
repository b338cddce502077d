// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// Decides who answers a question: spec/dns.md 1.2 and 1.3.
///
/// The longest matching suffix wins.
struct QueryRouter: Sendable {
    /// The settings with both domains.
    let settings: DNSSettings
    /// The static zones.
    let zones: ZoneSet

    /// What a question is about.
    func target(of question: Question) -> Target {
        let name = question.name
        let zone = zones.zone(answering: name, question.type)
        // DS of a zone whose parent is none of the static ones.
        let isSigner = question.type == .ds && zone?.apex.folded == name.folded
        // Of a zone inside the domain the catalog is the parent.
        if let catalogName = catalogName(name, zone: isSigner ? nil : zone) {
            return target(of: catalogName, type: question.type)
        }
        if isForTheParent(question, isSigner: isSigner, zone: zone) { return .outside }
        if Self.isReverse(name), !isSigner { return .reverse(ReverseName.address(of: name)) }
        return zone == nil ? .outside : .zone
    }

    /// Whether the catalog answers for a name, not a static zone.
    func isInCatalog(_ name: DomainName) -> Bool {
        catalogName(name, zone: zones.zone(enclosing: name)) != nil
    }

    // The domain comes before a static zone with the same apex, which is asked for what the
    // catalog does not know.
    private func catalogName(_ name: DomainName, zone: Zone?) -> CatalogName? {
        guard let catalogName = CatalogName(name, settings: settings),
            catalogName.domain.labelCount >= zone?.apex.labelCount ?? 0
        else { return nil }
        return catalogName
    }

    // RFC 4035 §3.1.4.1: DS belongs to the parent's side of a zone cut. Consul asks the recursors
    // for every DS, if it has any; where a name is ours we know better: private reverse names do
    // not leave (RFC 6303).
    private func isForTheParent(_ question: Question, isSigner: Bool, zone: Zone?) -> Bool {
        guard question.type == .ds, settings.hasRecursors else { return false }
        guard isSigner || zone == nil else { return false }
        return LocalReverseZones(settings).zone(above: question.name) == nil
    }

    private static func isReverse(_ name: DomainName) -> Bool {
        name.labels.last.map { $0.map(foldedOctet) == Array("arpa".utf8) } ?? false
    }

    // spec/dns.md 1.3: Consul answers SOA, NS and AXFR for any name of the domain. They belong to
    // the apex (RFC 1034 §4.2.1).
    private func target(of name: CatalogName, type: RecordType) -> Target {
        let isApex = name.labels.isEmpty || !settings.isStrict
        return switch type {
        case .soa where isApex: .startOfAuthority
        case .ns where isApex: .nameservers
        case .axfr: .transfer
        default: NameGrammar(settings: settings).target(of: name, type: type)
        }
    }
}
