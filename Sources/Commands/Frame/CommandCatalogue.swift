// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// Words that several commands begin with.
struct CommandGroup {
    var name: String
    var abstract: String
}

/// All commands that there are.
enum CommandCatalogue {
    static let commands: [any ClientCommand.Type] = [
        AutopilotGetConfigCommand.self, AutopilotSetConfigCommand.self, AutopilotStateCommand.self,
        CatalogDatacentersCommand.self, CatalogNodesCommand.self, CatalogServicesCommand.self,
        ConfigDeleteCommand.self, ConfigListCommand.self, ConfigReadCommand.self,
        ConfigWriteCommand.self, DebugCommand.self, ExecCommand.self,
        IntentionCheckCommand.self, IntentionCreateCommand.self, IntentionDeleteCommand.self,
        IntentionGetCommand.self, IntentionListCommand.self, IntentionMatchCommand.self,
        KeyringCommand.self, RTTCommand.self, UsageInstancesCommand.self,
        DNSExplainCommand.self, DNSQueryCommand.self, DNSTopCommand.self, EventCommand.self,
        ForceLeaveCommand.self,
        InfoCommand.self, JoinCommand.self, KeygenCommand.self, KVDeleteCommand.self,
        KVExportCommand.self, KVGetCommand.self, KVImportCommand.self,
        KVPutCommand.self, LeaveCommand.self, LockCommand.self, MaintCommand.self,
        MembersCommand.self, MonitorCommand.self, OperatorReadyCommand.self,
        RaftListPeersCommand.self,
        RaftRemovePeerCommand.self, RaftTransferLeaderCommand.self, ReloadCommand.self,
        ServicesDeregisterCommand.self, ServicesRegisterCommand.self,
        SnapshotDecodeCommand.self, SnapshotInspectCommand.self, SnapshotRestoreCommand.self,
        SnapshotSaveCommand.self,
        TLSCACreateCommand.self, TLSCertCreateCommand.self,
        ValidateCommand.self, VersionCommand.self, WatchCommand.self,
    ]

    static let groups = [
        CommandGroup(name: "catalog", abstract: "Interact with the catalog"),
        CommandGroup(name: "config", abstract: "Interact with config entries"),
        CommandGroup(name: "dns", abstract: "Ask the agent's DNS"),
        CommandGroup(name: "intention", abstract: "Say who may connect to whom"),
        CommandGroup(name: "kv", abstract: "Interact with the key/value store"),
        CommandGroup(name: "operator", abstract: "Look after the cluster"),
        CommandGroup(name: "services", abstract: "Interact with services"),
        CommandGroup(name: "snapshot", abstract: "Save, restore and inspect the servers' state"),
        CommandGroup(name: "tls", abstract: "Make certificates"),
    ]

    /// The first words of all commands, sorted, for usage and suggestions.
    static let firstWords: [String] =
        (Set(commands.compactMap { $0.words.first }).union(["agent"])).sorted()

    /// The command that the most of these words name.
    static func command(matching words: [String]) -> (any ClientCommand.Type)? {
        commands.filter { words.starts(with: $0.words) }
            .max { $0.words.count < $1.words.count }
    }

    static func group(named name: String) -> CommandGroup? {
        groups.first { $0.name == name }
    }
}

/// The commands as one tree, for shell completion and manual pages.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waypost",
        abstract: "Service discovery over DNS",
        subcommands: [
            AgentDeclaration.self, CatalogGroup.self, ConfigGroup.self, DebugCommand.self,
            DNSGroup.self, EventCommand.self, ExecCommand.self,
            ForceLeaveCommand.self, InfoCommand.self, IntentionGroup.self, JoinCommand.self,
            KeygenCommand.self, KeyringCommand.self, KVGroup.self, LeaveCommand.self,
            LockCommand.self,
            MaintCommand.self, MembersCommand.self, MonitorCommand.self, OperatorGroup.self,
            ReloadCommand.self, RTTCommand.self,
            ServicesGroup.self, SnapshotGroup.self, TLSGroup.self, ValidateCommand.self,
            VersionCommand.self, WatchCommand.self,
        ]
    )
}

/// `agent` in that tree; its flags are a table of their own (`AgentFlag`).
private struct AgentDeclaration: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: AgentHelp.abstract
    )
}

private struct CatalogGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract: "Interact with the catalog",
        subcommands: [
            CatalogDatacentersCommand.self, CatalogNodesCommand.self, CatalogServicesCommand.self,
        ]
    )
}

private struct ConfigGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Interact with config entries",
        subcommands: [
            ConfigDeleteCommand.self, ConfigListCommand.self, ConfigReadCommand.self,
            ConfigWriteCommand.self,
        ]
    )
}

private struct IntentionGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intention",
        abstract: "Say who may connect to whom",
        subcommands: [
            IntentionCheckCommand.self, IntentionCreateCommand.self, IntentionDeleteCommand.self,
            IntentionGetCommand.self, IntentionListCommand.self, IntentionMatchCommand.self,
        ]
    )
}

private struct DNSGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Ask the agent's DNS",
        subcommands: [DNSExplainCommand.self, DNSQueryCommand.self, DNSTopCommand.self]
    )
}

private struct KVGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kv",
        abstract: "Interact with the key/value store",
        subcommands: [
            KVDeleteCommand.self, KVExportCommand.self, KVGetCommand.self, KVImportCommand.self,
            KVPutCommand.self,
        ]
    )
}

private struct SnapshotGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Save, restore and inspect the servers' state",
        subcommands: [
            SnapshotDecodeCommand.self, SnapshotInspectCommand.self, SnapshotRestoreCommand.self,
            SnapshotSaveCommand.self,
        ]
    )
}

private struct OperatorGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator",
        abstract: "Look after the cluster",
        subcommands: [
            AutopilotGroup.self, OperatorReadyCommand.self, RaftGroup.self, UsageGroup.self,
        ]
    )
}

private struct AutopilotGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autopilot",
        abstract: "How servers that are dead or new are treated",
        subcommands: [
            AutopilotGetConfigCommand.self, AutopilotSetConfigCommand.self,
            AutopilotStateCommand.self,
        ]
    )
}

private struct UsageGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "How much of everything there is",
        subcommands: [UsageInstancesCommand.self]
    )
}

private struct RaftGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raft",
        abstract: "The servers that keep the log",
        subcommands: [
            RaftListPeersCommand.self, RaftRemovePeerCommand.self, RaftTransferLeaderCommand.self,
        ]
    )
}

private struct ServicesGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "Interact with services",
        subcommands: [ServicesDeregisterCommand.self, ServicesRegisterCommand.self]
    )
}

private struct TLSGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tls",
        abstract: "Make certificates",
        subcommands: [TLSAuthorityGroup.self, TLSCertificateGroup.self]
    )
}

private struct TLSAuthorityGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca",
        abstract: "The authority that signs",
        subcommands: [TLSCACreateCommand.self]
    )
}

private struct TLSCertificateGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cert",
        abstract: "Certificates that it signs",
        subcommands: [TLSCertCreateCommand.self]
    )
}

/// What is said about `agent`.
enum AgentHelp {
    static let abstract = "Runs an agent"
}
