// SPDX-License-Identifier: Apache-2.0
import Definitions

extension StateStore {
    /// Creates or destroys a session.
    mutating func change(
        _ change: SessionChange,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(CommandRefusal) {
        switch change.operation {
        case .create:
            var row = try validated(change.session)
            row.createIndex = index
            row.modifyIndex = index
            sessionTable.insert(row)
            noteSessionChange(at: index, &changes)
        case .destroy:
            invalidateSession(change.session.id, at: index, &changes)
        }
    }

    /// Consul: state.sessionCreateTxn: the node and each listed check must be there, and no check
    /// critical.
    private func validated(_ session: SessionRow) throws(CommandRefusal) -> SessionRow {
        guard Self.isUUID(session.id) else { throw .invalid("Missing session ID") }
        guard sessionTable.session(session.id) == nil else {
            throw .invalid("Session ID '\(session.id)' is already in use")
        }
        guard let node = nodeTable[TreeKey.make(Self.folded(session.node))]?.value else {
            throw .invalid("Missing node registration")
        }
        for id in session.checkIDs {
            guard let check = node.checks[TreeKey.make(id)] else {
                throw .invalid("Missing check '\(id)' registration")
            }
            guard check.row.status != .critical else {
                throw .invalid("Check '\(id)' is in critical state")
            }
        }
        var row = session
        row.node = node.row.row.name
        return row
    }

    /// Ends a session: its keys and its prepared queries follow (HTTP API 5.8).
    mutating func invalidateSession(
        _ id: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        guard let session = sessionTable.remove(id) else { return }
        noteSessionChange(at: index, &changes)
        releaseKeys(of: session, at: index, &changes)
        for query in preparedQueryTable.queries(ofSession: session.id) {
            preparedQueryTable.remove(query)
            notePreparedQueryChange(at: index, &changes)
        }
    }

    /// A check became critical or went: sessions that depend on it end.
    mutating func invalidateSessions(
        ofCheck check: String,
        onNode node: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        for session in sessionTable.sessions(ofCheck: check, onNode: node) {
            invalidateSession(session.id, at: index, &changes)
        }
    }

    /// A node went: its sessions end.
    mutating func invalidateSessions(
        ofNode node: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        for session in sessionTable.sessions(ofNode: node) {
            invalidateSession(session.id, at: index, &changes)
        }
    }

    /// The name of a node is spelled otherwise now.
    mutating func respellSessions(
        ofNode node: String,
        as spelling: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        for var session in sessionTable.sessions(ofNode: node) {
            session.node = spelling
            session.modifyIndex = index
            sessionTable.insert(session)
            noteSessionChange(at: index, &changes)
        }
    }

    private mutating func noteSessionChange(at index: RaftIndex, _ changes: inout Changes) {
        tableIndexes.sessions = index
        changes.topics.insert(.sessions)
    }
}
