// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `join`: has the agent join others.
struct JoinCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Has the agent join others",
        discussion: "    join 10.0.0.1 10.0.0.2"
    )
    static let words = ["join"]
    static let operandCount = 0...Int.max
    static let operandNames = "ADDRESS…"

    @OptionGroup var client: ClientOptions

    @Flag(
        name: .customLong("wan", withSingleDash: true),
        help: "Join servers of another datacenter."
    )
    var wan = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard !operands.isEmpty else {
            throw CommandFailure(message: "At least one address to join must be specified.")
        }
        let agent = try client.client(in: context)
        var joined = 0
        for address in operands {
            do throws(CommandFailure) {
                let path = "/v1/agent/join/" + PercentEncoding.encode(address, alsoSlashes: true)
                try await agent.put(path, wan ? [("wan", "1")] : [])
                joined += 1
            } catch {
                context.console.writeError("Error joining address '\(address)': \(error.message)")
            }
        }
        guard joined > 0 else { throw CommandFailure(message: "Failed to join any nodes.") }
        context.console.write(
            "Successfully joined cluster by contacting \(joined) nodes."
        )
        return 0
    }
}
