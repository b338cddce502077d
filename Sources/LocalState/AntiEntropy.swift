// SPDX-License-Identifier: Apache-2.0
public import StateStore

extension LocalState {
    /// What the catalog must be told so that it holds of this node exactly what this agent
    /// registered (Consul API, "Anti-entropy").
    ///
    /// Empty when they agree.
    ///
    /// Order: the node, then removals, then services each with its checks in one write where they fit, then
    /// the checks of the node. The service `consul` and the check `serfHealth` are the
    /// leader's and are left alone.
    public func difference(from catalog: StateStore) -> [Command] {
        var commands: [Command] = []
        if !nodeAgrees(catalog.node(named: node.name)) {
            commands.append(.register(Registration(node: node)))
        }
        var registered: [String: ServiceRow] = [:]
        for row in catalog.services(onNode: node.name).value?.services ?? [] {
            registered[row.id] = row
        }
        var checked: [String: CheckRow] = [:]
        for row in catalog.checks(onNode: node.name).value { checked[row.id] = row }
        commands += removals(services: registered, checks: checked)
        commands += additions(services: registered, checks: checked)
        return commands
    }

    /// Takes over tags that others changed in the catalog, for services that allow it
    /// (`EnableTagOverride`), so that the agent's own reads show them.
    public mutating func adoptTags(from catalog: StateStore) {
        for row in catalog.services(onNode: node.name).value?.services ?? []
        where services[row.id]?.row.enableTagOverride == true
            && services[row.id]?.row.tags != row.tags
        {
            update(service: row.id) { $0.row.tags = row.tags }
            for id in checkIDs(ofService: row.id) {
                update(check: id) { $0.row.serviceTags = row.tags }
            }
        }
    }

    private func removals(
        services registered: [String: ServiceRow],
        checks checked: [String: CheckRow]
    ) -> [Command] {
        var commands: [Command] = []
        var removed: Set<String> = []
        for id in registered.keys.sorted()
        where services[id] == nil && id != LeaderDuty.serviceID {
            removed.insert(id)
            commands.append(.deregister(Deregistration(node: node.name, serviceID: id)))
        }
        for (id, row) in checked.sorted(by: { $0.key < $1.key })
        where checks[id] == nil && id != LeaderDuty.checkID && !removed.contains(row.serviceID) {
            commands.append(.deregister(Deregistration(node: node.name, checkID: id)))
        }
        return commands
    }

    private func additions(
        services registered: [String: ServiceRow],
        checks checked: [String: CheckRow]
    ) -> [Command] {
        var commands: [Command] = []
        var differing: [String: [CheckRow]] = [:]
        for (id, check) in checks.sorted(by: { $0.key < $1.key })
        where !agrees(check, with: checked[id]) {
            differing[check.row.serviceID, default: []].append(catalogRow(check.row))
        }
        for (id, service) in services.sorted(by: { $0.key < $1.key }) {
            let wanted = wantedRow(of: service, in: registered[id])
            let rows = differing.removeValue(forKey: id) ?? []
            if !sameContent(wanted, registered[id]) {
                commands += registrations(service: wanted, checks: rows)
            } else if !rows.isEmpty {
                commands += registrations(service: nil, checks: rows)
            }
        }
        if let rows = differing[""] {
            commands += registrations(service: nil, checks: rows)
        }
        return commands
    }

    /// The row that the catalog is to hold: the agent's, but with the catalog's tags when those
    /// may be overridden.
    private func wantedRow(of service: LocalService, in existing: ServiceRow?) -> ServiceRow {
        var row = service.row
        if row.enableTagOverride, let existing { row.tags = existing.tags }
        return row
    }

    private func nodeAgrees(_ existing: NodeRow?) -> Bool {
        guard let existing else { return false }
        return existing.name == node.name && existing.id == node.id
            && existing.address == node.address
            && existing.taggedAddresses ?? [:] == node.taggedAddresses ?? [:]
            && existing.meta ?? [:] == node.meta ?? [:]
    }

    private func sameContent(_ wanted: ServiceRow, _ existing: ServiceRow?) -> Bool {
        guard let existing else { return false }
        var copy = wanted
        copy.node = existing.node
        copy.createIndex = existing.createIndex
        copy.modifyIndex = existing.modifyIndex
        return copy == existing
    }

    private func agrees(_ check: LocalCheck, with existing: CheckRow?) -> Bool {
        guard let existing else { return false }
        var wanted = catalogRow(check.row)
        wanted.node = existing.node
        // The store fills these in from the service.
        wanted.serviceName = existing.serviceName
        wanted.serviceTags = existing.serviceTags
        wanted.createIndex = existing.createIndex
        wanted.modifyIndex = existing.modifyIndex
        if check.isOutputDeferred { wanted.output = existing.output }
        return wanted == existing
    }
}

/// What the leader registers on behalf of every node; no agent's business.
enum LeaderDuty {
    static let serviceID = "consul"
    static let checkID = "serfHealth"
}
