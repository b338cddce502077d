// SPDX-License-Identifier: Apache-2.0
import Definitions

extension StateStore {
    /// Finds every reason to refuse, before anything is changed: a command is whole or nothing.
    func validate(_ registration: Registration) throws(CommandRefusal) {
        let node = registration.node
        if node.name.isEmpty { throw .invalid("Must provide node") }
        let key = Self.folded(node.name)
        let existing = nodeTable[TreeKey.make(key)]
        if changesNode(registration, existing?.row.row) {
            try validateName(of: node, key: key)
        }
        if let service = registration.service {
            if service.name.isEmpty {
                throw .invalid(
                    "Must provide service name (Service.Service) when service ID is provided")
            }
        }
        for check in registration.checks {
            if !check.node.isEmpty, Self.folded(check.node) != key {
                throw .checkNodeMismatch(checkNode: check.node, node: node.name)
            }
            if check.serviceID.isEmpty || check.serviceID == registration.service?.effectiveID {
                continue
            }
            if existing?.instances[TreeKey.make(check.serviceID)] == nil {
                throw .missingService(serviceID: check.serviceID, node: node.name)
            }
        }
    }

    /// A name that a living node with another ID holds is refused (HTTP API 5.2).
    private func validateName(of node: NodeRow, key: String) throws(CommandRefusal) {
        guard !node.id.isEmpty else { return }
        let holderOfID = nodeIDTable[TreeKey.make(Self.folded(node.id))]
        if holderOfID == key { return }
        guard let holder = nodeTable[TreeKey.make(key)] else { return }
        let holderRow = holder.row.row
        // Consul: a node without ID may be taken over by a new ID, not by a rename.
        let isRename = holderOfID != nil
        if holderRow.id.isEmpty && !isRename { return }
        // Consul: without a serfHealth check the holder is an external node, which cannot be
        // known to be alive.
        guard let serfHealth = holder.checks[TreeKey.make(Self.serfHealthID)],
            serfHealth.row.status != .critical
        else { return }
        throw .nodeNameTaken(
            name: node.name, holder: holderRow, requestedID: node.id,
            requestedAddress: node.address, isRename: isRename)
    }

    /// The ID of the check by which the leader records what gossip says of a node.
    public static let serfHealthID = "serfHealth"

    /// Whether a registration touches the node's row at all.
    private func changesNode(_ registration: Registration, _ existing: NodeRow?) -> Bool {
        guard let existing else { return true }
        return !registration.skipNodeUpdate && !registration.node.hasSameContent(as: existing)
    }

    /// Node, then service, then checks (HTTP API 5.2).
    mutating func register(
        _ registration: Registration, at index: RaftIndex, _ changes: inout Changes
    ) {
        let name = Self.folded(registration.node.name)
        let key = TreeKey.make(name)
        if changesNode(registration, nodeTable[key]?.row.row) {
            registerNode(registration.node, name: name, at: index, &changes)
        }
        if let service = registration.service {
            registerInstance(service, onNode: name, at: index, &changes)
        }
        for check in registration.checks {
            registerCheck(check, onNode: name, at: index, &changes)
        }
    }

    /// Inserts or replaces a node's row.
    private mutating func registerNode(
        _ node: NodeRow, name: String, at index: RaftIndex, _ changes: inout Changes
    ) {
        let key = TreeKey.make(name)
        var createIndex = index
        if !node.id.isEmpty, let oldName = nodeIDTable[TreeKey.make(Self.folded(node.id))],
            oldName != name
        {
            // Consul: a rename removes the node under its old name, with what is on it; the
            // agent registers its services again under the new name.
            createIndex = nodeTable[TreeKey.make(oldName)]?.row.row.createIndex ?? index
            removeNode(oldName, at: index, &changes)
        } else if let existing = nodeTable[key]?.row.row {
            createIndex = existing.createIndex
        }
        var row = node
        row.createIndex = createIndex
        row.modifyIndex = index
        if let existing = nodeTable[key]?.row.row {
            row.name = existing.name  // the spelling under which it came stays
            unindexNode(existing, name: name)
        }
        let box = Box(row)
        if nodeTable.modify(key, { $0.row = box }) == nil {
            nodeTable.updateValue(NodeRecord(row: box), forKey: key)
        }
        if !row.id.isEmpty {
            nodeIDTable.updateValue(name, forKey: TreeKey.make(Self.folded(row.id)))
        }
        nodeAddressTable.updateValue(name, forKey: TreeKey.make(row.address, name))
        noteNodeChange(name, at: index, &changes)
        touchInstances(onNode: name, at: index, &changes)
    }

