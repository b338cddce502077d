// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Does all operations of a transaction, or nothing.
    ///
    /// Consul: state.txnDispatch: each operation sees what those before it did, and every failure
    /// is reported.
    mutating func perform(
        _ transaction: Transaction,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(CommandRefusal) -> [TransactionResult] {
        let before = self
        var results: [TransactionResult] = []
        var failures: [TransactionFailure] = []
        for (place, operation) in transaction.operations.enumerated() {
            do throws(OperationFailure) {
                results += try perform(operation, at: index, &changes)
            } catch {
                failures.append(TransactionFailure(operation: place, message: error.message))
            }
        }
        guard failures.isEmpty else {
            self = before
            throw .transaction(failures)
        }
        return results
    }

    /// Reads what a transaction asks that changes nothing (``Transaction/isReadOnly``).
    public func read(
        _ transaction: Transaction
    ) throws(CommandRefusal) -> [TransactionResult] {
        precondition(transaction.isReadOnly, "a transaction that writes is a command")
        var copy = self
        var changes = Changes()
        return try copy.perform(transaction, at: lastIndex, &changes)
    }

    private mutating func perform(
        _ operation: TransactionOperation,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(OperationFailure) -> [TransactionResult] {
        switch operation {
        case .kv(let operation):
            do throws(KVFailure) {
                return try perform(operation, at: index, &changes).map { .kv($0) }
            } catch {
                throw OperationFailure(error.text(of: operation))
            }
        case .node(let verb, let row):
            return try perform(verb, row, at: index, &changes).map { [.node($0)] } ?? []
        case .service(let verb, let row):
            return try perform(verb, row, at: index, &changes).map { [.service($0)] } ?? []
        case .check(let verb, let row):
            return try perform(verb, row, at: index, &changes).map { [.check($0)] } ?? []
        }
    }

    private mutating func perform(
        _ verb: CatalogVerb,
        _ row: NodeRow,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(OperationFailure) -> NodeRow? {
        let name = GoQuoted.text(row.name)
        let existing = nodeTable[TreeKey.make(Self.folded(row.name))]?.value.row.row
        switch verb {
        case .get:
            guard let found = node(like: row) else {
                throw OperationFailure("node \(name) doesn't exist")
            }
            return found
        case .set, .cas:
            guard verb == .set || row.modifyIndex == existing?.modifyIndex ?? .zero else {
                throw OperationFailure("failed to set node \(name), index is stale")
            }
            try enroll(Registration(node: row), at: index, &changes)
            return node(like: row)
        case .delete, .deleteCAS:
            guard verb == .delete || existing.map({ $0.modifyIndex == row.modifyIndex }) ?? false
            else { throw OperationFailure("failed to delete node \(name), index is stale") }
            deregister(Deregistration(node: row.name), at: index, &changes)
            return nil
        }
    }

    /// Consul: getNode of state.txnNode: by the ID if there is one.
    private func node(like row: NodeRow) -> NodeRow? {
        let name =
            row.id.isEmpty
            ? Self.folded(row.name) : nodeIDTable[TreeKey.make(Self.folded(row.id))]
        return name.flatMap { nodeTable[TreeKey.make($0)]?.value.row.row }
    }

    private mutating func perform(
        _ verb: CatalogVerb,
        _ row: ServiceRow,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(OperationFailure) -> ServiceRow? {
        let id = row.effectiveID
        let what = "service \(GoQuoted.text(id)) on node \(GoQuoted.text(row.node))"
        func current(_ store: StateStore) -> ServiceRow? {
            store.nodeTable[TreeKey.make(Self.folded(row.node))]?.value
                .instances[TreeKey.make(id)]?.row
        }
        let existing = current(self)
        switch verb {
        case .get:
            guard let existing else { throw OperationFailure("\(what) doesn't exist") }
            return existing
        case .set, .cas:
            guard verb == .set || row.modifyIndex == existing?.modifyIndex ?? .zero else {
                throw OperationFailure("failed to set \(what), index is stale")
            }
            try enroll(on: row.node, service: row, at: index, &changes)
            return current(self)
        case .delete, .deleteCAS:
            guard verb == .delete || existing.map({ $0.modifyIndex == row.modifyIndex }) ?? false
            else { throw OperationFailure("failed to delete \(what), index is stale") }
            guard !id.isEmpty else { return nil }
            deregister(Deregistration(node: row.node, serviceID: id), at: index, &changes)
            return nil
        }
    }

    private mutating func perform(
        _ verb: CatalogVerb,
        _ row: CheckRow,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(OperationFailure) -> CheckRow? {
        let id = row.id.isEmpty ? row.name : row.id
        let what = "check \(GoQuoted.text(id)) on node \(GoQuoted.text(row.node))"
        func current(_ store: StateStore) -> CheckRow? {
            store.nodeTable[TreeKey.make(Self.folded(row.node))]?.value
                .checks[TreeKey.make(id)]?.row
        }
        let existing = current(self)
        switch verb {
        case .get:
            guard let existing else { throw OperationFailure("\(what) doesn't exist") }
            return existing
        case .set, .cas:
            guard verb == .set || row.modifyIndex == existing?.modifyIndex ?? .zero else {
                throw OperationFailure("failed to set \(what), index is stale")
            }
            guard !id.isEmpty else { throw OperationFailure("Must provide a CheckID or Name") }
            try enroll(on: row.node, check: row, at: index, &changes)
            return current(self)
        case .delete, .deleteCAS:
            guard verb == .delete || existing.map({ $0.modifyIndex == row.modifyIndex }) ?? false
            else { throw OperationFailure("failed to delete \(what), index is stale") }
            guard !id.isEmpty else { return nil }
            deregister(Deregistration(node: row.node, checkID: id), at: index, &changes)
            return nil
        }
    }

    /// Registers on a node that exists.
    private mutating func enroll(
        on node: String,
        service: ServiceRow? = nil,
        check: CheckRow? = nil,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(OperationFailure) {
        guard let row = nodeTable[TreeKey.make(Self.folded(node))]?.value.row.row else {
            throw OperationFailure("Missing node registration")
        }
        let registration = Registration(
            node: row,
            skipNodeUpdate: true,
            service: service,
            checks: check.map { [$0] } ?? []
        )
        try enroll(registration, at: index, &changes)
    }

    private mutating func enroll(
        _ registration: Registration,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(OperationFailure) {
        do throws(CommandRefusal) {
            try validate(registration)
        } catch {
            throw OperationFailure(error)
        }
        register(registration, at: index, &changes)
    }
}

/// Why one operation of a transaction failed.
private struct OperationFailure: Error {
    var message: String

    init(_ message: String) { self.message = message }

    init(_ refusal: CommandRefusal) {
        // Those words belong to a registration as a whole.
        let words = "failed inserting check: "
        let text = refusal.text
        message = text.hasPrefix(words) ? String(text.dropFirst(words.count)) : text
    }
}
