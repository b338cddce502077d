// SPDX-License-Identifier: Apache-2.0
import Definitions
import HashTreeCollections

// How rows enter and leave the tables that lead to them.
extension StateStore {
    /// Takes a node's record out of the table, to be changed and put back: while nobody else holds
    /// it, it is changed in place.
    ///
    /// An empty record keeps the place meanwhile.
    mutating func takeNode(_ key: [UInt8]) -> CopyOnWrite<NodeRecord>? {
        nodeTable.modify(key) { place in
            let node = place
            place = NodeRecord.absent
            return node
        }
    }

    /// Takes a node's row out of the tables by ID and by address.
    mutating func unindexNode(_ row: NodeRow, name: String) {
        if !row.id.isEmpty {
            let key = TreeKey.make(Self.folded(row.id))
            if nodeIDTable[key] == name { nodeIDTable.removeValue(forKey: key) }
        }
        nodeAddressTable.removeValue(
            forKey: TreeKey.make(IPAddressText.canonical(row.address), name)
        )
    }

    /// Brings a node's row into the tables by ID and by address.
    mutating func indexNode(_ row: NodeRow, name: String) {
        if !row.id.isEmpty {
            nodeIDTable.updateValue(name, forKey: TreeKey.make(Self.folded(row.id)))
        }
        nodeAddressTable.updateValue(
            Presence(),
            forKey: TreeKey.make(IPAddressText.canonical(row.address), name)
        )
    }

    /// Brings the keys of an instance from a snapshot into all tables; its virtual addresses and
    /// the indexes of its services stand in the snapshot too.
    mutating func indexRestored(_ row: inout ServiceRow, onNode node: String) {
        indexService(&row, Self.folded(row.name), replacing: nil, onNode: node)
        if !row.address.isEmpty {
            instanceAddressTable.updateValue(
                Presence(),
                forKey: Self.addressKey(of: row, onNode: node)
            )
        }
        if let destination = row.connectDestination {
            indexConnect(
                destination,
                place: TreeKey.make(node, row.id),
                at: row.modifyIndex
            )
        }
    }

    /// Brings an instance's keys into all tables, in place of those of `old`, and notes what that
    /// changes.
    ///
    /// Texts that the instances of a service share are kept once: `row` gets them.
    mutating func indexInstance(
        _ row: inout ServiceRow,
        replacing old: ServiceRow?,
        onNode node: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let name = Self.folded(row.name)
        if let old, Self.folded(old.name) != name {
            unindexInstance(old, onNode: node, at: index, &changes)
            indexService(&row, name, replacing: nil, onNode: node)
        } else {
            if let old { unindexDetails(old, onNode: node, at: index, &changes) }
            indexService(&row, name, replacing: old, onNode: node)
        }
        changes.note(row.id, onNode: node, of: name)
        if !row.address.isEmpty {
            instanceAddressTable.updateValue(
                Presence(),
                forKey: Self.addressKey(of: row, onNode: node)
            )
        }
        if let destination = row.connectDestination {
            indexConnect(destination, place: TreeKey.make(node, row.id), at: index)
            virtualAddressTable.assign(to: destination)
            changes.topics.insert(.connect(destination))
        }
        if let old { releaseVirtualAddresses(after: old) }
    }

    /// Takes the virtual addresses back that nothing needs without an instance.
    mutating func releaseVirtualAddresses(after row: ServiceRow) {
        releaseVirtualAddress(of: Self.folded(row.name))
        if let destination = row.connectDestination { releaseVirtualAddress(of: destination) }
    }

    /// Brings an instance under its service name; `old` bears the same name.
    private mutating func indexService(
        _ row: inout ServiceRow,
        _ name: String,
        replacing old: ServiceRow?,
        onNode node: String
    ) {
        let key = TreeKey.make(name)
        let place = TreeKey.make(node, row.id)
        let isKnown: Void? = serviceTable.modify(key) { service in
            service.value.share(&row)
            service.value.index = row.modifyIndex
            if old == nil { service.value.instances.updateValue(Presence(), forKey: place) }
            service.value.count(row, replacing: old)
        }
        guard isKnown == nil else { return }
        var service = ServiceRecord(index: row.modifyIndex, name: row.name, tags: row.tags)
        service.instances.updateValue(Presence(), forKey: place)
        service.count(row, replacing: nil)
        serviceTable.updateValue(CopyOnWrite(service), forKey: key)
    }

    /// Takes an instance's keys out of all tables and notes what that changes; a name that has no
    /// instance left is extinct.
    mutating func unindexInstance(
        _ row: ServiceRow,
        onNode node: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let name = Self.folded(row.name)
        let key = TreeKey.make(name)
        let place = TreeKey.make(node, row.id)
        let isLast = serviceTable.modify(key) { service in
            service.value.index = index
            service.value.instances.removeValue(forKey: place)
            service.value.count(nil, replacing: row)
            return service.value.instances.isEmpty
        }
        if isLast == true {
            serviceTable.removeValue(forKey: key)
            tableIndexes.serviceExtinction = index
        }
        changes.note(row.id, onNode: node, of: name)
        unindexDetails(row, onNode: node, at: index, &changes)
    }

