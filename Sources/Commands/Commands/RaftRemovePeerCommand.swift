// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `operator raft remove-peer`: a server that is gone for good no longer counts.
struct RaftRemovePeerCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove-peer",
        abstract: "Removes a server that is gone for good"
    )
    static let words = ["operator", "raft", "remove-peer"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Option(
        name: .customLong("id", withSingleDash: true),
        help: ArgumentHelp("The server's ID.", valueName: "id")
    )
    var id = ""

    @Option(
        name: .customLong("address", withSingleDash: true),
        help: ArgumentHelp("The server's address and port.", valueName: "address")
    )
    var address = ""

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard !id.isEmpty || !address.isEmpty else {
            throw CommandFailure(
                message:
                    "Error removing peer: an address or id is required for the peer to remove",
                hint: "`operator raft list-peers` shows both."
            )
        }
        guard id.isEmpty || address.isEmpty else {
            throw CommandFailure(
                message: "Error removing peer: cannot give both an address and id"
            )
        }
        var query = server.query
        if !id.isEmpty { query.append(("id", id)) }
        if !address.isEmpty { query.append(("address", address)) }
        do throws(CommandFailure) {
            _ = try await client.client(in: context)
                .request("DELETE", "/v1/operator/raft/peer", query)
        } catch { throw error.prefixed("Error removing peer") }
        context.console.write(
            id.isEmpty
                ? "Removed peer with address \"\(address)\"" : "Removed peer with id \"\(id)\""
        )
        return 0
    }
}