    /// Inserts or replaces an instance.
    private mutating func registerInstance(
        _ service: ServiceRow, onNode node: String, at index: RaftIndex, _ changes: inout Changes
    ) {
        guard let record = nodeTable[TreeKey.make(node)] else { return }
        var row = service
        row.id = service.effectiveID
        row.node = record.row.row.name
        let key = TreeKey.make(row.id)
        let old = record.instances[key]
        if let old, old.row.hasSameContent(as: row) { return }
        row.createIndex = old?.row.createIndex ?? index
        row.modifyIndex = index
        let name = Self.folded(row.name)
        if let shared = serviceTable[TreeKey.make(name)] {
            // Instances of one service mostly agree: their texts are then kept once.
            if shared.name == row.name { row.name = shared.name }
            if shared.tags == row.tags { row.tags = shared.tags }
        }
        if let old { unindexInstance(old, onNode: node, newName: name, at: index, &changes) }
        let checks = updatedChecks(of: old, now: row, onNode: node, at: index, &changes)
        indexInstance(InstanceRecord(row: row, checks: checks), onNode: node, at: index)
        tableIndexes.services = index
        changes.topics.insert(.services)
        changes.topics.insert(.node(node))
        noteServiceChange(name, at: index, &changes)
        if let destination = row.connectDestination {
            changes.topics.insert(.connect(destination))
        }
    }

    /// Gives the checks of an instance its new name and tags.
    private mutating func updatedChecks(
        of old: InstanceRecord?, now row: ServiceRow, onNode node: String, at index: RaftIndex,
        _ changes: inout Changes
    ) -> [Box<CheckRow>] {
        guard let old else { return [] }
        guard !old.checks.isEmpty, old.row.name != row.name || old.row.tags != row.tags else {
            return old.checks
        }
        tableIndexes.checks = index
        changes.topics.insert(.checks)
        return old.checks.map { check in
            var copy = check.row
            copy.serviceName = row.name
            copy.serviceTags = row.tags
            copy.modifyIndex = index
            let box = Box(copy)
            indexCheck(box, replacing: check, onNode: node)
            return box
        }
    }

    /// Inserts or replaces a check; its instance exists.
    private mutating func registerCheck(
        _ check: CheckRow, onNode node: String, at index: RaftIndex, _ changes: inout Changes
    ) {
        guard let record = nodeTable[TreeKey.make(node)] else { return }
        var row = check
        row.node = record.row.row.name
        // HTTP API 5.2: the ID defaults to the name, the status to critical.
        if row.id.isEmpty { row.id = row.name }
        if row.status.rawValue.isEmpty { row.status = .critical }
        row.serviceName = ""
        row.serviceTags = []
        if !row.serviceID.isEmpty, let instance = record.instances[TreeKey.make(row.serviceID)] {
            row.serviceName = instance.row.name
            row.serviceTags = instance.row.tags
        }
        let old = record.checks[TreeKey.make(row.id)]
        if let old, old.row.hasSameContent(as: row) { return }
        row.createIndex = old?.row.createIndex ?? index
        row.modifyIndex = index
        let box = Box(row)
        indexCheck(box, replacing: old, onNode: node)
        if let old, old.row.serviceID != row.serviceID {
            attachCheck(nil, replacing: old, onNode: node)
            attachCheck(box, replacing: nil, onNode: node)
            touchInstances(ofCheck: old.row, onNode: node, at: index, &changes)
        } else {
            attachCheck(box, replacing: old, onNode: node)
        }
        noteCheckChange(onNode: node, at: index, &changes)
        touchInstances(ofCheck: row, onNode: node, at: index, &changes)
    }
}
