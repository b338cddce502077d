// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `intention match`: the intentions that hold for a service, in their order.
struct IntentionMatchCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "match",
        abstract: "Lists the intentions that hold for a service",
        discussion: """
            For who connects to it, unless -source is given; the first that fits counts.

                intention match db
                intention match -source web
            """
    )
    static let words = ["intention", "match"]
    static let operandCount = 0...Int.max
    static let operandNames = "NAME"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Flag(
        name: .customLong("source", withSingleDash: true),
        help: "Those for where the service connects to."
    )
    var bySource = false

    @Flag(
        name: .customLong("destination", withSingleDash: true),
        help: "Those for who connects to the service; the default."
    )
    var byDestination = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard operands.count == 1 else {
            throw CommandFailure(
                message: "Error: command requires exactly one argument: src or dst"
            )
        }
        guard !bySource || !byDestination else {
            throw CommandFailure(
                message: "Error: only one of -source or -destination may be specified"
            )
        }
        let found: [String: [IntentionReply]]
        do throws(CommandFailure) {
            found = try await client.client(in: context).get(
                IntentionAccess.path + "/match",
                server.query + namespaces.query(context.environment)
                    + [("by", bySource ? "source" : "destination"), ("name", operands[0])]
            )
        } catch { throw error.prefixed("Error matching the connection") }
        for intention in found[operands[0]] ?? [] { context.console.write(intention.line) }
        return 0
    }
}
