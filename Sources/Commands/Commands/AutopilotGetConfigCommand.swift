// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `operator autopilot get-config`: how dead and new servers are treated.
struct AutopilotGetConfigCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "get-config",
        abstract: "Shows how servers that are dead or new are treated"
    )
    static let words = ["operator", "autopilot", "get-config"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let found: AutopilotConfigurationReply
        do throws(CommandFailure) {
            found = try await client.client(in: context)
                .get(AutopilotConfigurationReply.path, server.query)
        } catch { throw error.prefixed("Error querying Autopilot configuration") }
        context.console.write(found.text)
        return 0
    }
}
