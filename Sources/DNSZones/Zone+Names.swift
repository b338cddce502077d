// SPDX-License-Identifier: Apache-2.0

public import DNSWire
internal import HashTreeCollections

/// A name that a zone answers for, as whoever prepares answers needs it.
public struct OwnedName: Hashable, Sendable {
    /// The name.
    public var name: CanonicalName
    /// Whether the name is a zone cut: it and all below it lead to a referral.
    public var isCut: Bool
    /// The types that the name has; none for an empty non-terminal.
    public var types: [RecordType]

    /// Whether the leftmost label is `*` (RFC 4592 §2.1.1).
    public var isWildcard: Bool { name.isWildcard }
}

/// What stands where an alias leads to.
public enum TargetPlace: Hashable, Sendable {
    /// The name exists, with these types.
    case existing([RecordType])
    /// A wildcard covers the name, with these types.
    case synthesised([RecordType])
    /// The name lies at or below a zone cut.
    case delegated
    /// The name does not exist, or in no zone of ours.
    case missing
}

extension Zone {
    /// Visits every name that exists in the zone, empty non-terminals and zone cuts too, in no
    /// particular order; what lies below a cut is left out.
    public func forEachName(_ visit: (OwnedName) -> Void) {
        for (name, node) in nodes {
            visit(
                OwnedName(name: name, isCut: node.role == .cut, types: node.sets.map(\.type))
            )
        }
    }
}

extension ZoneSet {
    /// What stands at a name, in the zone that encloses it.
    public func place(of name: DomainName) -> TargetPlace {
        switch zone(enclosing: name)?.locate(name.folded) {
        case .existing(let node): .existing(node.sets.map(\.type))
        case .wildcard(let node, _): .synthesised(node.sets.map(\.type))
        case .delegation: .delegated
        case .missing, .outside, nil: .missing
        }
    }
}
