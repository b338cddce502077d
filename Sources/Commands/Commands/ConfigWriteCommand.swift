// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `config write`: writes a config entry.
struct ConfigWriteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "write",
        abstract: "Writes a config entry",
        discussion: """
            The entry comes from a file, or from standard input for -, in HCL or JSON.

                config write web.hcl
                echo 'Kind = "proxy-defaults" Config { protocol = "http" }' | config write -
            """
    )
    static let words = ["config", "write"]
    static let operandCount = 0...Int.max
    static let operandNames = "FILE|-"
    static let unsignedFlags: Set<String> = ["modify-index"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Flag(
        name: .customLong("cas", withSingleDash: true),
        help: "Write only if the entry was changed last at -modify-index; 0: if there is none."
    )
    var cas = false

    @Option(
        name: .customLong("modify-index", withSingleDash: true),
        help: ArgumentHelp("The ModifyIndex for -cas.", valueName: "index")
    )
    var modifyIndex: UInt64 = 0

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard operands.count == 1 else {
            throw CommandFailure(
                message: "Must provide exactly one positional argument to specify the config "
                    + "entry to write"
            )
        }
        let entry = try ConfigEntryInput(operands[0], in: context)
        var query = server.query + namespaces.query(context.environment)
        if cas { query.append(("cas", "\(modifyIndex)")) }
        let label = "\(entry.kind)/\(entry.name)"
        let isWritten: Bool
        do throws(CommandFailure) {
            isWritten = KVAccess.isTrue(
                try await client.client(in: context)
                    .request("PUT", "/v1/config", query, body: Array(entry.json.utf8))
            )
        } catch { throw error.prefixed("Error writing config entry \(label)") }
        guard isWritten else {
            throw CommandFailure(message: "Config entry not updated: \(label)")
        }
        context.console.write("Config entry written: \(label)")
        return 0
    }
}
