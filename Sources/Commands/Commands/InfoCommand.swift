// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `info`: what the agent says about its parts.
struct InfoCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Shows figures of the agent's parts"
    )
    static let words = ["info"]

    @OptionGroup var client: ClientOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        do {
            let own: Stats = try await client.client(in: context).get("/v1/agent/self")
            context.console.write(Self.text(own.stats))
            return 0
        } catch { throw error.prefixed("Error querying agent") }
    }

    static func text(_ sections: [String: [String: String]]) -> String {
        sections.sorted { $0.key < $1.key }.map { name, values in
            let lines = values.sorted { $0.key < $1.key }.map { "\t\($0.key) = \($0.value)" }
            return ([name + ":"] + lines).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private struct Stats: Decodable {
        var stats: [String: [String: String]]

        enum CodingKeys: String, CodingKey { case stats = "Stats" }
    }
}
