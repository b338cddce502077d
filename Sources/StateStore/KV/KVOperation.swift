// SPDX-License-Identifier: Apache-2.0

/// Something that is done to a key, or read of it: the content of ``Command/kv(_:)`` and a part of
/// transactions (HTTP API 4.6, 4.9).
public struct KVOperation: Hashable, Sendable {
    /// What is done; the raw value stands in the log.
    public enum Verb: Int, Hashable, Sendable, CaseIterable {
        /// Writes value and flags; a lock stays held.
        case set = 1
        /// Removes the key.
        case delete = 2
        /// Removes all keys that begin with the key.
        case deleteTree = 3
        /// Removes the key if it was changed last at ``KVOperation/index``, or does not exist.
        case deleteCAS = 4
        /// Writes if the key was changed last at ``KVOperation/index``; 0 asks that it not exist.
        case cas = 5
        /// Acquires the lock for ``KVOperation/session`` and writes.
        case lock = 6
        /// Releases the lock that ``KVOperation/session`` holds and writes.
        case unlock = 7
        /// Reads the key, which must exist.
        case get = 8
        /// Reads the key, which need not exist.
        case getOrEmpty = 9
        /// Reads all keys that begin with the key.
        case getTree = 10
        /// Asks that ``KVOperation/session`` hold the lock.
        case checkSession = 11
        /// Asks that the key was changed last at ``KVOperation/index``.
        case checkIndex = 12
        /// Asks that the key not exist.
        case checkNotExists = 13

        /// Whether this changes anything.
        public var isWrite: Bool { rawValue <= Self.unlock.rawValue }

        /// Whether the key is what many keys begin with; it may be empty then.
        public var isOfTree: Bool { self == .deleteTree || self == .getTree }
    }

    /// What is done.
    public var verb: Verb
    /// The key, or what keys begin with.
    public var key: String
    /// The value to write.
    public var value: [UInt8]
    /// The flags to write.
    public var flags: UInt64
    /// The session, of the verbs that speak of one.
    public var session: String
    /// The index, of the verbs that speak of one.
    public var index: RaftIndex

    /// Makes an operation.
    public init(
        _ verb: Verb,
        _ key: String,
        value: [UInt8] = [],
        flags: UInt64 = 0,
        session: String = "",
        index: RaftIndex = .zero
    ) {
        self.verb = verb
        self.key = key
        self.value = value
        self.flags = flags
        self.session = session
        self.index = index
    }
}

/// Why an operation on a key did not take place.
enum KVFailure: Error, Hashable {
    /// The key was changed at another index.
    case staleIndex
    /// Another session holds the lock.
    case lockHeld
    /// A session lost the lock a short time ago.
    case lockDelayed
    /// The session does not hold the lock.
    case notHeld
    /// Something else; Consul's text.
    case invalid(String)

    /// Consul's text in a transaction (HTTP API 4.9).
    func text(of operation: KVOperation) -> String {
        let key = GoQuoted.text(operation.key)
        return switch self {
        case .staleIndex:
            operation.verb == .deleteCAS
                ? "failed to delete key \(key), index is stale"
                : "failed to set key \(key), index is stale"
        case .lockHeld: "failed to lock key \(key), lock is already held"
        case .lockDelayed: "failed to lock key \(key) due to lock delay"
        case .notHeld:
            "failed to unlock key \(key), lock isn't held, or is held by another session"
        case .invalid(let text): text
        }
    }
}
