// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import HashTreeCollections

/// Collects the records of a zone and checks the rules that hold between them.
struct ZoneBuilder {
    private let apex: DomainName
    private let canonicalApex: CanonicalName
    private var nodes: [CanonicalName: ZoneNode] = [:]
    /// Where each owner's first record of a type stands, to name the culprit.
    private var firstIndex: [OwnerAndType: Int] = [:]
    private var soa: (record: ResourceRecord, data: StartOfAuthority)?

    private struct OwnerAndType: Hashable {
        var owner: CanonicalName
        var type: RecordType
    }

    init(apex: DomainName) {
        self.apex = apex
        canonicalApex = apex.folded
    }

    /// Takes a record in, or says which rule forbids it.
    mutating func insert(_ record: ResourceRecord, at index: Int) throws(ZoneError) {
        let owner = record.name.folded
        func fault(_ kind: ZoneError.Kind) -> ZoneError {
            ZoneError(kind, name: record.name, type: record.type, index: index)
        }
        guard record.class == .in else { throw fault(.notInternetClass) }
        guard owner.isSubdomain(of: canonicalApex) else { throw fault(.outOfZone) }
        guard record.ttl <= 0x7fff_ffff else { throw fault(.ttlTooLarge) }
        if let kind = Self.objection(to: record.data) { throw fault(kind) }
        if case .soa(let data) = record.data {
            guard owner == canonicalApex else { throw fault(.misplacedSOA) }
            // The same record twice is one record (RFC 2181 §5).
            guard soa == nil || soa?.data == data else { throw fault(.severalSOA) }
            soa = (record, data)
        }
        var node = nodes[owner] ?? ZoneNode()
        if record.type == .cname {
            guard node.sets.allSatisfy({ $0.type == .cname }) else {
                throw fault(.aliasAndOtherData)
            }
        } else if node[.cname] != nil {
            throw fault(.aliasAndOtherData)
        }
        if record.type == .ns, owner != canonicalApex {
            guard !owner.isWildcard else { throw fault(.wildcardDelegation) }
            node.role = .cut
        }
        node.insert(record)
        guard (node[.cname]?.data.count ?? 0) <= 1 else { throw fault(.severalAliases) }
        nodes[owner] = node
        let key = OwnerAndType(owner: owner, type: record.type)
        if firstIndex[key] == nil { firstIndex[key] = index }
    }

    /// What forbids such data in any zone.
    private static func objection(to data: RecordData) -> ZoneError.Kind? {
        switch data {
        case .opt: return .metaType
        case .unknown(let type, _):
            switch type.rawValue {
            // RFC 6895 §3.1: 0 and 128…255 are no types of data; RFC 6891: OPT.
            case 0, RecordType.opt.rawValue, 128...255: return .metaType
            // RFC 6672, RFC 4034, RFC 5155: they demand answers that we do not give.
            case RecordType.dname.rawValue, RecordType.rrsig.rawValue, RecordType.nsec.rawValue,
                RecordType.nsec3.rawValue, RecordType.nsec3param.rawValue:
                return .unsupportedType
            case RecordType.a.rawValue, RecordType.aaaa.rawValue, RecordType.ns.rawValue,
                RecordType.cname.rawValue, RecordType.soa.rawValue, RecordType.ptr.rawValue,
                RecordType.mx.rawValue, RecordType.txt.rawValue, RecordType.srv.rawValue:
                return .malformedData
            default: return nil
            }
        default: return nil
        }
    }

    /// The zone, if the records make one.
    consuming func build() throws(ZoneError) -> Zone {
        guard let soa else { throw ZoneError(.noSOA, name: apex, type: .soa, index: nil) }
        guard nodes[canonicalApex]?[.ns] != nil else {
            throw ZoneError(.noNameServer, name: apex, type: .ns, index: nil)
        }
        let glue = try takeGlue()
        addEmptyNonTerminals()
        let ttl = nodes[canonicalApex]?[.soa]?.ttl ?? soa.record.ttl
        let zone = Zone(
            apex: soa.record.name,
            soa: soa.data,
            soaTTL: ttl,
            nodes: TreeDictionary(uniqueKeysWithValues: nodes.lazy.map { ($0.key, $0.value) }),
            glue: TreeDictionary(uniqueKeysWithValues: glue.lazy.map { ($0.key, $0.value) })
        )
        try checkSigners()
        try checkNameServers(of: zone)
        return zone
    }

