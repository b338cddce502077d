// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser

/// Words that several commands begin with.
struct CommandGroup {
    /// The words: `["operator", "raft"]`.
    var words: [String]
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
        CommandGroup(words: ["catalog"], abstract: "Interact with the catalog"),
        CommandGroup(words: ["config"], abstract: "Interact with config entries"),
        CommandGroup(words: ["dns"], abstract: "Ask the agent's DNS"),
        CommandGroup(words: ["intention"], abstract: "Say who may connect to whom"),
        CommandGroup(words: ["kv"], abstract: "Interact with the key/value store"),
        CommandGroup(words: ["operator"], abstract: "Look after the cluster"),
        CommandGroup(words: ["services"], abstract: "Interact with services"),
        CommandGroup(words: ["snapshot"], abstract: "Save, restore and inspect the servers' state"),
        CommandGroup(words: ["tls"], abstract: "Make certificates"),
        CommandGroup(words: ["operator", "autopilot"], abstract: GroupHelp.autopilot),
        CommandGroup(words: ["operator", "raft"], abstract: GroupHelp.raft),
        CommandGroup(words: ["operator", "usage"], abstract: GroupHelp.usage),
        CommandGroup(words: ["tls", "ca"], abstract: GroupHelp.authority),
        CommandGroup(words: ["tls", "cert"], abstract: GroupHelp.certificates),
    ]

    /// The first words of all commands, sorted, for usage and suggestions.
    static let firstWords: [String] =
        (Set(commands.compactMap { $0.words.first }).union(["agent"])).sorted()

    /// The command that the most of these words name.
    static func command(matching words: [String]) -> (any ClientCommand.Type)? {
        commands.filter { words.starts(with: $0.words) }
            .max { $0.words.count < $1.words.count }
    }

    /// The group that the most of these words name.
    static func group(matching words: [String]) -> CommandGroup? {
        groups.filter { words.starts(with: $0.words) }
            .max { $0.words.count < $1.words.count }
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

/// `agent` in that tree, with the flags of its table (`AgentFlag`): the parser looks for them in a mirror.
private struct AgentDeclaration: ParsableCommand, CustomReflectable {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: AgentHelp.abstract
    )

    init() {}

    /// Nothing is parsed by it; the parser wants to see that keys were asked for.
    init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: Key.self) }

    var customMirror: Mirror {
        var names: Set<String> = []
        let flags = AgentFlag.table.filter { names.insert($0.name).inserted }
        return Mirror(
            self,
            children: flags.map { flag -> Mirror.Child in
                let name = NameSpecification.customLong(flag.name, withSingleDash: true)
                let help = ArgumentHelp(stringLiteral: flag.help)
                return flag.syntax == .boolean
                    ? (flag.name, Flag(wrappedValue: false, name: name, help: help))
                    : (flag.name, Option<String?>(name: name, help: help))
            }
        )
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }
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
        abstract: GroupHelp.autopilot,
        subcommands: [
            AutopilotGetConfigCommand.self, AutopilotSetConfigCommand.self,
            AutopilotStateCommand.self,
        ]
    )
}

private struct UsageGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: GroupHelp.usage,
        subcommands: [UsageInstancesCommand.self]
    )
}

private struct RaftGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raft",
        abstract: GroupHelp.raft,
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
        abstract: GroupHelp.authority,
        subcommands: [TLSCACreateCommand.self]
    )
}

private struct TLSCertificateGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cert",
        abstract: GroupHelp.certificates,
        subcommands: [TLSCertCreateCommand.self]
    )
}

/// What is said about `agent`.
enum AgentHelp {
    static let abstract = "Runs an agent"
}

/// What is said about groups within groups.
enum GroupHelp {
    static let autopilot = "How servers that are dead or new are treated"
    static let raft = "The servers that keep the log"
    static let usage = "How much of everything there is"
    static let authority = "The authority that signs"
    static let certificates = "Certificates that it signs"
}
