// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// Which names exist, and who answers for them, beside what one form of the catalog finds.
extension LookupContext {
    /// Whether a static zone with the apex of a domain, or one above it, has the name; an alias is
    /// there, wherever it leads.
    var isInZone: Bool {
        let zones = snapshot.zones
        // RFC 4035 §3.1.4.1: DS of a zone inside the domain is the catalog's to answer.
        if type == .ds, !settings.isDomain(name), CatalogName(name, settings: settings) != nil,
            zones.zone(answering: name, type)?.apex.folded == name.folded
        {
            return false
        }
        return zones.search(name, type)
            .map { $0.outcome != .nameError || !$0.answers.isEmpty } ?? false
    }

    /// Whether a name lies below a zone cut of a static zone, so that others answer for it, and
    /// there is somebody to ask.
    func isForOthers(_ name: DomainName) -> Bool {
        settings.forwards(name) && snapshot.zones.isDelegated(name, type)
    }

    /// Whether static zones answer for a name.
    func isServed(_ name: DomainName) -> Bool {
        snapshot.zones.zone(enclosing: name) != nil && !isForOthers(name)
    }

    /// The outcome with names that exist as such: RFC 8020 §2, what has names below it, or records
    /// of another type, is no name error.
    ///
    /// What lies above a static zone exists; Consul has none, so that nobody expects otherwise.
    /// Strictly the short form of RFC 2782 exists for all types where it answers SRV, and so do
    /// the protocols of prepared queries.
    func existing(_ outcome: Outcome, at name: DomainName) -> Outcome {
        guard outcome == .noSuchName else { return outcome }
        if snapshot.zones.hasZone(atOrBelow: name), !settings.isDomain(name) { return .noData }
        guard settings.isStrict, let catalogName = CatalogName(name, settings: settings) else {
            return outcome
        }
        let grammar = NameGrammar(settings: settings)
        if grammar.isProtocolOfQueries(catalogName) { return .noData }
        guard type != .srv,
            case .service(let service) = grammar.target(of: catalogName, type: .srv),
            service.place == .here,
            !ServiceLookup(service, through: .instances).choice(in: self).answered.isEmpty
        else { return outcome }
        return .noData
    }

    /// Notes why an answer is as it is; each reason once, however often its service is looked at.
    mutating func note(_ reason: ExtendedDNSError, ifAnswered: Bool = false) {
        if ifAnswered {
            if !reasonsOfAnswers.contains(reason) { reasonsOfAnswers.append(reason) }
        } else if !reasons.contains(reason) {
            reasons.append(reason)
        }
    }

    /// The reasons to give with an outcome: that unhealthy instances are answered only where any
    /// are.
    func reasons(for outcome: Outcome) -> [ExtendedDNSError] {
        guard case .records(let sections) = outcome,
            sections.answers.contains(where: { $0.type != .cname })
        else { return reasons }
        return reasons + reasonsOfAnswers
    }
}
