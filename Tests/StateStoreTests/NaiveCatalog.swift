// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// The catalog as plain lists, searched from end to end: what the store must agree with.
///
/// Which indexes move is not told step by step, as in the store, but found by comparing what a
/// reader sees before and after.
struct NaiveCatalog {
    private(set) var nodes: [NodeRow] = []
    private(set) var services: [ServiceRow] = []
    private(set) var checks: [CheckRow] = []
    private(set) var tables = TableIndexes()
    private var serviceIndexes: [String: RaftIndex] = [:]
    /// What the last command changed.
    private(set) var touchedServices: Set<String> = []
    private(set) var touchedNodes: Set<String> = []

    /// All that a reader of a service sees.
    struct ServiceFace: Equatable {
        var rows: [ServiceRow] = []
        var nodes: [NodeRow] = []
        var checks: [CheckRow] = []
    }

    mutating func apply(_ command: Command, at index: RaftIndex) -> Bool {
        touchedServices = []
        touchedNodes = []
        switch command {
        case .register(let registration):
            guard isAcceptable(registration) else { return false }
            step(index) { $0.register(registration.node, registration.skipNodeUpdate, index) }
            let node = registration.node.name
            if let service = registration.service {
                step(index) { $0.register(service, node, index) }
            }
            for check in registration.checks { step(index) { $0.register(check, node, index) } }
        case .deregister(let target):
            step(index) { $0.remove(target) }
        case .preparedQuery, .configEntry, .coordinates, .kv, .session, .transaction, .autopilot:
            return false
        }
        return true
    }

    func index(ofService name: String) -> RaftIndex {
        serviceIndexes[name.lowercased()] ?? tables.serviceExtinction
    }

    func face(ofService name: String) -> ServiceFace {
        var face = ServiceFace()
        for row in services where Self.same(row.name, name) {
            face.rows.append(row)
            face.nodes += nodes.filter { $0.name == row.node }
            face.checks += checks.filter {
                $0.node == row.node && ($0.serviceID.isEmpty || $0.serviceID == row.id)
            }
        }
        return face
    }

    /// One part of a command; whatever differs afterwards has changed at this index.
    private mutating func step(_ index: RaftIndex, _ body: (inout NaiveCatalog) -> Void) {
        let before = self
        body(&self)
        services.sort { Self.precedes(($0.node, $0.id), ($1.node, $1.id)) }
        checks.sort { Self.precedes(($0.node, $0.id), ($1.node, $1.id)) }
        nodes.sort { Self.precedes(($0.name, ""), ($1.name, "")) }
        if nodes != before.nodes { tables.nodes = index }
        if services != before.services { tables.services = index }
        if checks != before.checks { tables.checks = index }
        for node in nodes + before.nodes
        where nodes.contains(node) != before.nodes.contains(node) {
            touchedNodes.insert(node.name.lowercased())
        }
        let names = Set((services + before.services).map { $0.name.lowercased() })
        for name in names {
            let (old, new) = (before.face(ofService: name), face(ofService: name))
            if old != new { touchedServices.insert(name) }
            if new.rows.isEmpty {
                if !old.rows.isEmpty { tables.serviceExtinction = index }
                serviceIndexes[name] = nil
            } else if old != new {
                serviceIndexes[name] = index
            }
        }
    }

    private func isAcceptable(_ registration: Registration) -> Bool {
        let node = registration.node
        let target = nodes.first { Self.same($0.name, node.name) }
        let holder = nodes.first { !node.id.isEmpty && $0.id == node.id }
        let keepsNode = target != nil && (registration.skipNodeUpdate || target?.id == node.id)
        if !keepsNode, !node.id.isEmpty, let target, target.id != node.id,
            !(target.id.isEmpty && holder == nil),
            checks.contains(where: {
                $0.node == target.name && $0.id == "serfHealth" && $0.status != .critical
            })
        {
            return false
        }
        return registration.checks.allSatisfy { check in
            check.serviceID.isEmpty || check.serviceID == registration.service?.id
                || services.contains { $0.node == target?.name && $0.id == check.serviceID }
        }
    }

    private mutating func register(_ node: NodeRow, _ skips: Bool, _ index: RaftIndex) {
        var row = node
        row.createIndex = index
        row.modifyIndex = index
        if let old = nodes.first(where: { Self.same($0.name, node.name) }) {
            if skips { return }
            row.createIndex = old.createIndex
            var unchanged = old
            unchanged.modifyIndex = index
            if unchanged == row { return }
        }
        if let holder = nodes.first(where: { !node.id.isEmpty && $0.id == node.id }),
            !Self.same(holder.name, node.name)
        {
            row.createIndex = holder.createIndex
            remove(Deregistration(node: holder.name))
        }
        nodes.removeAll { Self.same($0.name, node.name) }
        nodes.append(row)
        for place in services.indices
        where Self.same(services[place].node, row.name) && services[place].node != row.name {
            services[place].node = row.name
            services[place].modifyIndex = index
        }
        for place in checks.indices
        where Self.same(checks[place].node, row.name) && checks[place].node != row.name {
            checks[place].node = row.name
            checks[place].modifyIndex = index
        }
    }

    private mutating func register(_ service: ServiceRow, _ node: String, _ index: RaftIndex) {
        var row = service
        row.node = nodes.first { Self.same($0.name, node) }?.name ?? node
        row.createIndex = index
        row.modifyIndex = index
        if let place = services.firstIndex(where: { $0.node == row.node && $0.id == row.id }) {
            row.createIndex = services[place].createIndex
            row.modifyIndex = services[place].modifyIndex
            if row == services[place] { return }
            row.modifyIndex = index
            services.remove(at: place)
        }
        services.append(row)
        for place in checks.indices
        where checks[place].node == row.node && checks[place].serviceID == row.id
            && (checks[place].serviceName != row.name || checks[place].serviceTags != row.tags)
        {
            checks[place].serviceName = row.name
            checks[place].serviceTags = row.tags
            checks[place].modifyIndex = index
        }
    }

    private mutating func register(_ check: CheckRow, _ node: String, _ index: RaftIndex) {
        var row = check
        row.node = nodes.first { Self.same($0.name, node) }?.name ?? node
        let service = services.first { $0.node == row.node && $0.id == row.serviceID }
        row.serviceName = service?.name ?? ""
        row.serviceTags = service?.tags ?? []
        row.createIndex = index
        row.modifyIndex = index
        if let place = checks.firstIndex(where: { $0.node == row.node && $0.id == row.id }) {
            row.createIndex = checks[place].createIndex
            row.modifyIndex = checks[place].modifyIndex
            if row == checks[place] { return }
            row.modifyIndex = index
            checks.remove(at: place)
        }
        checks.append(row)
    }

    private mutating func remove(_ target: Deregistration) {
        func isThere(_ node: String) -> Bool { Self.same(node, target.node) }
        if !target.serviceID.isEmpty {
            checks.removeAll { isThere($0.node) && $0.serviceID == target.serviceID }
            services.removeAll { isThere($0.node) && $0.id == target.serviceID }
        } else if !target.checkID.isEmpty {
            checks.removeAll { isThere($0.node) && $0.id == target.checkID }
        } else {
            checks.removeAll { isThere($0.node) }
            services.removeAll { isThere($0.node) }
            nodes.removeAll { isThere($0.name) }
        }
    }

    private static func same(_ a: String, _ b: String) -> Bool { a.lowercased() == b.lowercased() }

    private static func precedes(_ a: (String, String), _ b: (String, String)) -> Bool {
        (a.0.lowercased(), a.1) < (b.0.lowercased(), b.1)
    }
}
