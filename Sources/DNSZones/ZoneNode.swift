// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

/// A name of a zone with what it owns; without any RRset it is an empty non-terminal.
struct ZoneNode: Hashable, Sendable {
    /// What a name is to the search of RFC 1034 §4.3.2.
    enum Role: Hashable, Sendable {
        /// Authoritative data, or an empty non-terminal.
        case authoritative
        /// A zone cut: NS records below the apex, or the apex of a zone beside this one. Only its
        /// DS records are ours.
        case cut
    }

    var role = Role.authoritative
    /// Few: looked through one after the other.
    var sets: [RRset] = []

    /// The RRset of a type.
    subscript(type: RecordType) -> RRset? { sets.first { $0.type == type } }

    /// Whether nothing is stored here, only below.
    var isEmptyNonTerminal: Bool { sets.isEmpty }

    mutating func insert(_ record: ResourceRecord) {
        if let index = sets.firstIndex(where: { $0.type == record.type }) {
            sets[index].insert(record)
        } else {
            sets.append(RRset(record))
        }
    }
}
