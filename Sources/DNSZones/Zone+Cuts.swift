// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import HashTreeCollections

// Where a zone ends below: at cuts of its own records, and at zones that are served beside it.
extension Zone {
    /// The zone cuts that NS records of the zone make.
    var delegations: [CanonicalName] {
        nodes.compactMap { $1.role == .cut && $1[.ns] != nil ? $0 : nil }
    }

    /// The zone with a cut where a zone begins that is served beside it, whether NS records say so
    /// or not.
    ///
    /// The names between become empty non-terminals (RFC 4592 §2.2.2), so that they exist (RFC 8020
    /// §2) and wildcards of this zone do not reach below. What this zone's records say of the
    /// other's names is glue at most. Below a cut of this zone nothing changes: others speak there.
    func cutting(_ child: CanonicalName) -> Zone {
        var missing: [CanonicalName] = []
        var encloser = child
        while nodes[encloser] == nil, let parent = encloser.parent {
            missing.append(encloser)
            encloser = parent
        }
        guard let found = nodes[encloser], found.role != .cut else { return self }
        var nodes = nodes
        var glue = glue
        if missing.isEmpty {
            for (name, node) in self.nodes where name.isSubdomain(of: child) {
                nodes[name] = nil
                if !node.isEmptyNonTerminal { glue[name] = node }
            }
        }
        for name in missing { nodes[name] = ZoneNode() }
        nodes[child] = ZoneNode(role: .cut)
        return Zone(
            apex: apex,
            soa: startOfAuthority,
            soaTTL: startOfAuthorityTTL,
            nodes: nodes,
            glue: glue
        )
    }
}
