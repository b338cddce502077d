// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// What a host name in the place of an address leads to: spec/dns.md 2.11.
extension LookupContext {
    /// The chain as a service form gives it: CNAME, A and AAAA only, their TTLs replaced, and
    /// without EDNS at most five.
    ///
    /// With `keep_alias_ttl` no TTL grows.
    mutating func chain(of alias: DomainName, ttl: UInt32) -> [ResourceRecord] {
        let kept = chain(of: alias).filter { [.cname, .a, .aaaa].contains($0.type) }
        let limit = hasEDNS ? kept.count : Self.maximumChasedRecords
        let keepsTTL = settings.keepsAliasTTL
        return kept.prefix(limit).map {
            Self.record($0.name, ttl: keepsTTL ? min(ttl, $0.ttl) : ttl, $0.data)
        }
    }

    /// The chain as a node form gives it: with all of its records and their TTLs.
    ///
    /// It goes on wherever its last alias leads, as long as that is a name of ours, and ends before
    /// a name that it has been to.
    mutating func chain(of alias: DomainName) -> [ResourceRecord] {
        if path.isEmpty { path = [name.folded] }
        guard !path.contains(alias.folded), path.count <= Self.maximumPath else { return [] }
        path.append(alias.folded)
        defer { path.removeLast() }
        if isBelowDomain(alias) { return nested(alias) }
        // A static zone of ours knows best.
        let isInZone = isServed(alias)
        guard isInZone || settings.hasRecursors else { return [] }
        if !isInZone { announce([alias]) }
        let parts = chasedTypes.map { type in
            isInZone
                ? snapshot.zones.search(alias, type)?.answers ?? []
                : chased[ChaseQuestion(alias, type)]?.records ?? []
        }
        let records = Self.merged(parts)
        if !isInZone, records.isEmpty { explainFailure(of: alias) }
        guard case .cname(let target)? = records.last?.data,
            isInZone || isBelowDomain(target) || isServed(target)
        else { return records }
        return records + chain(of: target)
    }

    /// Says why the target of an alias has no addresses, where nobody could tell them.
    ///
    /// Consul answers the bare alias then; so do we, and a client cannot see that more was to come.
    private mutating func explainFailure(of alias: DomainName) {
        let failed = chasedTypes.contains { type in
            chased[ChaseQuestion(alias, type)]?.code == .serverFailure
        }
        let text = "no recursor resolves the host name \(alias)"
        guard failed, !reasons.contains(where: { $0.text == text }) else { return }
        reasons.append(ExtendedDNSError(.noReachableAuthority, text: text))
    }

    /// Asks for names upstream that may be needed when this is answered again: a new shuffle may
    /// put another alias first.
    mutating func announce(_ names: some Sequence<DomainName>) {
        guard settings.hasRecursors else { return }
        for name in names where !isBelowDomain(name) && !isServed(name) {
            for question in chasedTypes.map({ ChaseQuestion(name, $0) })
            where chased[question] == nil && !pending.contains(question) {
                pending.append(question)
            }
        }
    }

    /// What is wanted of a target: addresses of the family that was asked for; of both where they
    /// stand beside other records.
    ///
    /// Consul asks for A alone, and answers other types with it (pinned by DNS-258).
    private var chasedTypes: [RecordType] {
        switch chasedFor ?? type {
        case .aaaa: [.aaaa]
        case .srv, .any: [.a, .aaaa]
        default: [.a]
        }
    }

    /// The chains to the addresses of either family as one: each record once.
    ///
    /// Where they take different ways the first one goes alone: a name has one alias (RFC 2181
    /// §10.1).
    private static func merged(_ parts: [[ResourceRecord]]) -> [ResourceRecord] {
        guard var all = parts.first else { return [] }
        for part in parts.dropFirst() {
            let seen = Set(all.map(RecordIdentity.init))
            let aliases = Set(all.filter { $0.type == .cname }.map(\.name.folded))
            let more = part.filter { !seen.contains(RecordIdentity($0)) }
            guard !more.contains(where: { $0.type == .cname && aliases.contains($0.name.folded) })
            else { continue }
            all += more
        }
        return all
    }

    // The apex itself is no name of the catalog: it is asked for upstream.
    private func isBelowDomain(_ name: DomainName) -> Bool {
        name.folded != settings.domain.folded && name.folded != settings.alternateDomain?.folded
            && QueryRouter(settings: settings, zones: snapshot.zones).isInCatalog(name)
    }

    /// Answers a name of the domain as QTYPE ANY, without EDNS; errors give an empty chain.
    ///
    /// Strictly as the type that was asked for, which else might not be among the addresses.
    private mutating func nested(_ alias: DomainName) -> [ResourceRecord] {
        let outer = (hasEDNS: hasEDNS, chasedFor: chasedFor)
        hasEDNS = false
        let wanted = chasedFor ?? type
        chasedFor = wanted
        defer { (hasEDNS, chasedFor) = outer }
        let isOneFamily = settings.isStrict && (wanted == .a || wanted == .aaaa)
        guard
            case .records(let sections)? = outcome(
                ofAlias: alias,
                type: isOneFamily ? wanted : .any
            )
        else { return [] }
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

/// What makes two records the same one, whatever their TTLs and the case of their names.
private struct RecordIdentity: Hashable {
    var owner: CanonicalName
    var target: CanonicalName?
    var data: RecordData?

    init(_ record: ResourceRecord) {
        owner = record.name.folded
        if case .cname(let name) = record.data { target = name.folded } else { data = record.data }
    }
}
