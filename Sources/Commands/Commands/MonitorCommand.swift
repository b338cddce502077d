// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `monitor`: the agent's log as it is written, until interrupted.
struct MonitorCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Shows the agent's log as it is written",
        discussion: """
            Exit code 0 when a signal ends it, 1 when the agent does.

                monitor -log-level=debug
            """
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
        let agent = try client.client(in: context)
        TerminationSignals.catchFirst()
        let end = await withTaskGroup(of: End.self) { group in
            group.addTask { await Self.follow(agent, query, console) }
            group.addTask {
                await TerminationSignals.wait()
                return .interrupted
            }
            let first = await group.next() ?? .interrupted
            group.cancelAll()
            return first
        }
        switch end {
        case .interrupted, .unread: return 0
        case .refused(let failure): throw failure.prefixed("Error starting monitor")
        case .ended:
            console.write("")
            console.write(
                "Remote side ended the monitor! This usually means that the\n"
                    + "remote side has exited or crashed."
            )
            return 1
        }
    }

    /// What ends the monitor.
    private enum End {
        /// A signal: the user has seen enough.
        case interrupted
        /// Whoever read the lines has left, or a signal came while they were not read.
        case unread
        /// The agent ended, or its connection.
        case ended
        /// There was no line yet: the agent cannot be reached, or refuses.
        case refused(CommandFailure)
    }

    /// Shows lines until there are no more.
    private static func follow(
        _ agent: AgentClient,
        _ query: [(String, String)],
        _ console: Console
    ) async -> End {
        var hasBegun = false
        var isRead = true
        do throws(CommandFailure) {
            try await agent.download("/v1/agent/monitor", query) { piece in
                hasBegun = true
                isRead = console.write(piece: piece) == nil
                return isRead
            }
        } catch {
            // A crash cuts the reply off.
            return hasBegun ? .ended : .refused(error)
        }
        return isRead ? .ended : .unread
    }
}
