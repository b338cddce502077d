// SPDX-License-Identifier: Apache-2.0

/// When a snapshot is due, and how much of the log it leaves (raft.md 8).
public struct SnapshotPolicy: Sendable, Hashable {
    /// Entries since the last one (`raft_snapshot_threshold`).
    public var entries: UInt64
    /// Octets since the last one.
    public var octets: Int
    /// How often it is looked at (`raft_snapshot_interval`).
    public var milliseconds: UInt64
    /// Entries that the log keeps behind a snapshot (`raft_trailing_logs`).
    public var trailing: UInt64

    /// Makes a policy; what is left out is as in Consul.
    public init(
        entries: UInt64 = 16_384,
        octets: Int = 64 << 20,
        milliseconds: UInt64 = 30_000,
        trailing: UInt64 = 10_240
    ) {
        self.entries = entries
        self.octets = octets
        self.milliseconds = milliseconds
        self.trailing = trailing
    }
}
