// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Filtering

/// `event`: fires a user event.
struct EventCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "Fires an event for all agents, or for some",
        discussion: """
            Agents keep the newest events, and tell them to whoever watches for them. The filters are
            regular expressions; an agent takes the event up if all of them match.

                event -name=deploy 1.4.2
                event -name=restart -service=web -tag=blue
            """
    )
    static let words = ["event"]
    static let operandCount = 0...Int.max
    static let operandNames = "[PAYLOAD]"

    @OptionGroup var client: ClientOptions

    @Option(
        name: .customLong("datacenter", withSingleDash: true),
        help: ArgumentHelp("The datacenter whose agents are meant.", valueName: "name")
    )
    var datacenter: String?

    @Option(
        name: .customLong("name", withSingleDash: true),
        help: ArgumentHelp("The name of the event; needed.", valueName: "name")
    )
    var name: String?

    @Option(
        name: .customLong("node", withSingleDash: true),
        help: ArgumentHelp("Only nodes with such a name.", valueName: "regexp")
    )
    var node: String?

    @Option(
        name: .customLong("service", withSingleDash: true),
        help: ArgumentHelp("Only nodes with such a service.", valueName: "regexp")
    )
    var service: String?

    @Option(
        name: .customLong("tag", withSingleDash: true),
        help: ArgumentHelp("Only nodes whose service has such a tag.", valueName: "regexp")
    )
    var tag: String?

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard let name, !name.isEmpty else {
            throw CommandFailure(message: "Event name must be specified", showsUsage: true)
        }
        try checkFilters()
        guard operands.count <= 1 else {
            throw CommandFailure(message: "Too many command line arguments.", showsUsage: true)
        }
        let query = [("dc", datacenter), ("node", node), ("service", service), ("tag", tag)]
            .compactMap { key, value in value.flatMap { $0.isEmpty ? nil : (key, $0) } }
        let path = "/v1/event/fire/" + PercentEncoding.encode(name, alsoSlashes: true)
        do {
            let agent = try client.client(in: context)
            let reply = try await agent.request(
                "PUT",
                path,
                query,
                body: operands.first.map { Array($0.utf8) }
            )
            let fired: Fired = try agent.decode(reply, of: path)
            context.console.write("Event ID: \(fired.id)")
            return 0
        } catch { throw error.prefixed("Error firing event") }
    }

    private func checkFilters() throws(CommandFailure) {
        for (flag, pattern) in [("node", node), ("service", service), ("tag", tag)] {
            guard let pattern, !pattern.isEmpty else { continue }
            if flag == "tag", service ?? "" == "" {
                throw CommandFailure(
                    message: "Cannot provide tag filter without service filter."
                )
            }
            do throws(RegularExpressionError) {
                _ = try RegularExpression(pattern)
            } catch {
                throw CommandFailure(
                    message: "Failed to compile \(flag) filter regexp: \(error)"
                )
            }
        }
    }

    private struct Fired: Decodable {
        var id: String

        enum CodingKeys: String, CodingKey { case id = "ID" }
    }
}
