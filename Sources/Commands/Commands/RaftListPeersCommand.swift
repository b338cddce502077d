// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `operator raft list-peers`: the servers that keep the log.
struct RaftListPeersCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list-peers",
        abstract: "Lists the servers that keep the log"
    )
    static let words = ["operator", "raft", "list-peers"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let configuration: RaftConfiguration
        do throws(CommandFailure) {
            configuration = try await client.client(in: context)
                .get("/v1/operator/raft/configuration", server.query)
        } catch { throw error.prefixed("Error getting peers") }
        let last = configuration.servers.first { $0.isLeader }?.lastIndex ?? 0
        let header = [
            "Node", "ID", "Address", "State", "Voter", "RaftProtocol", "Commit Index",
            "Trails Leader By",
        ]
        let rows = configuration.servers.map { server in
            let behind = last - min(last, server.lastIndex)
            return [
                server.node.isEmpty ? "(unknown)" : server.node, server.id, server.address,
                server.isLeader ? "leader" : "follower", "\(server.isVoter)", server.`protocol`,
                "\(server.lastIndex)",
                server.isLeader ? "-" : behind == 1 ? "1 commit" : "\(behind) commits",
            ]
        }
        context.console.write(ColumnTable(rows: [header] + rows).text)
        return 0
    }
}
