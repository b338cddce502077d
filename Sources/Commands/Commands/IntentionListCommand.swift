// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `intention list`: who may connect to whom.
struct IntentionListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists all intentions"
    )
    static let words = ["intention", "list"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let found: [IntentionReply]
        do throws(CommandFailure) {
            found = try await client.client(in: context).get(
                IntentionAccess.path,
                server.query + namespaces.query(context.environment)
            )
        } catch { throw error.prefixed("Failed to retrieve the intentions list") }
        guard !found.isEmpty else {
            throw CommandFailure(message: "There are no intentions.", code: 2)
        }
        let header = ["ID", "Source", "Action", "Destination", "Precedence"]
        let rows = found.map {
            [
                $0.id ?? "", $0.sourceName, $0.action ?? "", $0.destinationName,
                "\($0.precedence ?? 0)",
            ]
        }
        context.console.write(ColumnTable(rows: [header] + rows).text)
        return 0
    }
}
