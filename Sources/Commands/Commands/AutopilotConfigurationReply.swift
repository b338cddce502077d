// SPDX-License-Identifier: Apache-2.0

/// Autopilot's configuration as `/v1/operator/autopilot/configuration` gives it and takes it back
/// (spec http-api.md 5.11).
struct AutopilotConfigurationReply: Codable {
    var cleansUpDeadServers: Bool
    var lastContactThreshold: String
    var maximumTrailingLogs: UInt64
    var minimumQuorum: UInt64
    var serverStabilizationTime: String
    var redundancyZoneTag: String?
    var disablesUpgradeMigration: Bool?
    var upgradeVersionTag: String?
    var modifyIndex: UInt64

    enum CodingKeys: String, CodingKey {
        case cleansUpDeadServers = "CleanupDeadServers"
        case lastContactThreshold = "LastContactThreshold"
        case maximumTrailingLogs = "MaxTrailingLogs"
        case minimumQuorum = "MinQuorum"
        case serverStabilizationTime = "ServerStabilizationTime"
        case redundancyZoneTag = "RedundancyZoneTag"
        case disablesUpgradeMigration = "DisableUpgradeMigration"
        case upgradeVersionTag = "UpgradeVersionTag"
        case modifyIndex = "ModifyIndex"
    }

    static let path = "/v1/operator/autopilot/configuration"

    /// The members as lines, as Consul prints them.
    var text: String {
        [
            "CleanupDeadServers = \(cleansUpDeadServers)",
            "LastContactThreshold = \(lastContactThreshold)",
            "MaxTrailingLogs = \(maximumTrailingLogs)",
            "MinQuorum = \(minimumQuorum)",
            "ServerStabilizationTime = \(serverStabilizationTime)",
            "RedundancyZoneTag = \(GoJSON.quoted(redundancyZoneTag ?? ""))",
            "DisableUpgradeMigration = \(disablesUpgradeMigration ?? false)",
            "UpgradeVersionTag = \(GoJSON.quoted(upgradeVersionTag ?? ""))",
        ].joined(separator: "\n")
    }

    /// The members as a body.
    var json: String {
        let members = [
            ("CleanupDeadServers", "\(cleansUpDeadServers)"),
            ("LastContactThreshold", GoJSON.quoted(lastContactThreshold)),
            ("MaxTrailingLogs", "\(maximumTrailingLogs)"),
            ("MinQuorum", "\(minimumQuorum)"),
            ("ServerStabilizationTime", GoJSON.quoted(serverStabilizationTime)),
            ("RedundancyZoneTag", GoJSON.quoted(redundancyZoneTag ?? "")),
            ("DisableUpgradeMigration", "\(disablesUpgradeMigration ?? false)"),
            ("UpgradeVersionTag", GoJSON.quoted(upgradeVersionTag ?? "")),
        ]
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}
