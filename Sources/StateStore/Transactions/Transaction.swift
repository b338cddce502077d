// SPDX-License-Identifier: Apache-2.0

/// Several operations that are done as one: all of them or none (HTTP API 4.9).
public struct Transaction: Hashable, Sendable {
    /// The operations, in the order in which they are done.
    public var operations: [TransactionOperation]

    /// Makes a transaction.
    public init(_ operations: [TransactionOperation]) { self.operations = operations }

    /// Whether no operation changes anything: then the state can be asked without a command.
    public var isReadOnly: Bool { operations.allSatisfy { !$0.isWrite } }
}

/// One operation of a transaction.
public enum TransactionOperation: Hashable, Sendable {
    /// On a key.
    case kv(KVOperation)
    /// On a node; found by its ID if one is given, else by its name.
    case node(CatalogVerb, NodeRow)
    /// On an instance, on the node that the row names.
    case service(CatalogVerb, ServiceRow)
    /// On a check, on the node that the row names.
    case check(CatalogVerb, CheckRow)

    /// Whether this changes anything.
    public var isWrite: Bool {
        switch self {
        case .kv(let operation): operation.verb.isWrite
        case .node(let verb, _), .service(let verb, _), .check(let verb, _): verb != .get
        }
    }
}

/// What a transaction does with a row of the catalog; the raw value stands in the log.
///
/// The row's `modifyIndex` is the one that ``cas`` and ``deleteCAS`` ask for.
public enum CatalogVerb: Int, Hashable, Sendable, CaseIterable {
    /// Reads the row, which must exist.
    case get = 1
    /// Registers the row.
    case set = 2
    /// Registers the row if the existing one was changed last at that index; 0 asks that there be
    /// none.
    case cas = 3
    /// Removes the row; one that is not there is no error.
    case delete = 4
    /// Removes the row if it was changed last at that index.
    case deleteCAS = 5
}

/// What an operation of a transaction reports: a row as it stands after the operation, of keys that
/// were not read without the value.
public enum TransactionResult: Hashable, Sendable {
    /// A key.
    case kv(KVRow)
    /// A node.
    case node(NodeRow)
    /// An instance.
    case service(ServiceRow)
    /// A check.
    case check(CheckRow)
}

/// Why an operation of a transaction failed.
public struct TransactionFailure: Hashable, Sendable {
    /// The place of the operation, from 0.
    public var operation: Int
    /// What was wrong; Consul's text.
    public var message: String

    /// Makes a failure.
    public init(operation: Int, message: String) {
        self.operation = operation
        self.message = message
    }
}
