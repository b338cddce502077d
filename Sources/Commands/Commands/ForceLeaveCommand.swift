// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `force-leave`: a member that failed counts as one that left.
struct ForceLeaveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "force-leave",
        abstract: "Lets a failed member count as one that left",
        discussion: "    force-leave node7"
    )
    static let words = ["force-leave"]
    static let operandCount = 0...Int.max
    static let operandNames = "NODE"

    @OptionGroup var client: ClientOptions

    @Flag(
        name: .customLong("prune", withSingleDash: true),
        help: "Take it off the list of members at once."
    )
    var prune = false

    @Flag(
        name: .customLong("wan", withSingleDash: true),
        help: "A server of the pool of all datacenters, as node.datacenter."
    )
    var wan = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard operands.count == 1 else {
            throw CommandFailure(
                message: "A single node name must be specified to force leave.",
                hint: "`members` lists the names."
            )
        }
        var query: [(String, String)] = []
        if prune { query.append(("prune", "1")) }
        if wan { query.append(("wan", "1")) }
        do throws(CommandFailure) {
            let name = PercentEncoding.encode(operands[0], alsoSlashes: true)
            try await client.client(in: context).put("/v1/agent/force-leave/\(name)", query)
        } catch { throw error.prefixed("Error force leaving") }
        return 0
    }
}
