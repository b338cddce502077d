// SPDX-License-Identifier: Apache-2.0

/// Every write there is.
///
/// The Raft log will carry these; `Command+Coding.swift` encodes them.
public enum Command: Hashable, Sendable {
    /// Registers a node with, optionally, a service and checks, as one unit
    /// (`PUT /v1/catalog/register`).
    case register(Registration)
    /// Removes a node, a service instance or a check (`PUT /v1/catalog/deregister`).
    case deregister(Deregistration)
    /// Creates, updates or deletes a prepared query (`/v1/query`).
    case preparedQuery(PreparedQueryChange)
    /// Writes or deletes a config entry (`/v1/config`).
    case configEntry(ConfigEntryChange)
    /// Sets network coordinates of nodes (`PUT /v1/coordinate/update`); those of unknown nodes are
    /// left out.
    case coordinates([CoordinateRow])
    /// Writes or deletes keys (`/v1/kv`).
    case kv(KVOperation)
    /// Creates or destroys a session (`/v1/session`).
    case session(SessionChange)
    /// Does several things as one (`PUT /v1/txn`).
    case transaction(Transaction)
    /// Writes the configuration of autopilot (`PUT /v1/operator/autopilot/configuration`).
    case autopilot(AutopilotChange)
}

/// The content of ``Command/register(_:)``.
///
/// Order of application: node, service, checks.
public struct Registration: Hashable, Sendable {
    /// The node's name, ID, address, tagged addresses and metadata; indexes are ignored.
    public var node: NodeRow
    /// Keep an existing node's data (`SkipNodeUpdate`); an unknown node is still created.
    public var skipNodeUpdate: Bool
    /// The instance to register; its `node` is overwritten with the node's name.
    public var service: ServiceRow?
    /// The checks to register; an empty `node` means this node.
    public var checks: [CheckRow]

    /// Makes a registration.
    public init(
        node: NodeRow,
        skipNodeUpdate: Bool = false,
        service: ServiceRow? = nil,
        checks: [CheckRow] = []
    ) {
        self.node = node
        self.skipNodeUpdate = skipNodeUpdate
        self.service = service
        self.checks = checks
    }
}

/// The content of ``Command/deregister(_:)``.
///
/// A service ID wins over a check ID; with neither the whole node goes, its services and checks
/// with it.
public struct Deregistration: Hashable, Sendable {
    /// The node's name.
    public var node: String
    /// The instance to remove; empty for none.
    public var serviceID: String
    /// The check to remove; empty for none.
    public var checkID: String

    /// Makes a deregistration.
    public init(node: String, serviceID: String = "", checkID: String = "") {
        self.node = node
        self.serviceID = serviceID
        self.checkID = checkID
    }
}

/// The content of ``Command/preparedQuery(_:)``.
public struct PreparedQueryChange: Hashable, Sendable {
    /// What is done; the raw value stands in the log.
    public enum Operation: Int, Hashable, Sendable {
        /// A query with a new ID comes.
        case create = 1
        /// The query with that ID is replaced.
        case update = 2
        /// The query with that ID goes.
        case delete = 3
    }

    /// What is done.
    public var operation: Operation
    /// The query; of one that is deleted only the ID counts.
    public var query: PreparedQueryRow

    /// Makes a change.
    public init(_ operation: Operation, _ query: PreparedQueryRow) {
        self.operation = operation
        self.query = query
    }
}

/// The content of ``Command/configEntry(_:)``.
public struct ConfigEntryChange: Hashable, Sendable {
    /// The entry; of one that is deleted only kind and name count.
    public var entry: ConfigEntryRow
    /// Whether the entry goes.
    public var isDeletion: Bool
    /// The index that the entry must have been changed at, 0 for "must not exist"; `nil` for
    /// whatever it is.
    public var expectedIndex: RaftIndex?

    /// Makes a change.
    public init(
        _ entry: ConfigEntryRow,
        isDeletion: Bool = false,
        expectedIndex: RaftIndex? = nil
    ) {
        self.entry = entry
        self.isDeletion = isDeletion
        self.expectedIndex = expectedIndex
    }
}

/// Why a command was refused when it was applied.
///
/// Refusals change nothing but the index.
public enum CommandRefusal: Error, Hashable, Sendable {
    /// The node's name is held by another, living node ID (Consul API 4.4).
    case nodeNameTaken(
        name: String,
        holder: NodeRow,
        requestedID: String,
        requestedAddress: String,
        isRename: Bool
    )
    /// A check names a service that the node does not have.
    case missingService(serviceID: String, node: String)
    /// A check or service names a node that does not exist.
    case missingNode(String)
    /// A check names another node than the registration it came with.
    case checkNodeMismatch(checkNode: String, node: String)
    /// A field is required and empty; the text is Consul's.
    case invalid(String)
    /// A check-and-set names another index than that of the entry (`cas`): no error to the API,
    /// which answers `false`.
    case indexMismatch
    /// A lock was not acquired or not released: no error to the API, which answers `false`.
    case lockRefused
    /// Operations of a transaction failed; nothing of it was done.
    case transaction([TransactionFailure])

    /// The text with which Consul's API reports the refusal (HTTP API 4.4).
    public var text: String {
        switch self {
        case .nodeNameTaken(let name, let holder, let requestedID, let address, let isRename):
            // Consul: state.ensureNodeTxn names the address only when a known ID is renamed.
            "failed inserting node: Error while renaming Node ID: \(quoted(requestedID))"
                + (isRename ? " (\(address))" : "")
                + ": Node name \(name) is reserved by node \(holder.id)"
                + " with name \(holder.name) (\(holder.address))"
        case .missingService(_, let node):
            "failed inserting check: Missing service registration on node \(quoted(node))"
        case .missingNode:
            "failed inserting check: Missing node registration"
        case .checkNodeMismatch(let checkNode, let node):
            "check node \(quoted(checkNode)) does not match node \(quoted(node))"
        case .invalid(let text):
            text
        case .indexMismatch:
            "the entry has changed since the index that was given"
        case .lockRefused:
            "the lock is held by another session, or was lost by one a short time ago"
        case .transaction(let failures):
            "transaction failed: " + failures.map(\.message).joined(separator: "; ")
        }
    }

    private func quoted(_ text: String) -> String { GoQuoted.text(text) }
}

extension CommandRefusal: CustomStringConvertible {
    /// The text, for logs and for people.
    public var description: String { text }
}

extension SubmitError: CustomStringConvertible {
    /// The text, for logs and for people.
    public var description: String {
        switch self {
        case .refused(let refusal): refusal.text
        case .overloaded: "too many writes at once"
        case .storageFull: "no space is left on the disk of data_dir"
        case .tooLarge(let limit): "larger than an entry of the log may be: \(limit) octets"
        case .notWritten(let reason): "the state could not be written: \(reason)"
        case .stopped: "the agent is stopping"
        }
    }
}
