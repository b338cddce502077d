// SPDX-License-Identifier: Apache-2.0
import Definitions

extension StateStore {
    /// Creates, updates or deletes a prepared query.
    mutating func change(
        _ change: PreparedQueryChange,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(CommandRefusal) {
        let existing = preparedQueryTable.query(withID: change.query.id)
        if existing == nil, change.operation != .create {
            throw .invalid("Cannot modify non-existent prepared query: '\(change.query.id)'")
        }
        guard change.operation != .delete else {
            preparedQueryTable.remove(change.query.id)
            notePreparedQueryChange(at: index, &changes)
            return
        }
        let template = try validated(change.query, replacing: existing)
        var row = change.query
        row.createIndex = existing?.row.createIndex ?? index
        row.modifyIndex = existing?.row.modifyIndex ?? index
        if let existing, existing.row == row { return }
        row.modifyIndex = index
        preparedQueryTable.update(PreparedQueryRecord(row: row, template: template))
        notePreparedQueryChange(at: index, &changes)
    }

    /// A prepared query came, changed or went.
    mutating func notePreparedQueryChange(
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        tableIndexes.preparedQueries = index
        changes.topics.insert(.preparedQueries)
    }

    /// Finds every reason to refuse (Consul: state.preparedQuerySetTxn); returns the template that
    /// the query is, if it is one.
    private func validated(
        _ query: PreparedQueryRow,
        replacing existing: PreparedQueryRecord?
    ) throws(CommandRefusal) -> QueryTemplate? {
        if query.id.isEmpty { throw .invalid("Missing Query ID") }
        do throws(DefinitionError) {
            try query.validate()
        } catch {
            throw .invalid("Invalid prepared query: \(error.message)")
        }
        if query.name.isEmpty {
            if query.isTemplate, let other = preparedQueryTable.template(named: ""),
                other !== existing
            {
                throw .invalid("a query template with an empty name already exists")
            }
        } else if let other = preparedQueryTable.query(named: query.name), other !== existing {
            throw .invalid("name '\(query.name)' aliases an existing query name")
        }
        // A name that is another query's ID would never be found.
        if Self.isUUID(query.name), preparedQueryTable.query(withID: query.name) != nil {
            throw .invalid("name '\(query.name)' aliases an existing query ID")
        }
        if !query.session.isEmpty, sessionTable.session(query.session) == nil {
            throw .invalid("invalid session \(GoQuoted.text(query.session))")
        }
        guard query.isTemplate else { return nil }
        do throws(TemplateText.Failure) {
            return try QueryTemplate(query)
        } catch {
            throw .invalid("failed compiling template: \(error.text)")
        }
    }
}
