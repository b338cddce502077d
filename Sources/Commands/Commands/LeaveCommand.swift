// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `leave`: makes the agent leave the cluster and stop.
struct LeaveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave",
        abstract: "Makes the agent leave the cluster and stop"
    )
    static let words = ["leave"]

    @OptionGroup var client: ClientOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        do { try await client.client(in: context).put("/v1/agent/leave") } catch {
            throw error.prefixed("Error leaving")
        }
        context.console.write("Graceful leave complete")
        return 0
    }
}
