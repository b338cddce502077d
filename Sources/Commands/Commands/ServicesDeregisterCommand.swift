// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Definitions

/// `services deregister`: takes services from the agent, by ID or as files name them.
struct ServicesDeregisterCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "deregister",
        abstract: "Takes services from the agent"
    )
    static let words = ["services", "deregister"]
    static let operandCount = 0...Int.max
    static let operandNames = "[FILE…]"

    @OptionGroup var client: ClientOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Option(
        name: .customLong("id", withSingleDash: true),
        help: ArgumentHelp("The ID of the service.", valueName: "id")
    )
    var id: String?

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let id = id ?? ""
        guard !operands.isEmpty || !id.isEmpty else {
            throw CommandFailure(
                message: "Service deregistration requires at least one argument or -id.",
                hint: "Name a file, or the service with -id.",
                showsUsage: true
            )
        }
        guard operands.isEmpty || id.isEmpty else {
            throw CommandFailure(
                message: "Service deregistration requires arguments or -id, not both."
            )
        }
        var ids = [id]
        if id.isEmpty {
            ids = try ServiceFiles.read(operands, in: context).map {
                $0.id.isEmpty ? $0.name : $0.id
            }
        }
        let agent = try client.client(in: context)
        for id in ids {
            let path = PercentEncoding.encode(id, alsoSlashes: true)
            do {
                try await agent.put(
                    "/v1/agent/service/deregister/\(path)",
                    namespaces.query(context.environment)
                )
            } catch { throw error.prefixed("Error deregistering service \"\(id)\"") }
            context.console.write("Deregistered service: \(id)")
        }
        return 0
    }
}
