// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `config delete`: deletes a config entry.
struct ConfigDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes a config entry",
        discussion: """
            By kind and name, or those that a file has.

                config delete -kind=service-defaults -name=web
                config delete -filename=web.hcl
            """
    )
    static let words = ["config", "delete"]
    static let unsignedFlags: Set<String> = ["modify-index"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions
    @OptionGroup var selection: ConfigEntrySelection

    @Option(
        name: .customLong("filename", withSingleDash: true),
        help: ArgumentHelp("A file with the entry, instead of -kind and -name.", valueName: "path")
    )
    var file: String?

    @Flag(
        name: .customLong("cas", withSingleDash: true),
        help: "Delete only if the entry was changed last at -modify-index."
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
        let (kind, name) = try meant(context)
        if cas, modifyIndex == 0 {
            throw CommandFailure(
                message: "Must specify a -modify-index greater than 0 with -cas"
            )
        }
        if !cas, modifyIndex != 0 {
            throw CommandFailure(message: "Cannot specify -modify-index without -cas")
        }
        var query = server.query + namespaces.query(context.environment)
        if cas { query.append(("cas", "\(modifyIndex)")) }
        let reply: [UInt8]
        do throws(CommandFailure) {
            reply = try await client.client(in: context)
                .request("DELETE", ConfigEntrySelection.path(kind, name), query)
        } catch { throw error.prefixed("Error deleting config entry \(kind)/\(name)") }
        guard !cas || KVAccess.isTrue(reply) else {
            throw CommandFailure(message: "Config entry not deleted: \(kind)/\(name)")
        }
        context.console.write("Config entry deleted: \(kind)/\(name)")
        return 0
    }

    private func meant(
        _ context: CommandContext
    ) throws(CommandFailure) -> (kind: String, name: String) {
        guard let file, !file.isEmpty else { return try selection.whole() }
        guard selection.kind == nil, selection.name == nil else {
            throw CommandFailure(message: "filename can't be used with kind or name")
        }
        let entry = try ConfigEntryInput(file, in: context)
        return (entry.kind, entry.name)
    }
}
