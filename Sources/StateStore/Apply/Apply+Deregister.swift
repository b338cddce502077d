// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Removes a service, a check or a node; what is not there is no error (HTTP API 4.4).
    mutating func deregister(
        _ deregistration: Deregistration,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let name = Self.folded(deregistration.node)
        let key = TreeKey.make(name)
        if deregistration.serviceID.isEmpty && deregistration.checkID.isEmpty {
            removeNode(name, at: index, &changes)
            return
        }
        guard var node = takeNode(key) else { return }
        if !deregistration.serviceID.isEmpty {
            removeInstance(deregistration.serviceID, on: &node.value, name, at: index, &changes)
        } else {
            removeCheck(deregistration.checkID, on: &node.value, name, at: index, &changes)
        }
        nodeTable.updateValue(node, forKey: key)
    }

    /// Removes a node with its instances and checks.
    mutating func removeNode(_ name: String, at index: RaftIndex, _ changes: inout Changes) {
        guard let node = nodeTable.removeValue(forKey: TreeKey.make(name))?.value else { return }
        for instance in node.instances.values() {
            unindexInstance(instance.row, onNode: name, at: index, &changes)
            tableIndexes.services = index
            changes.topics.insert(.services)
        }
        for check in node.checks.values() {
            indexCheck(nil, replacing: check.row, onNode: name)
            noteCheckChange(onNode: name, at: index, &changes)
        }
        for instance in node.instances.values() { releaseVirtualAddresses(after: instance.row) }
        invalidateSessions(ofNode: name, at: index, &changes)
        removeCoordinates(ofNode: name, at: index, &changes)
        unindexNode(node.row.row, name: name)
        noteNodeChange(name, at: index, &changes)
    }

    /// Removes an instance with its checks.
    private mutating func removeInstance(
        _ id: String,
        on node: inout NodeRecord,
        _ nodeName: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        guard let instance = node.instances.removeValue(forKey: TreeKey.make(id)) else { return }
        for check in instance.checks {
            node.checks.removeValue(forKey: TreeKey.make(check.row.id))
            indexCheck(nil, replacing: check.row, onNode: nodeName)
            noteCheckChange(onNode: nodeName, at: index, &changes)
            invalidateSessions(ofCheck: check.row.id, onNode: nodeName, at: index, &changes)
        }
        unindexInstance(instance.row, onNode: nodeName, at: index, &changes)
        releaseVirtualAddresses(after: instance.row)
        tableIndexes.services = index
        changes.topics.insert(.services)
        changes.topics.insert(.node(nodeName))
    }

    /// Removes a check.
    private mutating func removeCheck(
        _ id: String,
        on node: inout NodeRecord,
        _ nodeName: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        guard let check = node.checks.removeValue(forKey: TreeKey.make(id)) else { return }
        node.attach(nil, replacing: check, for: check.row.serviceID)
        indexCheck(nil, replacing: check.row, onNode: nodeName)
        noteCheckChange(onNode: nodeName, at: index, &changes)
        touchInstances(of: check.row, on: node, at: index, &changes)
        invalidateSessions(ofCheck: id, onNode: nodeName, at: index, &changes)
    }
}
