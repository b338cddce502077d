// SPDX-License-Identifier: Apache-2.0

/// The prepared queries of a store.
struct PreparedQueryTable: Sendable {
    /// Queries by folded ID.
    private(set) var queries = OrderedTree<PreparedQueryRecord>()
    /// Folded IDs by folded name, of queries that have one.
    private var names = OrderedTree<String>()
    /// Folded IDs of templates by folded name, which may be empty.
    private var templates = OrderedTree<String>()
    /// Keys (folded session ID, folded ID) of queries that end with a session.
    private var bound = OrderedTree<Presence>()

    /// The query of an ID, compared without case.
    func query(withID id: String) -> PreparedQueryRecord? {
        queries[TreeKey.make(StateStore.folded(id))]
    }

    /// The query of a name, compared without case.
    func query(named name: String) -> PreparedQueryRecord? {
        guard !name.isEmpty else { return nil }
        return names[TreeKey.make(StateStore.folded(name))].flatMap { query(withID: $0) }
    }

    /// The template of exactly this name.
    func template(named name: String) -> PreparedQueryRecord? {
        templates[TreeKey.make(StateStore.folded(name))].flatMap { query(withID: $0) }
    }

    /// The template with the longest name that a name begins with.
    func template(for name: String) -> PreparedQueryRecord? {
        if templates.isEmpty { return nil }
        var key = TreeKey.make(StateStore.folded(name))
        key.removeLast(max(0, key.count - StateStore.longestQueryName))
        while true {
            if let id = templates[key] { return query(withID: id) }
            if key.popLast() == nil { return nil }
        }
    }

    /// The IDs of the queries that end with a session.
    func queries(ofSession session: String) -> [String] {
        if bound.isEmpty { return [] }
        var ids: [String] = []
        bound.forEach(prefix: TreeKey.prefix(StateStore.folded(session))) { place, _ in
            ids.append(TreeKey.texts(place)[1])
            return true
        }
        return ids
    }

    /// Inserts a query or replaces the one with its ID.
    mutating func update(_ record: PreparedQueryRecord) {
        let id = StateStore.folded(record.row.id)
        remove(id)
        queries.updateValue(record, forKey: TreeKey.make(id))
        let name = TreeKey.make(StateStore.folded(record.row.name))
        if !name.isEmpty { names.updateValue(id, forKey: name) }
        if record.template != nil { templates.updateValue(id, forKey: name) }
        if !record.row.session.isEmpty {
            bound.updateValue(Presence(), forKey: Self.place(record.row))
        }
    }

    /// Removes the query of an ID.
    mutating func remove(_ id: String) {
        guard let old = queries.removeValue(forKey: TreeKey.make(StateStore.folded(id))) else {
            return
        }
        let name = TreeKey.make(StateStore.folded(old.row.name))
        if !name.isEmpty { names.removeValue(forKey: name) }
        if old.template != nil { templates.removeValue(forKey: name) }
        if !old.row.session.isEmpty { bound.removeValue(forKey: Self.place(old.row)) }
    }

    private static func place(_ row: PreparedQueryRow) -> [UInt8] {
        TreeKey.make(StateStore.folded(row.session), StateStore.folded(row.id))
    }
}

/// A prepared query as it is stored.
final class PreparedQueryRecord: Sendable {
    let row: PreparedQueryRow
    /// The query as a template, if it is one.
    let template: QueryTemplate?

    init(row: PreparedQueryRow, template: QueryTemplate?) {
        self.row = row
        self.template = template
    }
}
