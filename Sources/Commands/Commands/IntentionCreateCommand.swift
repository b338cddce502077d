// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import FoundationEssentials

/// `intention create`: a service may, or may not, connect to another one.
struct IntentionCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Says that a service may, or may not, connect to another one",
        discussion: """
            Allows, unless -deny is given; * stands for every service. With -file intentions come
            from files, in the API's JSON.

                intention create web db
                intention create -deny '*' db
            """
    )
    static let words = ["intention", "create"]
    static let operandCount = 0...Int.max
    static let operandNames = "SRC DST"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Flag(name: .customLong("allow", withSingleDash: true), help: "Allow; the default.")
    var allow = false

    @Flag(name: .customLong("deny", withSingleDash: true), help: "Deny.")
    var deny = false

    @Flag(name: .customLong("file", withSingleDash: true), help: "Read files of intentions.")
    var fromFiles = false

    @Flag(
        name: .customLong("replace", withSingleDash: true),
        help: "Replace one that is there already."
    )
    var replace = false

    @Option(
        name: .customLong("meta", withSingleDash: true),
        help: ArgumentHelp("Metadata. May be repeated.", valueName: "k=v")
    )
    var meta: [String] = []

    /// An intention to be made.
    private struct Wanted: Codable {
        var sourceName: String
        var destinationName: String
        var action: String?
        var description: String?
        var meta: [String: String]?

        enum CodingKeys: String, CodingKey {
            case sourceName = "SourceName"
            case destinationName = "DestinationName"
            case action = "Action"
            case description = "Description"
            case meta = "Meta"
        }
    }

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard !allow || !deny else {
            throw CommandFailure(message: "Only one of -allow or -deny may be specified.")
        }
        let all = try wanted(operands, context)
        let agent = try client.client(in: context)
        let query = server.query + namespaces.query(context.environment)
        for intention in all {
            let line = IntentionAccess.line(
                intention.sourceName,
                intention.destinationName,
                intention.action ?? ""
            )
            do throws(CommandFailure) {
                try await write(intention, line, agent, query)
            } catch { throw error.prefixed("Error creating intention \"\(line)\"") }
            context.console.write("Created: \(line)")
        }
        return 0
    }

    private func write(
        _ wanted: Wanted,
        _ line: String,
        _ agent: AgentClient,
        _ query: [(String, String)]
    ) async throws(CommandFailure) {
        let exact =
            query + IntentionAccess.query(wanted.sourceName, wanted.destinationName)
        let old: IntentionReply? = try await agent.getIfAny(IntentionAccess.exactPath, exact)
        if old != nil, !replace {
            throw CommandFailure(
                message: "duplicate intention found: \(line)",
                hint: "-replace writes over it."
            )
        }
        let body: [UInt8]
        do { body = Array(try JSONEncoder().encode(wanted)) } catch {
            throw CommandFailure(message: "\(error)")
        }
        // Metadata belong to intentions with an ID, as they were before config entries.
        guard wanted.meta?.isEmpty == false else {
            _ = try await agent.request("PUT", IntentionAccess.exactPath, exact, body: body)
            return
        }
        if let id = old?.id, !id.isEmpty {
            _ = try await agent.request("PUT", IntentionAccess.path(ofID: id), query, body: body)
        } else {
            _ = try await agent.request("POST", IntentionAccess.path, query, body: body)
        }
    }

    private func wanted(
        _ operands: [String],
        _ context: CommandContext
    ) throws(CommandFailure) -> [Wanted] {
        if fromFiles {
            guard !operands.isEmpty else {
                throw CommandFailure(message: "Error: Must specify a file with -file")
            }
            var all: [Wanted] = []
            for path in operands {
                let octets = try KVAccess.data(path == "-" ? "-" : "@" + path, in: context)
                do { all.append(try JSONDecoder().decode(Wanted.self, from: Data(octets))) } catch {
                    throw CommandFailure(
                        message: "Error: \(path) is no intention: \(error)",
                        hint: "An intention has SourceName, DestinationName and Action."
                    )
                }
            }
            return all
        }
        guard operands.count == 2 else {
            throw CommandFailure(
                message: "Error: Must specify two arguments: source and destination"
            )
        }
        var pairs: [String: String] = [:]
        for text in meta {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw CommandFailure(
                    message: "invalid value \"\(text)\" for flag -meta: Missing \"=\" value in "
                        + "argument: \(text)",
                    showsUsage: true
                )
            }
            pairs[String(parts[0])] = String(parts[1])
        }
        return [
            Wanted(
                sourceName: operands[0],
                destinationName: operands[1],
                action: deny ? "deny" : "allow",
                meta: pairs.isEmpty ? nil : pairs
            )
        ]
    }
}
