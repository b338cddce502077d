// SPDX-License-Identifier: Apache-2.0

/// When the state is written as a snapshot, and how much of the log stays behind one.
public struct SnapshotConfiguration: Sendable, Hashable {
    /// `raft_snapshot_threshold`: the entries of the log since the last snapshot that make one due.
    public var threshold = 16_384
    /// `raft_snapshot_interval`: how often it is looked whether one is due.
    public var interval: Duration = .seconds(30)
    /// `raft_trailing_logs`: the entries that the log keeps behind a snapshot.
    public var trailing = 10_240

    /// Makes Consul's defaults.
    public init() {}
}

/// An element of `config_entries.bootstrap`, as it was written: a config entry that is to be there
/// from the start.
public struct BootstrapEntryConfiguration: Sendable, Hashable {
    /// The entry as a JSON object, as the body of `PUT /v1/config` has it.
    public var json: String
    /// The element, `config_entries.bootstrap[0]`.
    public var name: String
    /// Where it was written.
    public var position: SourcePosition

    /// Makes an element.
    public init(json: String, name: String, position: SourcePosition) {
        self.json = json
        self.name = name
        self.position = position
    }
}
