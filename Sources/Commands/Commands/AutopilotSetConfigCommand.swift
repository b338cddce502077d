// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser
internal import Definitions

/// `operator autopilot set-config`: changes how dead and new servers are treated; what is not named
/// stays as it is.
struct AutopilotSetConfigCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-config",
        abstract: "Changes how servers that are dead or new are treated",
        discussion: """
            What is not named stays as it is.

                operator autopilot set-config -cleanup-dead-servers=false -min-quorum=3
            """
    )
    static let words = ["operator", "autopilot", "set-config"]
    static let unsignedFlags: Set<String> = ["max-trailing-logs", "min-quorum"]

    /// Consul takes a value behind a space here, for switches too: `-cleanup-dead-servers false`.
    static func prepared(_ arguments: [String]) -> [String] {
        let switches = ["cleanup-dead-servers", "disable-upgrade-migration"]
            .flatMap { ["-" + $0, "--" + $0] }
        var joined: [String] = []
        for argument in arguments {
            if let last = joined.last, switches.contains(last),
                FlagSyntax.boolean(argument) != nil
            {
                joined[joined.count - 1] = "\(last)=\(argument)"
            } else {
                joined.append(argument)
            }
        }
        return joined
    }

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Flag(
        name: .customLong("cleanup-dead-servers", withSingleDash: true),
        help: "Remove dead servers once there are enough others; =false to keep them."
    )
    var cleanup = false

    @Flag(
        name: .customLong("no-cleanup-dead-servers", withSingleDash: true),
        help: ArgumentHelp("What -cleanup-dead-servers=false means.", visibility: .hidden)
    )
    var noCleanup = false

    @Option(
        name: .customLong("last-contact-threshold", withSingleDash: true),
        help: ArgumentHelp(
            "How long a healthy server may go without word from the leader, such as 200ms.",
            valueName: "duration"
        )
    )
    var lastContact: String?

    @Option(
        name: .customLong("max-trailing-logs", withSingleDash: true),
        help: ArgumentHelp("How many entries it may be behind.", valueName: "number")
    )
    var trailingLogs: UInt64?

    @Option(
        name: .customLong("min-quorum", withSingleDash: true),
        help: ArgumentHelp("How many servers are kept whatever happens.", valueName: "number")
    )
    var quorum: UInt64?

    @Option(
        name: .customLong("server-stabilization-time", withSingleDash: true),
        help: ArgumentHelp(
            "How long a new server must be healthy before it votes, such as 10s.",
            valueName: "duration"
        )
    )
    var stabilization: String?

    @Option(
        name: .customLong("redundancy-zone-tag", withSingleDash: true),
        help: ArgumentHelp("Enterprise; kept without effect.", visibility: .hidden)
    )
    var zoneTag: String?

    @Flag(
        name: .customLong("disable-upgrade-migration", withSingleDash: true),
        help: ArgumentHelp("Enterprise; kept without effect.", visibility: .hidden)
    )
    var disableMigration = false

    @Flag(
        name: .customLong("no-disable-upgrade-migration", withSingleDash: true),
        help: ArgumentHelp("What -disable-upgrade-migration=false means.", visibility: .hidden)
    )
    var noDisableMigration = false

    @Option(
        name: .customLong("upgrade-version-tag", withSingleDash: true),
        help: ArgumentHelp("Enterprise; kept without effect.", visibility: .hidden)
    )
    var versionTag: String?

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        try Self.checkDuration(lastContact, "last-contact-threshold")
        try Self.checkDuration(stabilization, "server-stabilization-time")
        let agent = try client.client(in: context)
        let path = AutopilotConfigurationReply.path
        var configuration: AutopilotConfigurationReply
        do throws(CommandFailure) {
            configuration = try await agent.get(path, server.query)
        } catch { throw error.prefixed("Error querying Autopilot configuration") }
        let index = configuration.modifyIndex
        if cleanup || noCleanup { configuration.cleansUpDeadServers = cleanup }
        if let lastContact { configuration.lastContactThreshold = lastContact }
        if let trailingLogs { configuration.maximumTrailingLogs = trailingLogs }
        if let quorum { configuration.minimumQuorum = quorum }
        if let stabilization { configuration.serverStabilizationTime = stabilization }
        if let zoneTag { configuration.redundancyZoneTag = zoneTag }
        if disableMigration || noDisableMigration {
            configuration.disablesUpgradeMigration = disableMigration
        }
        if let versionTag { configuration.upgradeVersionTag = versionTag }
        let isWritten: Bool
        do throws(CommandFailure) {
            isWritten = KVAccess.isTrue(
                try await agent.request(
                    "PUT",
                    path,
                    server.query + [("cas", "\(index)")],
                    body: Array(configuration.json.utf8)
                )
            )
        } catch { throw error.prefixed("Error setting Autopilot configuration") }
        guard isWritten else {
            context.console.write(
                "Configuration could not be atomically updated, please try again"
            )
            return 1
        }
        context.console.write("Configuration updated!")
        return 0
    }

    private static func checkDuration(_ text: String?, _ flag: String) throws(CommandFailure) {
        guard let text else { return }
        do { _ = try GoDuration.parse(text) } catch {
            throw CommandFailure(
                message: "invalid value \"\(text)\" for flag -\(flag): \(error)",
                showsUsage: true
            )
        }
    }
}
