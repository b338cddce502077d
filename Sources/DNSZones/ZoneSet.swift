// SPDX-License-Identifier: Apache-2.0

public import DNSWire
internal import HashTreeCollections

/// The static zones of a server; the longest matching apex answers.
public struct ZoneSet: Hashable, Sendable {
    private var byApex: TreeDictionary<CanonicalName, Zone> = [:]
    /// The apexes and all names above them.
    private var enclosing: Set<CanonicalName> = []

    /// Makes a set without zones.
    public init() {}

    /// Makes a set; of several zones with the same apex the first stays.
    ///
    /// A zone that lies in another one is cut out of that: its apex exists there (RFC 4592 §2.2.2).
    public init(zones: [Zone]) {
        for zone in zones where byApex[zone.canonicalApex] == nil {
            byApex[zone.canonicalApex] = zone
        }
        for apex in Array(byApex.keys) {
            enclosing.insert(apex)
            var ancestor = apex
            while let parent = ancestor.parent, enclosing.insert(parent).inserted {
                ancestor = parent
            }
            guard let parent = apex.parent, let zone = zone(atOrAbove: parent) else { continue }
            byApex[zone.canonicalApex] = zone.cutting(apex)
        }
    }

    /// Whether there is no zone.
    public var isEmpty: Bool { byApex.isEmpty }

    /// The zones in canonical order of their apexes (RFC 4034 §6.1).
    public var zones: [Zone] { byApex.sorted { $0.key < $1.key }.map(\.value) }

    /// The zone with the longest apex that the name ends in (RFC 1034 §4.3.2 step 2).
    public func zone(enclosing name: DomainName) -> Zone? {
        guard !byApex.isEmpty else { return nil }
        return zone(atOrAbove: name.folded)
    }

    /// The zone that answers a question: the enclosing one, but for DS records at an apex the
    /// parent's, if it is here (RFC 4035 §3.1.4.1).
    public func zone(answering name: DomainName, _ type: RecordType) -> Zone? {
        guard let nearest = zone(enclosing: name) else { return nil }
        guard type == .ds, nearest.canonicalApex == name.folded,
            let parent = nearest.canonicalApex.parent
        else { return nearest }
        return zone(atOrAbove: parent) ?? nearest
    }

    /// Whether the apex of a zone is this name or lies below it: then the name exists, whatever
    /// else is known of it (RFC 8020 §2).
    public func hasZone(atOrBelow name: DomainName) -> Bool {
        !byApex.isEmpty && enclosing.contains(name.folded)
    }

    /// Whether a question is for others to answer: its name lies at or below a zone cut, and what
    /// lies there is not served here.
    ///
    /// DS at the cut is the parent's (RFC 4035 §3.1.4.1).
    public func isDelegated(_ name: DomainName, _ type: RecordType) -> Bool {
        guard let zone = zone(answering: name, type) else { return false }
        let folded = name.folded
        guard case .delegation(let cut, _) = zone.locate(folded) else { return false }
        return type != .ds || cut != folded
    }

    /// The zone cuts below which others answer, in canonical order (RFC 4034 §6.1).
    public var delegations: [DomainName] {
        byApex.values.flatMap(\.delegations).filter { byApex[$0] == nil }.sorted().map(\.name)
    }

    /// Answers a question, following aliases from zone to zone; nil if no zone encloses the name.
    public func search(_ name: DomainName, _ type: RecordType) -> ZoneAnswer? {
        guard var zone = zone(answering: name, type) else { return nil }
        var answer = zone.search(name, type)
        while let target = answer.endOfChain,
            answer.answers.count < Zone.maximumAliases,
            let next = self.zone(answering: target, type),
            next.canonicalApex != zone.canonicalApex
        {
            // A chain that comes back to a name already answered is a loop: it ends there.
            if answer.answers.contains(where: { $0.name.folded == target.folded }) {
                answer.continuation = nil
                break
            }
            answer.extend(by: next.search(target, type))
            zone = next
        }
        return answer
    }

    private func zone(atOrAbove name: CanonicalName) -> Zone? {
        var ancestor = name
        while true {
            if let zone = byApex[ancestor] { return zone }
            guard let parent = ancestor.parent else { return nil }
            ancestor = parent
        }
    }
}

extension ZoneAnswer {
    /// The last alias's target, if it left the zone: outwards, or into a delegated child.
    fileprivate var endOfChain: DomainName? {
        if let continuation { return continuation }
        guard outcome == .delegation, case .cname(let target)? = answers.last?.data else {
            return nil
        }
        return target
    }

    /// Goes on with what another zone says of the last alias's target.
    fileprivate mutating func extend(by next: ZoneAnswer) {
        outcome = next.outcome
        answers += next.answers
        authorities = next.authorities
        additionals = next.additionals
        continuation = next.continuation
        wildcard = next.wildcard
    }
}
