// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `operator raft transfer-leader`: another server leads.
struct RaftTransferLeaderCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer-leader",
        abstract: "Hands the leadership to another server"
    )
    static let words = ["operator", "raft", "transfer-leader"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Option(
        name: .customLong("id", withSingleDash: true),
        help: ArgumentHelp("The ID of the server that is to lead; any by default.", valueName: "id")
    )
    var id = ""

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        do throws(CommandFailure) {
            _ = try await client.client(in: context).request(
                "POST",
                "/v1/operator/raft/transfer-leader",
                server.query + (id.isEmpty ? [] : [("id", id)])
            )
        } catch { throw error.prefixed("Error transfering leadership") }
        context.console.write("Success")
        return 0
    }
}
