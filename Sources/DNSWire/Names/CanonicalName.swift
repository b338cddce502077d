// SPDX-License-Identifier: Apache-2.0

/// A name whose ASCII letters are in lower case: the type to look up and to compare by
/// (RFC 4343; "folded" is a type here, not a promise).
public struct CanonicalName: Hashable, Sendable {
    /// The folded name.
    public let name: DomainName

    /// Folds a name.
    public init(_ name: DomainName) {
        self.name =
            name.wire.contains { $0 &- 0x41 < 26 }
            ? DomainName(uncheckedWire: name.wire.foldedOctets()) : name
    }

    private init(folded name: DomainName) { self.name = name }

    /// The root.
    public static let root = CanonicalName(folded: .root)

    /// The octets of the folded name, the root's zero included.
    public var wire: [UInt8] { name.wire }

    /// The name without its leftmost label; `nil` for the root.
    public var parent: CanonicalName? { name.parent.map(CanonicalName.init(folded:)) }

    /// Whether this name is `other` or lies below it.
    public func isSubdomain(of other: CanonicalName) -> Bool { name.isSubdomain(of: other.name) }
}

extension CanonicalName: Comparable {
    /// Canonical order, RFC 4034 §6.1: names sort by their rightmost labels first, each label as
    /// a string of octets; a name sorts before the names below it.
    public static func < (left: CanonicalName, right: CanonicalName) -> Bool {
        let leftLabels = left.name.labels.reversed()
        let rightLabels = right.name.labels.reversed()
        for (one, other) in zip(leftLabels, rightLabels) where one != other {
            return one.lexicographicallyPrecedes(other)
        }
        return leftLabels.count < rightLabels.count
    }
}

extension CanonicalName: CustomStringConvertible {
    /// The presentation text with its final dot.
    public var description: String { name.description }
}
