// SPDX-License-Identifier: Apache-2.0
import Definitions
import HashTreeCollections

// How rows enter and leave the tables beside that of their node.
extension StateStore {
    /// Takes a node's row out of the tables by ID and by address.
    mutating func unindexNode(_ row: NodeRow, name: String) {
        if !row.id.isEmpty {
            let key = TreeKey.make(Self.folded(row.id))
            if nodeIDTable[key] == name { nodeIDTable.removeValue(forKey: key) }
        }
        nodeAddressTable.removeValue(forKey: TreeKey.make(row.address, name))
    }

    /// Puts an instance into all tables, in place of the one with its ID.
    mutating func indexInstance(
        _ instance: InstanceRecord, onNode node: String, at index: RaftIndex
    ) {
        let row = instance.row
        placeInstance(instance, onNode: node)
        let key = TreeKey.make(Self.folded(row.name))
        _ = serviceTable.modify(key) { record in
            record.name = row.name
            record.tags = row.tags
            record.count(row, by: 1)
        }
        if !row.address.isEmpty {
            instanceAddressTable.updateValue(
                Presence(), forKey: TreeKey.make(row.address, node, row.id))
        }
        if let destination = row.connectDestination {
            indexConnect(destination, place: TreeKey.make(node, row.id), at: index)
        }
    }

    /// Puts an instance into its node's and its service's table, in place of the one with its ID.
    private mutating func placeInstance(_ instance: InstanceRecord, onNode node: String) {
        let row = instance.row
        _ = nodeTable.modify(TreeKey.make(node)) {
            $0.instances.updateValue(instance, forKey: TreeKey.make(row.id))
        }
        let key = TreeKey.make(Self.folded(row.name))
        let place = TreeKey.make(node, row.id)
        if serviceTable.modify(key, { $0.instances.updateValue(instance, forKey: place) }) == nil {
            var record = ServiceRecord(index: row.modifyIndex, name: row.name, tags: row.tags)
            record.instances.updateValue(instance, forKey: place)
            serviceTable.updateValue(record, forKey: key)
        }
    }

    /// Takes an instance out of all tables but its node's. Its service name is noted as changed
    /// unless that stays `newName`; a name that has no instance left is extinct.
    mutating func unindexInstance(
        _ instance: InstanceRecord, onNode node: String, newName: String?, at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let row = instance.row
        let name = Self.folded(row.name)
        let key = TreeKey.make(name)
        let isLast = serviceTable.modify(key) { record in
            if newName != name { record.instances.removeValue(forKey: TreeKey.make(node, row.id)) }
            record.count(row, by: -1)
            return record.instances.isEmpty
        }
        if isLast == true {
            serviceTable.removeValue(forKey: key)
            tableIndexes.serviceExtinction = index
        }
        if newName != name { noteServiceChange(name, at: index, &changes) }
        if !row.address.isEmpty {
            instanceAddressTable.removeValue(forKey: TreeKey.make(row.address, node, row.id))
        }
        if let destination = row.connectDestination {
            unindexConnect(destination, place: TreeKey.make(node, row.id), at: index)
            changes.topics.insert(.connect(destination))
        }
    }

    private mutating func indexConnect(_ destination: String, place: [UInt8], at index: RaftIndex) {
        let key = TreeKey.make(destination)
        var record = connectTable[key] ?? ConnectRecord(index: index)
        record.index = index
        record.instances.updateValue(Presence(), forKey: place)
        connectTable.updateValue(record, forKey: key)
    }

    private mutating func unindexConnect(
        _ destination: String, place: [UInt8], at index: RaftIndex
    ) {
        let key = TreeKey.make(destination)
        guard var record = connectTable[key] else { return }
        record.index = index
        record.instances.removeValue(forKey: place)
        if record.instances.isEmpty {
            connectTable.removeValue(forKey: key)
            tableIndexes.connectExtinction = index
        } else {
            connectTable.updateValue(record, forKey: key)
        }
    }

    /// Puts a check into its node's table and under its status, in place of `old`; `nil` takes
    /// `old` out.
    mutating func indexCheck(
        _ check: Box<CheckRow>?, replacing old: Box<CheckRow>?, onNode node: String
    ) {
        guard let id = (check ?? old)?.row.id else { return }
        let key = TreeKey.make(id)
        _ = nodeTable.modify(TreeKey.make(node)) { record in
            if let check {
                record.checks.updateValue(check, forKey: key)
            } else {
                record.checks.removeValue(forKey: key)
            }
        }
        if let old, old.row.status != check?.row.status {
            unindexCheckStatus(old.row, onNode: node)
        }
        if let check {
            checksByStatus[check.row.status.rawValue, default: OrderedTree()]
                .updateValue(check, forKey: TreeKey.make(node, id))
        }
    }

    /// Takes a check out of the table of its status.
    mutating func unindexCheckStatus(_ row: CheckRow, onNode node: String) {
        let status = row.status.rawValue
        checksByStatus[status, default: OrderedTree()]
            .removeValue(forKey: TreeKey.make(node, row.id))
        if checksByStatus[status]?.isEmpty == true { checksByStatus[status] = nil }
    }

    /// Puts a check to its instance, or to its node, in place of `old`; `nil` takes `old` away.
    mutating func attachCheck(
        _ check: Box<CheckRow>?, replacing old: Box<CheckRow>?, onNode node: String
    ) {
        guard let serviceID = (check ?? old)?.row.serviceID else { return }
        let key = TreeKey.make(node)
        guard !serviceID.isEmpty else {
            _ = nodeTable.modify(key) { $0.ownChecks.replace(old, with: check) }
            return
        }
        guard let instance = nodeTable[key]?.instances[TreeKey.make(serviceID)] else { return }
        var checks = instance.checks
        checks.replace(old, with: check)
        placeInstance(InstanceRecord(row: instance.row, checks: checks), onNode: node)
    }
}

extension ServiceRecord {
    /// Counts the spelling and the tags of an instance in or out.
    mutating func count(_ row: ServiceRow, by difference: Int) {
        count(key: TreeKey.make(row.name), by: difference)
        for tag in row.tags { count(key: TreeKey.make(row.name, tag), by: difference) }
    }

    private mutating func count(key: [UInt8], by difference: Int) {
        let count = (tagCounts[key] ?? 0) + difference
        if count > 0 {
            tagCounts.updateValue(count, forKey: key)
        } else {
            tagCounts.removeValue(forKey: key)
        }
    }
}

extension [Box<CheckRow>] {
    /// Replaces a check, or inserts one, in the order of the check IDs.
    fileprivate mutating func replace(_ old: Box<CheckRow>?, with check: Box<CheckRow>?) {
        if let old, let index = firstIndex(where: { $0 === old }) { remove(at: index) }
        guard let check else { return }
        let id = check.row.id.utf8
        let index = firstIndex { id.lexicographicallyPrecedes($0.row.id.utf8) }
        insert(check, at: index ?? endIndex)
    }
}
