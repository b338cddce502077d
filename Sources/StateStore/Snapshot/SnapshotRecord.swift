// SPDX-License-Identifier: Apache-2.0

/// One thing of which the frames of a snapshot tell, as it stands in them.
public enum SnapshotRecord: Hashable, Sendable {
    /// How far the state has come.
    case progress(StateProgress)
    /// When a table, or a part of one, changed last: `nodes`, `service.web`.
    case index(key: String, RaftIndex)
    /// A node.
    case node(NodeRow)
    /// An instance, with its node where that stands before it.
    case instance(ServiceRow, on: NodeRow?)
    /// A check, with its node where that stands before it.
    case check(CheckRow, on: NodeRow?)
    /// A prepared query.
    case preparedQuery(PreparedQueryRow)
    /// A config entry.
    case configEntry(ConfigEntryRow)
    /// The virtual address of a service, by the folded name: four octets.
    case virtualAddress(service: String, [UInt8])
    /// A virtual address that was given back; or, as the counter, the highest that was ever given.
    case freeVirtualAddress([UInt8], isCounter: Bool)
    /// A coordinate.
    case coordinate(CoordinateRow)
    /// An entry of the key/value store.
    case key(KVRow)
    /// When a key, or all that began so, went; the empty one stands for all that were forgotten.
    case tombstone(key: String, RaftIndex)
    /// Until when nobody acquires the lock of a key.
    case lockDelay(key: String, LogTime)
    /// A session.
    case session(SessionRow)
    /// The configuration of autopilot.
    case autopilot(AutopilotConfiguration)

    /// The name of the kind; Consul's where it has records of that kind (HTTP API 9.1).
    public var kind: String {
        switch self {
        case .progress: "State"
        case .index: "Index"
        case .node, .instance, .check: "Register"
        case .preparedQuery: "PreparedQuery"
        case .configEntry: "ConfigEntry"
        case .virtualAddress: "ServiceVirtualIP"
        case .freeVirtualAddress: "FreeVirtualIP"
        case .coordinate: "CoordinateBatchUpdate"
        case .key: "KVS"
        case .tombstone: "Tombstone"
        case .lockDelay: "LockDelay"
        case .session: "Session"
        case .autopilot: "Autopilot"
        }
    }
}

/// How far a state has come.
public struct StateProgress: Hashable, Sendable {
    /// The index of the last command that is in it.
    public var lastIndex = RaftIndex.zero
    /// The time of that command.
    public var time = LogTime.zero
    /// When it took the place of another state; 0 for never.
    public var restoredAt = RaftIndex.zero

    /// Of the empty state.
    public init() {}
}
