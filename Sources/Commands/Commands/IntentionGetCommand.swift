// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `intention get`: one intention.
struct IntentionGetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Shows one intention",
        discussion: "    intention get web db"
    )
    static let words = ["intention", "get"]
    static let operandCount = 0...Int.max
    static let operandNames = "SRC DST | ID"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let agent = try client.client(in: context)
        let query = server.query + namespaces.query(context.environment)
        let found: IntentionReply?
        let missing: String
        do throws(CommandFailure) {
            switch operands.count {
            case 1:
                missing = "Intention with ID \"\(operands[0])\" not found."
                found = try await agent.getIfAny(IntentionAccess.path(ofID: operands[0]), query)
            case 2:
                missing =
                    "Intention with source \"\(operands[0])\" and destination "
                    + "\"\(operands[1])\" not found."
                found = try await agent.getIfAny(
                    IntentionAccess.exactPath,
                    query + IntentionAccess.query(operands[0], operands[1])
                )
            default:
                throw CommandFailure(message: "command requires exactly 1 or 2 arguments")
            }
        } catch {
            if error.message.hasPrefix("command requires") { throw error }
            throw error.prefixed("Error reading the intention")
        }
        guard let found else { throw CommandFailure(message: missing) }
        context.console.write(Self.text(of: found))
        return 0
    }

    private static func text(of intention: IntentionReply) -> String {
        var rows = [
            ["Source:", intention.sourceName], ["Destination:", intention.destinationName],
        ]
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { rows.append([name, value]) }
        }
        add("Action:", intention.action)
        if intention.permissionCount > 0 {
            add("Permissions:", "\(intention.permissionCount)")
        }
        add("ID:", intention.id)
        add("Description:", intention.description)
        for (key, value) in (intention.meta ?? [:]).sorted(by: { $0.key < $1.key }) {
            add("Meta[\(key)]:", value)
        }
        // Go's zero time: only those that were made with an ID have one.
        if let time = intention.createdAt, !time.hasPrefix("0001-") { add("Created At:", time) }
        return ColumnTable(rows: rows).text
    }
}