    /// Takes an instance's keys out of the tables by address and by destination.
    private mutating func unindexDetails(
        _ row: ServiceRow,
        onNode node: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        if !row.address.isEmpty {
            instanceAddressTable.removeValue(forKey: Self.addressKey(of: row, onNode: node))
        }
        if let destination = row.connectDestination {
            unindexConnect(destination, place: TreeKey.make(node, row.id), at: index)
            changes.topics.insert(.connect(destination))
        }
    }

    /// The key of an instance in the table by address: however an address is spelled, its canonical
    /// text is the same (DNS 8.1: by binary address).
    static func addressKey(of row: ServiceRow, onNode node: String) -> [UInt8] {
        TreeKey.make(IPAddressText.canonical(row.address), node, row.id)
    }

    /// Brings an instance under the service that is reached by it.
    mutating func indexConnect(_ destination: String, place: [UInt8], at index: RaftIndex) {
        let key = TreeKey.make(destination)
        var record = connectTable[key] ?? ConnectRecord(index: index)
        record.index = index
        record.instances.updateValue(Presence(), forKey: place)
        connectTable.updateValue(record, forKey: key)
    }

    private mutating func unindexConnect(
        _ destination: String,
        place: [UInt8],
        at index: RaftIndex
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

    /// Brings a check's key under its status, in place of that of `old`; `nil` takes `old` out.
    ///
    /// What passes stands nowhere: so do nearly all checks, which are found where their nodes are.
    mutating func indexCheck(_ row: CheckRow?, replacing old: CheckRow?, onNode node: String) {
        if let row, let old, row.status == old.status { return }
        if let old, old.status != .passing {
            let status = old.status.rawValue
            checksByStatus[status, default: OrderedTree()]
                .removeValue(forKey: TreeKey.make(node, old.id))
            if checksByStatus[status]?.isEmpty == true { checksByStatus[status] = nil }
        }
        if let row, row.status != .passing {
            checksByStatus[row.status.rawValue, default: OrderedTree()]
                .updateValue(Presence(), forKey: TreeKey.make(node, row.id))
        }
    }
}

extension NodeRecord {
    /// What stands in the table while a node's record is taken out.
    static let absent = CopyOnWrite(NodeRecord(row: Box(NodeRow(name: "", address: ""))))

    /// Puts a check to the instance it is for, or to the node, in place of `old`; `nil` takes
    /// `old` away.
    mutating func attach(
        _ check: Box<CheckRow>?,
        replacing old: Box<CheckRow>?,
        for serviceID: String
    ) {
        guard !serviceID.isEmpty else {
            ownChecks.replace(old, with: check)
            return
        }
        _ = instances.modify(TreeKey.make(serviceID)) { instance in
            var checks = instance.checks
            checks.replace(old, with: check)
            instance = InstanceRecord(row: instance.row, checks: checks)
        }
    }
}

extension ServiceRecord {
    /// Gives an instance the texts of the one before it, where they are equal.
    mutating func share(_ row: inout ServiceRow) {
        if name == row.name { row.name = name } else { name = row.name }
        if tags == row.tags { row.tags = tags } else { tags = row.tags }
    }

    /// Counts the spelling and the tags of an instance in, and those of another out.
    mutating func count(_ row: ServiceRow?, replacing old: ServiceRow?) {
        if let row, let old, row.name == old.name, row.tags == old.tags { return }
        if let old { count(old.name, old.tags, by: -1) }
        if let row { count(row.name, row.tags, by: 1) }
    }

    /// Counts so many more instances that spell the name so and have these tags.
    mutating func count(_ name: String, _ tags: [String], by difference: Int) {
        count(key: TreeKey.alone(name), by: difference)
        for tag in tags { count(key: TreeKey.make(name, tag), by: difference) }
    }

    private mutating func count(key: [UInt8], by difference: Int) {
        let count = tagCounts.modify(key) { count in
            count += difference
            return count
        }
        if let count {
            if count == 0 { tagCounts.removeValue(forKey: key) }
        } else {
            tagCounts.updateValue(difference, forKey: key)
        }
    }
}

extension [Box<CheckRow>] {
    /// Replaces a check, or inserts one, in the order of the check IDs.
    mutating func replace(_ old: Box<CheckRow>?, with check: Box<CheckRow>?) {
        if let old, let index = firstIndex(where: { $0 === old }) { remove(at: index) }
        guard let check else { return }
        let id = check.row.id.utf8
        let index = firstIndex { id.lexicographicallyPrecedes($0.row.id.utf8) }
        insert(check, at: index ?? endIndex)
    }
}
