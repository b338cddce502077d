// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Removes a service, a check or a node; what is not there is no error (HTTP API 4.4).
    mutating func deregister(
        _ deregistration: Deregistration, at index: RaftIndex, _ changes: inout Changes
    ) {
        let node = Self.folded(deregistration.node)
        guard let record = nodeTable[TreeKey.make(node)] else { return }
        if !deregistration.serviceID.isEmpty {
            guard let instance = record.instances[TreeKey.make(deregistration.serviceID)] else {
                return
            }
            removeInstance(instance, onNode: node, at: index, &changes)
        } else if !deregistration.checkID.isEmpty {
            guard let check = record.checks[TreeKey.make(deregistration.checkID)] else { return }
            removeCheck(check, onNode: node, at: index, &changes)
        } else {
            removeNode(node, at: index, &changes)
        }
    }

    /// Removes a node with its instances and checks.
    mutating func removeNode(_ node: String, at index: RaftIndex, _ changes: inout Changes) {
        let key = TreeKey.make(node)
        guard let record = nodeTable[key] else { return }
        for instance in record.instances.values() {
            unindexInstance(instance, onNode: node, newName: nil, at: index, &changes)
            tableIndexes.services = index
            changes.topics.insert(.services)
        }
        record.checks.forEach { _, check in
            unindexCheckStatus(check.row, onNode: node)
            noteCheckChange(onNode: node, at: index, &changes)
            return true
        }
        unindexNode(record.row.row, name: node)
        nodeTable.removeValue(forKey: key)
        noteNodeChange(node, at: index, &changes)
    }

    /// Removes an instance with its checks.
    private mutating func removeInstance(
        _ instance: InstanceRecord, onNode node: String, at index: RaftIndex,
        _ changes: inout Changes
    ) {
        for check in instance.checks {
            indexCheck(nil, replacing: check, onNode: node)
            noteCheckChange(onNode: node, at: index, &changes)
        }
        unindexInstance(instance, onNode: node, newName: nil, at: index, &changes)
        _ = nodeTable.modify(TreeKey.make(node)) {
            $0.instances.removeValue(forKey: TreeKey.make(instance.row.id))
        }
        tableIndexes.services = index
        changes.topics.insert(.services)
        changes.topics.insert(.node(node))
    }

    /// Removes a check.
    private mutating func removeCheck(
        _ check: Box<CheckRow>, onNode node: String, at index: RaftIndex, _ changes: inout Changes
    ) {
        indexCheck(nil, replacing: check, onNode: node)
        attachCheck(nil, replacing: check, onNode: node)
        noteCheckChange(onNode: node, at: index, &changes)
        touchInstances(ofCheck: check.row, onNode: node, at: index, &changes)
    }
}
