// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `config list`: the names of the config entries of a kind.
struct ConfigListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the config entries of a kind",
        discussion: "    config list -kind=service-defaults"
    )
    static let words = ["config", "list"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Option(
        name: .customLong("kind", withSingleDash: true),
        help: ArgumentHelp("The kind, such as service-defaults.", valueName: "kind")
    )
    var kind: String?

    @Option(
        name: .customLong("filter", withSingleDash: true),
        help: ArgumentHelp("Only entries that the expression keeps.", valueName: "expression")
    )
    var filter = ""

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard let kind, !kind.isEmpty else {
            throw CommandFailure(message: "Must specify the -kind parameter")
        }
        var query = server.query + namespaces.query(context.environment)
        if !filter.isEmpty { query.append(("filter", filter)) }
        let entries: [Entry]
        do throws(CommandFailure) {
            let path = "/v1/config/" + PercentEncoding.encode(kind, alsoSlashes: true)
            entries = try await client.client(in: context).get(path, query)
        } catch { throw error.prefixed("Error listing config entries for kind \"\(kind)\"") }
        // The mesh has no name of its own.
        for entry in entries { context.console.write(entry.name ?? kind) }
        return 0
    }

    private struct Entry: Decodable {
        var name: String?

        enum CodingKeys: String, CodingKey { case name = "Name" }
    }
}
