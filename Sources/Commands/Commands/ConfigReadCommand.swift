// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `config read`: shows a config entry.
struct ConfigReadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "read",
        abstract: "Shows a config entry as JSON",
        discussion: "    config read -kind=service-defaults -name=web"
    )
    static let words = ["config", "read"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions
    @OptionGroup var selection: ConfigEntrySelection

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let (kind, name) = try selection.whole()
        let query = server.query + namespaces.query(context.environment) + [("pretty", "")]
        let reply: [UInt8]
        do throws(CommandFailure) {
            reply = try await client.client(in: context)
                .request("GET", ConfigEntrySelection.path(kind, name), query)
        } catch { throw error.prefixed("Error reading config entry \(kind)/\(name)") }
        let text = String(decoding: reply, as: UTF8.self)
        context.console.write(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        return 0
    }
}

/// Which config entry is meant.
struct ConfigEntrySelection: ParsableArguments {
    @Option(
        name: .customLong("kind", withSingleDash: true),
        help: ArgumentHelp("The kind, such as service-defaults.", valueName: "kind")
    )
    var kind: String?

    @Option(
        name: .customLong("name", withSingleDash: true),
        help: ArgumentHelp("The name.", valueName: "name")
    )
    var name: String?

    /// Kind and name; both are needed.
    func whole() throws(CommandFailure) -> (kind: String, name: String) {
        guard let kind, !kind.isEmpty else {
            throw CommandFailure(message: "Must specify the -kind parameter")
        }
        guard let name, !name.isEmpty else {
            throw CommandFailure(message: "Must specify the -name parameter")
        }
        return (kind, name)
    }

    /// The path of an entry.
    static func path(_ kind: String, _ name: String) -> String {
        let parts = [kind, name].map { PercentEncoding.encode($0, alsoSlashes: true) }
        return "/v1/config/" + parts.joined(separator: "/")
    }
}
