// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `intention check`: whether a service may connect to another one.
struct IntentionCheckCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells whether a service may connect to another one",
        discussion: "Ends with 0 when it may, 1 when it may not, 2 when that cannot be told."
    )
    static let words = ["intention", "check"]
    static let operandCount = 0...Int.max
    static let operandNames = "SRC DST"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    private struct Verdict: Decodable {
        var isAllowed: Bool

        enum CodingKeys: String, CodingKey { case isAllowed = "Allowed" }
    }

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard operands.count == 2 else {
            throw CommandFailure(
                message: "Error: command requires exactly two arguments: src and dst",
                code: 2
            )
        }
        let verdict: Verdict
        do throws(CommandFailure) {
            verdict = try await client.client(in: context).get(
                IntentionAccess.path + "/check",
                server.query + namespaces.query(context.environment)
                    + IntentionAccess.query(operands[0], operands[1])
            )
        } catch {
            var failure = error.prefixed("Error checking the connection")
            failure.code = 2
            throw failure
        }
        context.console.write(verdict.isAllowed ? "Allowed" : "Denied")
        return verdict.isAllowed ? 0 : 1
    }
}
