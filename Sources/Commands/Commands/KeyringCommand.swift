// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `keyring`: the keys with which gossip is encrypted.
struct KeyringCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyring",
        abstract: "Lists and changes the keys of encrypted gossip",
        discussion: """
            Exactly one action. To replace a key: install a new one, use it, remove the old one.

                keyring -list
                keyring -install "$(keygen)"
            """
    )
    static let words = ["keyring"]
    static let integerFlags: Set<String> = ["relay-factor"]

    @OptionGroup var client: ClientOptions

    @Flag(name: .customLong("list", withSingleDash: true), help: "List all keys in use.")
    var list = false

    @Flag(
        name: .customLong("list-primary", withSingleDash: true),
        help: "List the keys with which messages are encrypted."
    )
    var listPrimary = false

    @Option(
        name: .customLong("install", withSingleDash: true),
        help: ArgumentHelp("Tell a new key to all members.", valueName: "key")
    )
    var install = ""

    @Option(
        name: .customLong("use", withSingleDash: true),
        help: ArgumentHelp("Encrypt with a key that is installed.", valueName: "key")
    )
    var use = ""

    @Option(
        name: .customLong("remove", withSingleDash: true),
        help: ArgumentHelp("Forget a key that is not in use.", valueName: "key")
    )
    var remove = ""

    @Option(
        name: .customLong("relay-factor", withSingleDash: true),
        help: ArgumentHelp("By how many others replies go, 0 to 5.", valueName: "number")
    )
    var relayFactor = 0

    @Flag(
        name: .customLong("local-only", withSingleDash: true),
        help: "Only the keys of this datacenter, with -list."
    )
    var localOnly = false

    private static let path = "/v1/operator/keyring"

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let actions = [list, listPrimary] + [install, use, remove].map { !$0.isEmpty }
        switch actions.count(where: { $0 }) {
        case 0: throw CommandFailure(message: "No action is named.", showsUsage: true)
        case 1: break
        default: throw CommandFailure(message: "Only a single action is allowed")
        }
        guard (0...5).contains(relayFactor) else {
            throw CommandFailure(
                message: "Error parsing relay factor: Relay factor must be in range: [0, 5]"
            )
        }
        guard !localOnly || list || listPrimary else {
            throw CommandFailure(
                message: "Error validating local-only: local-only can only be set for list requests"
            )
        }
        var query: [(String, String)] = []
        if relayFactor > 0 { query.append(("relay-factor", "\(relayFactor)")) }
        if localOnly { query.append(("local-only", "true")) }
        do throws(CommandFailure) {
            try await run(query, try client.client(in: context), context.console)
        } catch { throw error.prefixed("error") }
        return 0
    }

    private func run(
        _ query: [(String, String)],
        _ agent: AgentClient,
        _ console: Console
    ) async throws(CommandFailure) {
        if list || listPrimary {
            let which = listPrimary ? "primary " : ""
            console.write("==> Gathering installed \(which)encryption keys...")
            let pools: [Pool] = try await agent.get(Self.path, query)
            for pool in pools { console.write(pool.text(primary: listPrimary)) }
            return
        }
        let (method, words, key) =
            if !install.isEmpty {
                ("POST", "Installing new gossip encryption key...", install)
            } else if !use.isEmpty {
                ("PUT", "Changing primary gossip encryption key...", use)
            } else {
                ("DELETE", "Removing gossip encryption key...", remove)
            }
        console.write("==> \(words)")
        let body = "{\"Key\":\(GoJSON.quoted(key))}"
        _ = try await agent.request(method, Self.path, query, body: Array(body.utf8))
    }

    /// The keys of one pool of members (spec http-api.md 4.12).
    private struct Pool: Decodable {
        var isWAN: Bool
        var datacenter: String
        var segment: String?
        var keys: [String: Int]?
        var primaryKeys: [String: Int]?
        var nodeCount: Int

        enum CodingKeys: String, CodingKey {
            case isWAN = "WAN"
            case datacenter = "Datacenter"
            case segment = "Segment"
            case keys = "Keys"
            case primaryKeys = "PrimaryKeys"
            case nodeCount = "NumNodes"
        }

        func text(primary: Bool) -> String {
            var name = isWAN ? "WAN" : "\(datacenter) (LAN)"
            if !isWAN, let segment, !segment.isEmpty { name += " [\(segment)]" }
            let counts = (primary ? primaryKeys : keys) ?? [:]
            let lines = counts.sorted { $0.key < $1.key }.map { key, count in
                "  \(key) [\(count)/\(nodeCount)]"
            }
            return (["", "\(name):"] + lines).joined(separator: "\n")
        }
    }
}
