// SPDX-License-Identifier: Apache-2.0

/// The sessions of a store.
struct SessionTable: Sendable {
    /// Sessions by folded ID.
    private(set) var sessions = OrderedTree<Box<SessionRow>>()
    /// Keys (folded node name, folded session ID).
    private var byNode = OrderedTree<Presence>()
    /// Keys (folded node name, check ID, folded session ID).
    private var byCheck = OrderedTree<Presence>()

    /// The session of an ID, compared without case.
    func session(_ id: String) -> SessionRow? {
        sessions[TreeKey.make(StateStore.folded(id))]?.row
    }

    /// The sessions of a node, by ID.
    func sessions(ofNode node: String) -> [SessionRow] {
        rows(byNode, TreeKey.prefix(node))
    }

    /// The sessions that depend on a check, by ID.
    func sessions(ofCheck check: String, onNode node: String) -> [SessionRow] {
        if byCheck.isEmpty { return [] }
        return rows(byCheck, TreeKey.make(node, check, ""))
    }

    /// Inserts a session.
    mutating func insert(_ row: SessionRow) {
        let id = StateStore.folded(row.id)
        let node = StateStore.folded(row.node)
        sessions.updateValue(Box(row), forKey: TreeKey.make(id))
        byNode.updateValue(Presence(), forKey: TreeKey.make(node, id))
        for check in row.checkIDs {
            byCheck.updateValue(Presence(), forKey: TreeKey.make(node, check, id))
        }
    }

    /// Removes a session.
    mutating func remove(_ id: String) -> SessionRow? {
        let id = StateStore.folded(id)
        guard let row = sessions.removeValue(forKey: TreeKey.make(id))?.row else { return nil }
        let node = StateStore.folded(row.node)
        byNode.removeValue(forKey: TreeKey.make(node, id))
        for check in row.checkIDs {
            byCheck.removeValue(forKey: TreeKey.make(node, check, id))
        }
        return row
    }

    private func rows(_ table: OrderedTree<Presence>, _ prefix: [UInt8]) -> [SessionRow] {
        var rows: [SessionRow] = []
        table.forEach(prefix: prefix) { place, _ in
            if let id = TreeKey.parts(place).last, let session = sessions[id] {
                rows.append(session.row)
            }
            return true
        }
        return rows
    }
}
