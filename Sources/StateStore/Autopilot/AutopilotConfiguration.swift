// SPDX-License-Identifier: Apache-2.0

/// How servers that are dead or new are treated (HTTP API 5.11).
///
/// One for the whole cluster; until one is written Consul's defaults hold.
public struct AutopilotConfiguration: Hashable, Sendable {
    /// Whether dead servers are removed as soon as there are enough others.
    public var cleansUpDeadServers: Bool
    /// How long a healthy server may go without word from the leader.
    public var lastContactThreshold: Duration
    /// How many entries of the log a healthy server may be behind.
    public var maximumTrailingLogs: UInt64
    /// How many servers are kept whatever happens; 0 for no such limit.
    public var minimumQuorum: UInt64
    /// How long a new server must have been healthy before it votes.
    public var serverStabilizationTime: Duration
    /// The node's metadata that names its zone; kept and not looked at (Enterprise).
    public var redundancyZoneTag: String
    /// Kept and not looked at (Enterprise).
    public var disablesUpgradeMigration: Bool
    /// Kept and not looked at (Enterprise).
    public var upgradeVersionTag: String
    /// The index that wrote a configuration first; 0 for never.
    public var createIndex: RaftIndex
    /// The index that changed it last; 0 for never.
    public var modifyIndex: RaftIndex

    /// Makes a configuration, by default Consul's; the indexes are set when a command is applied.
    public init(
        cleansUpDeadServers: Bool = true,
        lastContactThreshold: Duration = .milliseconds(200),
        maximumTrailingLogs: UInt64 = 250,
        minimumQuorum: UInt64 = 0,
        serverStabilizationTime: Duration = .seconds(10),
        redundancyZoneTag: String = "",
        disablesUpgradeMigration: Bool = false,
        upgradeVersionTag: String = "",
        createIndex: RaftIndex = .zero,
        modifyIndex: RaftIndex = .zero
    ) {
        self.cleansUpDeadServers = cleansUpDeadServers
        self.lastContactThreshold = lastContactThreshold
        self.maximumTrailingLogs = maximumTrailingLogs
        self.minimumQuorum = minimumQuorum
        self.serverStabilizationTime = serverStabilizationTime
        self.redundancyZoneTag = redundancyZoneTag
        self.disablesUpgradeMigration = disablesUpgradeMigration
        self.upgradeVersionTag = upgradeVersionTag
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
    }
}

/// The content of ``Command/autopilot(_:)``.
public struct AutopilotChange: Hashable, Sendable {
    /// What shall hold from now on; indexes are ignored.
    public var configuration: AutopilotConfiguration
    /// The index that the present one must have been changed at, 0 for one that was never written;
    /// `nil` for whatever it is.
    public var expectedIndex: RaftIndex?

    /// Makes a change.
    public init(_ configuration: AutopilotConfiguration, expectedIndex: RaftIndex? = nil) {
        self.configuration = configuration
        self.expectedIndex = expectedIndex
    }
}

extension StateStore {
    /// The configuration that holds (HTTP API 4.12).
    public func autopilotConfiguration() -> Indexed<AutopilotConfiguration> {
        Indexed(
            autopilot?.row ?? AutopilotConfiguration(),
            index: tableIndexes.autopilot,
            topics: [.autopilot]
        )
    }

    /// Writes the configuration.
    mutating func change(
        _ change: AutopilotChange,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(CommandRefusal) {
        let existing = autopilot?.row
        if let expected = change.expectedIndex, expected != existing?.modifyIndex ?? .zero {
            throw .indexMismatch
        }
        var row = change.configuration
        row.createIndex = existing?.createIndex ?? index
        row.modifyIndex = existing?.modifyIndex ?? index
        if row == existing { return }
        row.modifyIndex = index
        autopilot = Box(row)
        tableIndexes.autopilot = index
        changes.topics.insert(.autopilot)
    }
}