    /// Takes what lies below zone cuts out of the authoritative names.
    private mutating func takeGlue() throws(ZoneError) -> [CanonicalName: ZoneNode] {
        guard nodes.contains(where: { $0.value.role == .cut }) else { return [:] }
        var glue: [CanonicalName: ZoneNode] = [:]
        var offenders: [ZoneError] = []
        for (name, node) in nodes {
            guard let cut = cut(above: name) else { continue }
            glue[name] = node
            for set in node.sets where set.type != .a && set.type != .aaaa {
                offenders.append(
                    ZoneError(
                        .belowCut(cut.name),
                        name: set.owner,
                        type: set.type,
                        index: firstIndex[OwnerAndType(owner: name, type: set.type)]
                    )
                )
            }
        }
        // The first in the file, not the first in the hash table.
        if let first = offenders.min(by: { ($0.index ?? 0) < ($1.index ?? 0) }) { throw first }
        for name in glue.keys { nodes[name] = nil }
        return glue
    }

    /// The topmost zone cut strictly above a name.
    private func cut(above name: CanonicalName) -> CanonicalName? {
        var topmost: CanonicalName?
        var ancestor = name
        while ancestor != canonicalApex, let parent = ancestor.parent {
            ancestor = parent
            if nodes[ancestor]?.role == .cut { topmost = ancestor }
        }
        return topmost
    }

    /// RFC 4592 §2.2.2: a name exists if a name below it does.
    private mutating func addEmptyNonTerminals() {
        for name in Array(nodes.keys) {
            var ancestor = name
            while ancestor != canonicalApex, let parent = ancestor.parent, nodes[parent] == nil {
                nodes[parent] = ZoneNode()
                ancestor = parent
            }
        }
    }

    private func checkSigners() throws(ZoneError) {
        let orphans = nodes.filter { $0.value.role != .cut && $0.value[.ds] != nil }
            .map { (name: $0.key, index: firstIndex[OwnerAndType(owner: $0.key, type: .ds)] ?? 0) }
        guard let first = orphans.min(by: { $0.index < $1.index }) else { return }
        throw ZoneError(
            .signerWithoutDelegation,
            name: first.name.name,
            type: .ds,
            index: first.index
        )
    }

    /// RFC 1034 §4.2.1, RFC 2181 §10.3: name servers in the zone have addresses and no alias.
    private func checkNameServers(of zone: Zone) throws(ZoneError) {
        var offenders: [ZoneError] = []
        for (owner, node) in nodes {
            guard let servers = node[.ns] else { continue }
            let index = firstIndex[OwnerAndType(owner: owner, type: .ns)]
            for case .ns(let target) in servers.data
            where target.folded.isSubdomain(of: canonicalApex) {
                guard let kind = objection(toNameServer: target, of: owner, in: zone) else {
                    continue
                }
                offenders.append(ZoneError(kind, name: target, type: .ns, index: index))
            }
        }
        if let first = offenders.min(by: { ($0.index ?? 0) < ($1.index ?? 0) }) { throw first }
    }

    private func objection(
        toNameServer target: DomainName,
        of owner: CanonicalName,
        in zone: Zone
    ) -> ZoneError.Kind? {
        guard zone.addresses(of: target, withGlue: true).isEmpty else { return nil }
        switch zone.locate(target.folded) {
        case .existing(let node), .wildcard(let node, _):
            return node[.cname] == nil ? .nameServerWithoutAddress : .nameServerIsAlias
        // A server below another cut is found through that delegation.
        case .delegation(let cut, _): return cut == owner ? .nameServerWithoutAddress : nil
        case .missing: return .nameServerWithoutAddress
        case .outside: return nil
        }
    }
}

extension CanonicalName {
    /// Whether the leftmost label is `*` (RFC 4592 §2.1.1).
    var isWildcard: Bool { wire.count > 2 && wire[0] == 1 && wire[1] == UInt8(ascii: "*") }
}
