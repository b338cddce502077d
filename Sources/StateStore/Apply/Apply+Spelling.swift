// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Gives everything on a node the node's name in its new spelling (HTTP API 5.1: compared
    /// without case, stored as given).
    ///
    /// The tables' keys hold folded names and stay as they are; who watches instances is told by
    /// whoever changes the node's row.
    mutating func respell(
        _ name: String,
        as spelling: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let key = TreeKey.make(name)
        guard var node = takeNode(key) else { return }
        node.value.respell(as: spelling, at: index)
        if !node.value.instances.isEmpty {
            tableIndexes.services = index
            changes.topics.insert(.services)
        }
        if !node.value.checks.isEmpty { noteCheckChange(onNode: name, at: index, &changes) }
        nodeTable.updateValue(node, forKey: key)
        respellSessions(ofNode: name, as: spelling, at: index, &changes)
        respellCoordinates(ofNode: name, as: spelling, at: index, &changes)
    }
}

extension NodeRecord {
    /// Writes the node's name anew into all instances and checks.
    fileprivate mutating func respell(as spelling: String, at index: RaftIndex) {
        for check in checks.values() {
            var row = check.row
            row.node = spelling
            row.modifyIndex = index
            checks.updateValue(Box(row), forKey: TreeKey.make(row.id))
        }
        ownChecks = ownChecks.map(known)
        for instance in instances.values() {
            var row = instance.row
            row.node = spelling
            row.modifyIndex = index
            let record = InstanceRecord(row: row, checks: instance.checks.map(known))
            instances.updateValue(record, forKey: TreeKey.make(row.id))
        }
    }

    /// The check of the same ID among all of the node.
    private func known(_ check: Box<CheckRow>) -> Box<CheckRow> {
        checks[TreeKey.make(check.row.id)] ?? check
    }
}
