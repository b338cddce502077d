// SPDX-License-Identifier: Apache-2.0
import Definitions

extension StateStore {
    /// The ID of the check by which the leader records what gossip says of a node.
    public static let serfHealthID = "serfHealth"

    /// Finds every reason to refuse, before anything is changed: a command is whole or nothing.
    func validate(_ registration: Registration) throws(CommandRefusal) {
        let node = registration.node
        if node.name.isEmpty { throw .invalid("Must provide node") }
        let name = Self.folded(node.name)
        let existing = nodeTable[TreeKey.make(name)]?.value
        if registration.changes(existing?.row.row) { try validateName(of: node, folded: name) }
        if let service = registration.service, service.name.isEmpty {
            throw .invalid(
                "Must provide service name (Service.Service) when service ID is provided"
            )
        }
        for check in registration.checks {
            if !check.node.isEmpty, Self.folded(check.node) != name {
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
    private func validateName(of node: NodeRow, folded name: String) throws(CommandRefusal) {
        guard !node.id.isEmpty else { return }
        let holderOfID = nodeIDTable[TreeKey.make(Self.folded(node.id))]
        if holderOfID == name { return }
        guard let holder = nodeTable[TreeKey.make(name)]?.value else { return }
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
            name: node.name,
            holder: holderRow,
            requestedID: node.id,
            requestedAddress: node.address,
            isRename: isRename
        )
    }

    /// Node, then service, then checks (HTTP API 5.2).
    mutating func register(
        _ registration: Registration,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let name = Self.folded(registration.node.name)
        let key = TreeKey.make(name)
        if registration.changes(nodeTable[key]?.value.row.row) {
            registerNode(registration.node, name: name, at: index, &changes)
        }
        if registration.service == nil && registration.checks.isEmpty { return }
        guard var node = takeNode(key) else { return }
        if let service = registration.service {
            registerInstance(service, on: &node.value, name, at: index, &changes)
        }
        for check in registration.checks {
            registerCheck(check, on: &node.value, name, at: index, &changes)
        }
        nodeTable.updateValue(node, forKey: key)
    }

    /// Inserts or replaces a node's row.
    private mutating func registerNode(
        _ node: NodeRow,
        name: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let key = TreeKey.make(name)
        var createIndex = index
        if !node.id.isEmpty, let oldName = nodeIDTable[TreeKey.make(Self.folded(node.id))],
            oldName != name
        {
            // Consul: a rename removes the node under its old name, with what is on it; the
            // agent registers its services again under the new name.
            let old = nodeTable[TreeKey.make(oldName)]?.value.row.row
            createIndex = old?.createIndex ?? index
            removeNode(oldName, at: index, &changes)
        } else if let existing = nodeTable[key]?.value.row.row {
            createIndex = existing.createIndex
        }
        var row = node
        row.createIndex = createIndex
        row.modifyIndex = index
        var isSpelledAnew = false
        if let existing = nodeTable[key]?.value.row.row {
            isSpelledAnew = !existing.name.hasOctets(of: row.name)
            unindexNode(existing, name: name)
        }
        let box = Box(row)
        if nodeTable.modify(key, { $0.value.row = box }) == nil {
            nodeTable.updateValue(CopyOnWrite(NodeRecord(row: box)), forKey: key)
        }
        indexNode(row, name: name)
        if isSpelledAnew { respell(name, as: row.name, at: index, &changes) }
        noteNodeChange(name, at: index, &changes)
        if let record = nodeTable[key]?.value { touchInstances(on: record, at: index, &changes) }
    }

    /// Inserts or replaces an instance.
    private mutating func registerInstance(
        _ service: ServiceRow,
        on node: inout NodeRecord,
        _ nodeName: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        var row = service
        row.id = service.effectiveID
        row.node = node.row.row.name
        let key = TreeKey.make(row.id)
        let old = node.instances[key]
        if let old, old.row.hasSameContent(as: row) { return }
        row.createIndex = old?.row.createIndex ?? index
        row.modifyIndex = index
        indexInstance(&row, replacing: old?.row, onNode: nodeName, at: index, &changes)
        let checks = updatedChecks(of: old, now: row, on: &node, at: index, &changes)
        node.instances.updateValue(InstanceRecord(row: row, checks: checks), forKey: key)
        tableIndexes.services = index
        changes.topics.insert(.services)
        changes.topics.insert(.node(nodeName))
    }

    /// Gives the checks of an instance its new name and tags.
    private mutating func updatedChecks(
        of old: InstanceRecord?,
        now row: ServiceRow,
        on node: inout NodeRecord,
        at index: RaftIndex,
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
            node.checks.updateValue(box, forKey: TreeKey.make(copy.id))
            return box
        }
    }

    /// Inserts or replaces a check; its instance exists.
    private mutating func registerCheck(
        _ check: CheckRow,
        on node: inout NodeRecord,
        _ nodeName: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        var row = check
        row.node = node.row.row.name
        // HTTP API 5.2: the ID defaults to the name, the status to critical.
        if row.id.isEmpty { row.id = row.name }
        if row.status.rawValue.isEmpty { row.status = .critical }
        row.serviceName = ""
        row.serviceTags = []
        if !row.serviceID.isEmpty, let instance = node.instances[TreeKey.make(row.serviceID)] {
            row.serviceName = instance.row.name
            row.serviceTags = instance.row.tags
        }
        let key = TreeKey.make(row.id)
        let old = node.checks[key]
        if let old, old.row.hasSameContent(as: row) { return }
        row.createIndex = old?.row.createIndex ?? index
        row.modifyIndex = index
        if let known = old?.row.details, let new = row.details,
            known.row.hasSameOctets(as: new.row)
        {
            row.details = known
        }
        let box = Box(row)
        node.checks.updateValue(box, forKey: key)
        indexCheck(row, replacing: old?.row, onNode: nodeName)
        if let old, old.row.serviceID != row.serviceID {
            node.attach(nil, replacing: old, for: old.row.serviceID)
            node.attach(box, replacing: nil, for: row.serviceID)
            touchInstances(of: old.row, on: node, at: index, &changes)
        } else {
            node.attach(box, replacing: old, for: row.serviceID)
        }
        noteCheckChange(onNode: nodeName, at: index, &changes)
        touchInstances(of: row, on: node, at: index, &changes)
        if row.status == .critical {
            invalidateSessions(ofCheck: row.id, onNode: nodeName, at: index, &changes)
        }
    }
}

extension Registration {
    /// Whether the registration touches the row of a node, which may not exist yet.
    fileprivate func changes(_ existing: NodeRow?) -> Bool {
        guard let existing else { return true }
        return !skipNodeUpdate && !node.hasSameContent(as: existing)
    }
}
