// SPDX-License-Identifier: Apache-2.0
import Definitions

// What is looked at where a command is submitted, not when it is applied: an entry that is in the log is durable, perhaps
// acknowledged by an earlier build whose limits were wider, and must do what it did then.

extension Command {
    /// Refuses what the submitter's side refuses whatever the state is: names and sizes.
    ///
    /// - Parameter limit: The octets that an entry of the log may have.
    /// - Throws: ``SubmitError/refused(_:)`` or ``SubmitError/tooLarge(limit:)``.
    public func validate(upTo limit: Int) throws(SubmitError) {
        do throws(CommandRefusal) { try validateLengths() } catch { throw .refused(error) }
        guard encoded().count <= limit else { throw .tooLarge(limit: limit) }
    }

    /// Refuses names that are longer than ``NameLimit/octets``.
    ///
    /// - Throws: ``CommandRefusal/invalid(_:)``; of a transaction ``CommandRefusal/transaction(_:)`` with
    ///   every operation that has such a name.
    public func validateLengths() throws(CommandRefusal) {
        if case .transaction(let transaction) = self { return try transaction.validateLengths() }
        do throws(DefinitionError) {
            switch self {
            case .register(let registration): try registration.validateLengths()
            case .preparedQuery(let change) where change.operation != .delete:
                try change.query.validateLengths()
            case .configEntry(let change) where !change.isDeletion:
                try change.entry.validateLengths()
            case .coordinates(let rows): for row in rows { try row.validateLengths() }
            case .kv(let operation): try operation.validateLengths()
            case .session(let change) where change.operation == .create:
                try change.session.validateLengths()
            case .preparedQuery, .configEntry, .session, .deregister, .autopilot, .transaction:
                break
            }
        } catch {
            throw .invalid(error.message)
        }
    }
}

extension Registration {
    fileprivate func validateLengths() throws(DefinitionError) {
        try node.validateLengths()
        try service?.validateLengths()
        for check in checks { try check.validateLengths() }
    }
}

extension KVOperation {
    /// Looks at keys that may come to stand in the state.
    fileprivate func validateLengths() throws(DefinitionError) {
        switch verb {
        case .set, .cas, .lock, .unlock: try NameLimit.validate(key, "Key")
        default: break
        }
    }
}

extension Transaction {
    fileprivate func validateLengths() throws(CommandRefusal) {
        var failures: [TransactionFailure] = []
        for (place, operation) in operations.enumerated() {
            do throws(DefinitionError) { try operation.validateLengths() } catch {
                failures.append(TransactionFailure(operation: place, message: error.message))
            }
        }
        if !failures.isEmpty { throw .transaction(failures) }
    }
}

extension TransactionOperation {
    fileprivate func validateLengths() throws(DefinitionError) {
        switch self {
        case .kv(let operation): try operation.validateLengths()
        case .node(let verb, let row) where verb.isSet: try row.validateLengths()
        case .service(let verb, let row) where verb.isSet: try row.validateLengths()
        case .check(let verb, let row) where verb.isSet: try row.validateLengths()
        case .node, .service, .check: break
        }
    }
}

extension CatalogVerb {
    /// Whether the row comes to stand in the state.
    fileprivate var isSet: Bool { self == .set || self == .cas }
}
