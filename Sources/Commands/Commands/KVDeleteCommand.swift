// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `kv delete`: removes a key, or all below a prefix.
struct KVDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Removes a key, or all below a prefix"
    )
    static let words = ["kv", "delete"]
    static let operandCount = 0...Int.max
    static let operandNames = "[KEY]"
    static let unsignedFlags: Set<String> = ["modify-index"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Flag(
        name: .customLong("cas", withSingleDash: true),
        help: "Remove only if the key was changed last at -modify-index."
    )
    var cas = false

    @Option(
        name: .customLong("modify-index", withSingleDash: true),
        help: ArgumentHelp("The ModifyIndex for -cas.", valueName: "index")
    )
    var modifyIndex: UInt64 = 0

    @Flag(
        name: .customLong("recurse", withSingleDash: true),
        help: "Remove all keys that begin with KEY."
    )
    var recurse = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let key = try KVAccess.key(operands)
        guard !key.isEmpty || recurse else { throw KVAccess.missingKey }
        if cas, modifyIndex == 0 {
            throw CommandFailure(
                message: "Cannot delete a key that does not exist. "
                    + "Provide a -modify-index greater than than 0."
            )
        }
        if !cas, modifyIndex != 0 {
            throw CommandFailure(message: "Cannot specify -modify-index without -cas!")
        }
        if cas, recurse {
            throw CommandFailure(message: "Cannot specify both -cas and -recurse!")
        }
        var query = server.query + namespaces.query(context.environment)
        if cas { query.append(("cas", "\(modifyIndex)")) }
        if recurse { query.append(("recurse", "")) }
        let isDone: Bool
        do throws(CommandFailure) {
            let agent = try client.client(in: context)
            isDone = KVAccess.isTrue(
                try await agent.request("DELETE", KVAccess.path(key), query)
            )
        } catch {
            let words =
                recurse
                ? "Error! Did not delete prefix \(key)"
                : cas ? "Error! Did not delete key \(key)" : "Error deleting key \(key)"
            throw error.prefixed(words)
        }
        guard isDone else {
            throw CommandFailure(message: "Error! Did not delete key \(key): CAS failed")
        }
        context.console.write(
            recurse
                ? "Success! Deleted keys with prefix: \(key)" : "Success! Deleted key: \(key)"
        )
        return 0
    }
}
