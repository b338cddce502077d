// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `kv get`: a value, or the entries or keys below a prefix.
struct KVGetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Reads a key, or all below a prefix",
        discussion: """
                kv get app/name
                kv get -recurse app/
                kv get -keys app/
            """
    )
    static let words = ["kv", "get"]
    static let operandCount = 0...Int.max
    static let operandNames = "[KEY]"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Flag(name: .customLong("base64", withSingleDash: true), help: "Show values as base64.")
    var base64 = false

    @Flag(
        name: .customLong("detailed", withSingleDash: true),
        help: "Show flags, indexes and session as well."
    )
    var detailed = false

    @Flag(
        name: .customLong("keys", withSingleDash: true),
        help: "List the keys that begin with KEY, up to the next separator."
    )
    var keys = false

    @Flag(
        name: .customLong("recurse", withSingleDash: true),
        help: "Show all entries whose keys begin with KEY."
    )
    var recurse = false

    @Option(
        name: .customLong("separator", withSingleDash: true),
        help: ArgumentHelp("Where -keys cuts; / by default.", valueName: "text")
    )
    var separator = "/"

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let key = try KVAccess.key(operands)
        guard !key.isEmpty || recurse || keys else { throw KVAccess.missingKey }
        let path = KVAccess.path(key)
        let query = server.query + namespaces.query(context.environment)
        do throws(CommandFailure) {
            let agent = try client.client(in: context)
            if keys, !recurse {
                let parameters = query + [("keys", ""), ("separator", separator)]
                let names: [String]? = try await agent.getIfAny(path, parameters)
                for name in names ?? [] { context.console.write(name) }
            } else if recurse {
                let pairs: [KVPair]? = try await agent.getIfAny(path, query + [("recurse", "")])
                show(pairs ?? [], context.console)
            } else {
                let pairs: [KVPair]? = try await agent.getIfAny(path, query)
                guard let pair = pairs?.first else {
                    throw CommandFailure(message: "Error! No key exists at: \(key)")
                }
                show(pair, context.console)
            }
            return 0
        } catch {
            throw error.message.hasPrefix("Error!")
                ? error : error.prefixed("Error querying Consul agent")
        }
    }

    private func show(_ pair: KVPair, _ console: Console) {
        console.write(octets: detailed ? details(pair) : shown(pair))
    }

    private func show(_ pairs: [KVPair], _ console: Console) {
        for (place, pair) in pairs.enumerated() {
            if keys, !detailed {
                console.write(pair.key)
            } else if detailed {
                if place > 0 { console.write("") }
                show(pair, console)
            } else {
                console.write(octets: Array("\(pair.key):".utf8) + shown(pair))
            }
        }
    }

    private func shown(_ pair: KVPair) -> [UInt8] {
        base64 ? Array(KVAccess.base64(pair.octets).utf8) : pair.octets
    }

    private func details(_ pair: KVPair) -> [UInt8] {
        let session = pair.session ?? ""
        let lines = [
            ("CreateIndex", "\(pair.createIndex)"), ("Flags", "\(pair.flags)"), ("Key", pair.key),
            ("LockIndex", "\(pair.lockIndex)"), ("ModifyIndex", "\(pair.modifyIndex)"),
            ("Session", session.isEmpty ? "-" : session), ("Value", ""),
        ].map { name, value in name + String(repeating: " ", count: 17 - name.count) + value }
        return Array(lines.joined(separator: "\n").utf8) + shown(pair)
    }
}
