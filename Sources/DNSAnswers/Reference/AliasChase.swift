// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// What a host name in the place of an address leads to: spec/dns.md 2.11.
extension LookupContext {
    /// The chain as a service form gives it: CNAME, A and AAAA only, their TTLs replaced, and
    /// without EDNS at most five.
    mutating func chain(of alias: DomainName, ttl: UInt32) -> [ResourceRecord] {
        let kept = chain(of: alias).filter { [.cname, .a, .aaaa].contains($0.type) }
        let limit = hasEDNS ? kept.count : Self.maximumChasedRecords
        return kept.prefix(limit).map { Self.record($0.name, ttl: ttl, $0.data) }
    }

    /// The chain as a node form gives it: everything, as received.
    mutating func chain(of alias: DomainName) -> [ResourceRecord] {
        if isBelowDomain(alias) { return nested(alias) }
        // A static zone of ours knows best; like the recursors it is asked for A only.
        if let answer = snapshot.zones.search(alias, .a) { return answer.answers }
        guard settings.hasRecursors else { return [] }
        if let records = chased[alias.folded] { return records }
        announce([alias])
        return []
    }

    /// Asks for names upstream that may be needed when this is answered again: a new shuffle may
    /// put another alias first.
    mutating func announce(_ names: some Sequence<DomainName>) {
        guard settings.hasRecursors else { return }
        for name in names
        where !isBelowDomain(name) && snapshot.zones.zone(enclosing: name) == nil
            && chased[name.folded] == nil && !pending.contains(name)
        {
            pending.append(name)
        }
    }

    // The apex itself is no name of the catalog: it is asked for upstream.
    private func isBelowDomain(_ name: DomainName) -> Bool {
        name.folded != settings.domain.folded && name.folded != settings.alternateDomain?.folded
            && QueryRouter(settings: settings, zones: snapshot.zones).isInCatalog(name)
    }

    /// Answers a name of the domain as QTYPE ANY, without EDNS; errors give an empty chain.
    private mutating func nested(_ alias: DomainName) -> [ResourceRecord] {
        let outer = hasEDNS
        hasEDNS = false
        defer { hasEDNS = outer }
        guard case .records(let sections)? = outcome(ofAlias: alias, type: .any) else { return [] }
        return sections.answers
    }

    /// What the catalog answers to the target of an alias; `nil` where it is no name of the
    /// domain, or one alias too many.
    mutating func outcome(ofAlias alias: DomainName, type: RecordType) -> Outcome? {
        guard hopsLeft > 0, let catalogName = CatalogName(alias, settings: settings) else {
            return nil
        }
        let outer = (name: name, type: self.type)
        (name, self.type) = (alias, type)
        hopsLeft -= 1
        defer {
            hopsLeft += 1
            (name, self.type) = outer
        }
        let target = NameGrammar(settings: settings).target(of: catalogName, type: type)
        return outcome(for: target)
    }
}
