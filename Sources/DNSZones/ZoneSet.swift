// SPDX-License-Identifier: Apache-2.0

public import DNSWire
internal import HashTreeCollections

/// The static zones of a server; the longest matching apex answers.
public struct ZoneSet: Hashable, Sendable {
    private var byApex: TreeDictionary<CanonicalName, Zone> = [:]

    /// Makes a set without zones.
    public init() {}

    /// Makes a set; of several zones with the same apex the first stays.
    public init(zones: [Zone]) {
        for zone in zones where byApex[zone.canonicalApex] == nil {
            byApex[zone.canonicalApex] = zone
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

    /// Answers a question, following aliases from zone to zone; nil if no zone encloses the name.
    public func search(_ name: DomainName, _ type: RecordType) -> ZoneAnswer? {
        guard var answer = zone(answering: name, type)?.search(name, type) else { return nil }
        while let target = answer.continuation,
            answer.answers.count < Zone.maximumAliases,
            let zone = zone(answering: target, type)
        {
            // A chain that comes back to a name already answered is a loop: it ends there.
            if answer.answers.contains(where: { $0.name.folded == target.folded }) {
                answer.continuation = nil
                break
            }
            let next = zone.search(target, type)
            answer.outcome = next.outcome
            answer.answers += next.answers
            answer.authorities = next.authorities
            answer.additionals += next.additionals
            answer.continuation = next.continuation
            answer.wildcard = next.wildcard
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
