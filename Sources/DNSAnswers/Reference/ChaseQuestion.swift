// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// What the recursors are asked about a name that an alias leads to.
///
/// Names are equal whatever their case (RFC 4343).
public struct ChaseQuestion: Hashable, Sendable {
    /// The name, as whoever registered it spells it.
    public let name: DomainName
    /// The type that is wanted.
    public let type: RecordType

    /// Makes a question.
    public init(_ name: DomainName, _ type: RecordType) {
        self.name = name
        self.type = type
    }

    /// Whether both ask for the same.
    public static func == (one: ChaseQuestion, other: ChaseQuestion) -> Bool {
        one.type == other.type && one.name.folded == other.name.folded
    }

    /// Feeds what makes it equal.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name.folded)
        hasher.combine(type)
    }
}
