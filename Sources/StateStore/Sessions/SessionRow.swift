// SPDX-License-Identifier: Apache-2.0
import Definitions

/// What becomes of the keys that a session holds when it ends.
public enum SessionBehavior: String, Hashable, Sendable {
    /// They are released.
    case release
    /// They are deleted.
    case delete
}

/// A check of a service that a session depends on (HTTP API 5.8).
public struct SessionServiceCheck: Hashable, Sendable {
    /// The check's ID.
    public var id: String
    /// Consul Enterprise's namespace, kept as it was given.
    public var namespace: String

    /// Makes a reference to a check.
    public init(id: String, namespace: String = "") {
        self.id = id
        self.namespace = namespace
    }
}

/// A session: what holds locks, and ends with a node, with checks or when nobody renews it
/// (HTTP API 5.8).
public struct SessionRow: Hashable, Sendable {
    /// The longest lock-delay (Consul: `structs.MaxLockDelay`).
    public static let maximumLockDelay = Duration.seconds(60)
    /// The longest TTL (Consul: `structs.SessionTTLMax`).
    public static let maximumTTL = Duration.seconds(86_400)

    /// A UUID.
    public var id: String
    /// A name for people.
    public var name: String
    /// The node that the session is bound to.
    public var node: String
    /// How long nobody acquires a lock that the session lost; as given, ``maximumLockDelay`` counts.
    public var lockDelay: Duration
    /// What becomes of its keys.
    public var behavior: SessionBehavior
    /// How long it lives without being renewed, as Go text; empty for ever.
    public var ttl: String
    /// IDs of checks on the node that it depends on.
    public var nodeChecks: [String]
    /// Checks of services on the node that it depends on; `nil` when never given.
    public var serviceChecks: [SessionServiceCheck]?
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex

    /// Makes a row; the indexes are set when a command is applied.
    public init(
        id: String,
        name: String = "",
        node: String,
        lockDelay: Duration = .seconds(15),
        behavior: SessionBehavior = .release,
        ttl: String = "",
        nodeChecks: [String] = [],
        serviceChecks: [SessionServiceCheck]? = nil,
        createIndex: RaftIndex = .zero,
        modifyIndex: RaftIndex = .zero
    ) {
        self.id = id
        self.name = name
        self.node = node
        self.lockDelay = lockDelay
        self.behavior = behavior
        self.ttl = ttl
        self.nodeChecks = nodeChecks
        self.serviceChecks = serviceChecks
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
    }

    /// The IDs of all checks that it depends on.
    public var checkIDs: [String] { nodeChecks + (serviceChecks ?? []).map(\.id) }

    /// When the session is ended unless it is renewed before: twice its TTL (HTTP API 5.8: no
    /// earlier than the TTL); `nil` when it has none.
    public var timeToLive: Duration? {
        // What is no duration was refused when the session was created.
        guard let ttl = try? GoDuration.parse(ttl), ttl > .zero else { return nil }
        return ttl * 2
    }
}

/// The content of ``Command/session(_:)``.
public struct SessionChange: Hashable, Sendable {
    /// What is done; the raw value stands in the log.
    public enum Operation: Int, Hashable, Sendable {
        /// A session with a new ID begins.
        case create = 1
        /// The session with that ID ends; one that is not there is no error.
        case destroy = 2
    }

    /// What is done.
    public var operation: Operation
    /// The session; of one that is destroyed only the ID counts.
    public var session: SessionRow

    /// Makes a change.
    public init(_ operation: Operation, _ session: SessionRow) {
        self.operation = operation
        self.session = session
    }

    /// The end of a session.
    public static func destroy(id: String) -> SessionChange {
        SessionChange(.destroy, SessionRow(id: id, node: "", lockDelay: .zero))
    }
}
