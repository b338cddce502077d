// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `intention delete`: an intention no longer holds.
struct IntentionDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes an intention",
        discussion: "    intention delete web db"
    )
    static let words = ["intention", "delete"]
    static let operandCount = 0...Int.max
    static let operandNames = "SRC DST | ID"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard (1...2).contains(operands.count) else {
            throw CommandFailure(message: "command requires exactly 1 or 2 arguments")
        }
        let agent = try client.client(in: context)
        var query = server.query + namespaces.query(context.environment)
        var path = IntentionAccess.exactPath
        if operands.count == 1 {
            path = IntentionAccess.path(ofID: operands[0])
        } else {
            query += IntentionAccess.query(operands[0], operands[1])
        }
        do throws(CommandFailure) {
            _ = try await agent.request("DELETE", path, query)
        } catch { throw error.prefixed("Error deleting the intention") }
        context.console.write("Intention deleted.")
        return 0
    }
}
