// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `operator ready`: whether the agent is ready to answer, for health checks of containers and scripts.
struct OperatorReadyCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "ready",
        abstract: "Says whether the agent is ready to answer",
        discussion: """
            Exit codes: 0 it is ready; 1 it is not, or cannot be reached. What is missing goes to
            standard error.
            """
    )
    static let words = ["operator", "ready"]

    @OptionGroup var client: ClientOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let path = "/v1/agent/ready"
        do throws(CommandFailure) {
            let agent = try client.client(in: context)
            let reply = try await agent.reply("GET", path, [])
            guard reply.status == 200 || reply.status == 503 else {
                throw AgentClient.failure(reply)
            }
            let report: Report = try agent.decode(reply.body, of: path)
            for warning in report.warnings { context.console.writeError("Warning: \(warning)") }
            if report.isReady {
                context.console.write("Ready")
                return 0
            }
            for condition in report.conditions where !condition.isReady {
                context.console.writeError("Not ready: \(condition.name): \(condition.problem)")
            }
            return 1
        } catch { throw error.prefixed("Error asking whether the agent is ready") }
    }

    private struct Report: Decodable {
        struct Condition: Decodable {
            var name: String
            var isReady: Bool
            var problem: String

            enum CodingKeys: String, CodingKey {
                case name = "Name"
                case isReady = "Ready"
                case problem = "Problem"
            }
        }

        var isReady: Bool
        var conditions: [Condition]
        var warnings: [String]

        enum CodingKeys: String, CodingKey {
            case isReady = "Ready"
            case conditions = "Conditions"
            case warnings = "Warnings"
        }
    }
}
