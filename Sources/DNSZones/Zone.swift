// SPDX-License-Identifier: Apache-2.0

public import DNSWire
internal import HashTreeCollections

/// A zone of static records: an immutable value that answers by the rules of RFC 1034 §4.3.2.
///
/// Invariants, established by ``make(apex:records:)``:
/// - `nodes` holds every authoritative name, every zone cut and every empty non-terminal; the
///   parent of a name in it is in it too, up to the apex. So the first ancestor found, walking up
///   from a missing name, is its closest encloser (RFC 4592 §3.3.1).
/// - Nothing below a cut is in `nodes`; addresses there are in `glue`. In a set a zone is cut where
///   another one begins, without NS records if need be.
/// - A node with a CNAME holds nothing else; the apex holds one SOA and at least one NS.
///
/// A search costs as many hash look-ups as the name has labels beyond the closest encloser,
/// whatever the size of the zone.
public struct Zone: Hashable, Sendable {
    /// The name at the top, in the spelling of its SOA record.
    public let apex: DomainName
    /// The start of authority.
    public let startOfAuthority: StartOfAuthority
    /// The SOA record's own TTL.
    public let startOfAuthorityTTL: UInt32

    let canonicalApex: CanonicalName
    let nodes: TreeDictionary<CanonicalName, ZoneNode>
    let glue: TreeDictionary<CanonicalName, ZoneNode>

    init(
        apex: DomainName,
        soa: StartOfAuthority,
        soaTTL: UInt32,
        nodes: TreeDictionary<CanonicalName, ZoneNode>,
        glue: TreeDictionary<CanonicalName, ZoneNode>
    ) {
        self.apex = apex
        self.canonicalApex = apex.folded
        self.startOfAuthority = soa
        self.startOfAuthorityTTL = soaTTL
        self.nodes = nodes
        self.glue = glue
    }

    /// Makes a zone of records, in any order; says which one breaks which rule.
    public static func make(
        apex: DomainName,
        records: [ResourceRecord]
    ) throws(ZoneError) -> Zone {
        var builder = ZoneBuilder(apex: apex)
        for (index, record) in records.enumerated() { try builder.insert(record, at: index) }
        return try builder.build()
    }

    /// The SOA record, its owner as in the zone.
    public var soa: ResourceRecord {
        ResourceRecord(name: apex, ttl: startOfAuthorityTTL, data: .soa(startOfAuthority))
    }

    /// The SOA record of negative answers, its owner as in the zone.
    public var negativeSOA: ResourceRecord { negativeSOA(owner: apex) }

    /// The SOA record of negative answers, its owner in the spelling of the question.
    func negativeSOA(owner: DomainName) -> ResourceRecord {
        // RFC 2308 §5: the TTL is the lower of the SOA's own and its MINIMUM.
        ResourceRecord(
            name: owner,
            ttl: min(startOfAuthorityTTL, startOfAuthority.minimum),
            data: .soa(startOfAuthority)
        )
    }

    /// All records in canonical order of their owners (RFC 4034 §6.1), the SOA first; glue too.
    public var records: [ResourceRecord] {
        let sorted = (Array(nodes) + Array(glue)).sorted { $0.key < $1.key }
        let all = sorted.flatMap { node in
            node.value.sets.sorted { $0.type.rawValue < $1.type.rawValue }
                .flatMap { $0.records() }
        }
        return [soa] + all.filter { $0.type != .soa }
    }
}
