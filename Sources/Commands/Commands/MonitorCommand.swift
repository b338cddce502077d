// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `monitor`: the agent's log as it is written, until interrupted.
struct MonitorCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Shows the agent's log as it is written",
        discussion: "    monitor -log-level=debug"
    )
    static let words = ["monitor"]

    @OptionGroup var client: ClientOptions

    @Option(
        name: .customLong("log-level", withSingleDash: true),
        help: ArgumentHelp(
            "The lowest level: trace, debug, info, warn or error; INFO by default.",
            valueName: "level"
        )
    )
    var level = "INFO"

    @Flag(name: .customLong("log-json", withSingleDash: true), help: "Show lines as JSON.")
    var isJSON = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let query = [("loglevel", level)] + (isJSON ? [("logjson", "")] : [])
        let console = context.console
        do throws(CommandFailure) {
            try await client.client(in: context).download("/v1/agent/monitor", query) { piece in
                console.write(piece: piece)
                return true
            }
        } catch {
            throw error.prefixed("Error starting monitor")
        }
        // The agent ended; a user who has seen enough interrupts.
        console.write("")
        console.write(
            "Remote side ended the monitor! This usually means that the\n"
                + "remote side has exited or crashed."
        )
        return 0
    }
}
