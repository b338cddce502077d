// SPDX-License-Identifier: Apache-2.0
import Definitions

// Which indexes a change moves and whom it wakes (HTTP API 3.1, "Which index is reported").
extension StateStore {
    /// A node came, changed or went.
    mutating func noteNodeChange(
        _ node: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        tableIndexes.nodes = index
        changes.topics.insert(.nodes)
        changes.topics.insert(.node(node))
        changes.nodes.insert(node)
    }

    /// A check on a node came, changed or went.
    mutating func noteCheckChange(
        onNode node: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        tableIndexes.checks = index
        changes.topics.insert(.checks)
        changes.topics.insert(.node(node))
    }

    /// Something that counts for an instance changed.
    private mutating func noteChange(
        of instance: ServiceRow,
        onNode node: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let service = Self.folded(instance.name)
        _ = serviceTable.modify(TreeKey.make(service)) { $0.value.index = index }
        changes.note(instance.id, onNode: node, of: service)
    }

    /// The data of a node or a check of the node itself changed: that counts for every instance
    /// there.
    mutating func touchInstances(
        on node: NodeRecord,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let name = Self.folded(node.row.row.name)
        for instance in node.instances.values() {
            noteChange(of: instance.row, onNode: name, at: index, &changes)
        }
    }

    /// A check changed: that counts for its instance, or for all on the node.
    mutating func touchInstances(
        of check: CheckRow,
        on node: NodeRecord,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        if check.serviceID.isEmpty {
            touchInstances(on: node, at: index, &changes)
        } else if let instance = node.instances[TreeKey.make(check.serviceID)] {
            let name = Self.folded(node.row.row.name)
            noteChange(of: instance.row, onNode: name, at: index, &changes)
        }
    }
}

extension NodeRow {
    /// Whether registering this over `other` changes nothing (Consul: `Node.IsSame`, which does not
    /// see that only the case of the name differs).
    func hasSameContent(as other: NodeRow) -> Bool {
        name.hasOctets(of: other.name)
            && id == other.id
            && address == other.address
            && taggedAddresses == other.taggedAddresses
            && meta == other.meta
            && locality == other.locality
    }
}

extension ServiceRow {
    /// The ID, which defaults to the name (HTTP API 5.2).
    var effectiveID: String { id.isEmpty ? name : id }

    /// The folded name of the service that is reached through this instance, if any: what a proxy
    /// fronts, or the own name of a native instance.
    var connectDestination: String? {
        if kind == "connect-proxy", let proxy {
            return StateStore.folded(proxy.destinationServiceName)
        }
        return connectNative ? StateStore.folded(name) : nil
    }

    /// Whether registering this over `other` changes nothing (Consul: `NodeService.IsSame`).
    func hasSameContent(as other: ServiceRow) -> Bool {
        var copy = self
        copy.node = other.node
        copy.createIndex = other.createIndex
        copy.modifyIndex = other.modifyIndex
        return copy == other
    }
}

extension CheckRow {
    /// Whether registering this over `other` changes nothing (Consul: `HealthCheck.IsSame`).
    func hasSameContent(as other: CheckRow) -> Bool {
        var copy = self
        copy.node = other.node
        copy.createIndex = other.createIndex
        copy.modifyIndex = other.modifyIndex
        return copy == other
    }
}
