// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// All sessions, by ID (`/v1/session/list`).
    public func sessions() -> Indexed<[SessionRow]> {
        indexed(sessionTable.sessions.values().map(\.row))
    }

    /// The session of an ID, compared without case (`/v1/session/info/:id`).
    public func session(_ id: String) -> Indexed<SessionRow?> {
        indexed(sessionTable.session(id))
    }

    /// The sessions of a node, by ID (`/v1/session/node/:n`).
    public func sessions(ofNode name: String) -> Indexed<[SessionRow]> {
        indexed(sessionTable.sessions(ofNode: Self.folded(name)))
    }

    private func indexed<Value>(_ value: Value) -> Indexed<Value> {
        Indexed(value, index: tableIndexes.sessions, topics: [.sessions])
    }
}
