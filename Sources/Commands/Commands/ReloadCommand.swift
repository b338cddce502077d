// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `reload`: makes the agent read its files again.
struct ReloadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Makes the agent read its configuration again"
    )
    static let words = ["reload"]

    @OptionGroup var client: ClientOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        do { try await client.client(in: context).put("/v1/agent/reload") } catch {
            throw error.prefixed("Error reloading")
        }
        context.console.write("Configuration reload triggered")
        return 0
    }
}
