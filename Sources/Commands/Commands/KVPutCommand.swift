// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import FoundationEssentials

/// `kv put`: writes a key, perhaps only if it is what one thinks, or takes or gives back its lock.
struct KVPutCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Writes a key",
        discussion: """
            DATA is the value; - reads it from standard input, @file from a file.

                kv put app/name shop
                kv put app/config @config.json
                kv put -cas -modify-index=14 app/name store
            """
    )
    static let words = ["kv", "put"]
    static let operandCount = 0...Int.max
    static let operandNames = "KEY [DATA]"
    static let unsignedFlags: Set<String> = ["flags", "modify-index"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Flag(
        name: .customLong("acquire", withSingleDash: true),
        help: "Acquire the lock of the key for -session."
    )
    var acquire = false

    @Flag(
        name: .customLong("release", withSingleDash: true),
        help: "Release the lock of the key that -session holds."
    )
    var release = false

    @Option(
        name: .customLong("session", withSingleDash: true),
        help: ArgumentHelp("The session, for -acquire and -release.", valueName: "id")
    )
    var session: String?

    @Flag(name: .customLong("base64", withSingleDash: true), help: "DATA is base64.")
    var base64 = false

    @Flag(
        name: .customLong("cas", withSingleDash: true),
        help: "Write only if the key was changed last at -modify-index; 0: if there is none."
    )
    var cas = false

    @Option(
        name: .customLong("modify-index", withSingleDash: true),
        help: ArgumentHelp("The ModifyIndex for -cas.", valueName: "index")
    )
    var modifyIndex: UInt64 = 0

    @Option(
        name: .customLong("flags", withSingleDash: true),
        help: ArgumentHelp("A number kept with the value.", valueName: "number")
    )
    var flags: UInt64 = 0

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let (key, data) = try content(operands, in: context)
        let session = session ?? ""
        if session.isEmpty, acquire || release {
            throw CommandFailure(
                message: "Error! Missing -session (required with -acquire and -release)"
            )
        }
        var query = server.query + namespaces.query(context.environment)
        if flags != 0 { query.append(("flags", "\(flags)")) }
        if cas {
            query.append(("cas", "\(modifyIndex)"))
        } else if acquire {
            query.append(("acquire", session))
        } else if release {
            query.append(("release", session))
        }
        let isDone: Bool
        do throws(CommandFailure) {
            let agent = try client.client(in: context)
            isDone = KVAccess.isTrue(
                try await agent.request("PUT", KVAccess.path(key), query, body: data)
            )
        } catch {
            let words = cas ? "Error! Did not write to \(key)" : "Error! Failed writing data"
            throw error.prefixed(words)
        }
        guard isDone else { throw CommandFailure(message: refusal(key)) }
        context.console.write(success(key))
        return 0
    }

    private func content(
        _ operands: [String],
        in context: CommandContext
    ) throws(CommandFailure) -> (key: String, data: [UInt8]) {
        guard let key = operands.first, !key.isEmpty else { throw KVAccess.missingKey }
        guard operands.count <= 2 else {
            throw CommandFailure(
                message: "Error! Too many arguments (expected 1 or 2, got \(operands.count))"
            )
        }
        if let problem = KVAccess.problem(ofKey: key) {
            throw CommandFailure(message: "Error! Failed writing data: \(problem)")
        }
        let data = try operands.count > 1 ? KVAccess.data(operands[1], in: context) : []
        guard base64 else { return (key, data) }
        guard let decoded = Data(base64Encoded: Data(data)) else {
            throw CommandFailure(message: "Error! Cannot base 64 decode data")
        }
        return (key, Array(decoded))
    }

    private func refusal(_ key: String) -> String {
        if cas {
            return modifyIndex == 0
                ? "Error! Did not write to \(key): CAS performed with index=0 and key already exists."
                : "Error! Did not write to \(key): CAS failed"
        }
        return acquire ? "Error! Did not acquire lock" : "Error! Did not release lock"
    }

    private func success(_ key: String) -> String {
        if cas { return "Success! Data written to: \(key)" }
        if acquire { return "Success! Lock acquired on: \(key)" }
        return release ? "Success! Lock released on: \(key)" : "Success! Data written to: \(key)"
    }
}
