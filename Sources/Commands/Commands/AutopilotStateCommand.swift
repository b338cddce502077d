// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `operator autopilot state`: how healthy the servers are.
struct AutopilotStateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Shows how healthy the servers are"
    )
    static let words = ["operator", "autopilot", "state"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Option(
        name: .customLong("format", withSingleDash: true),
        help: ArgumentHelp("pretty or json.", valueName: "format")
    )
    var format = "pretty"

    private static let path = "/v1/operator/autopilot/state"

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard ["pretty", "json"].contains(format) else {
            throw CommandFailure(
                message: "Unknown format: \(format)",
                hint: "Supported formats: pretty, json"
            )
        }
        let agent = try client.client(in: context)
        do throws(CommandFailure) {
            if format == "json" {
                let query = server.query + [("pretty", "")]
                let reply = try await agent.request("GET", Self.path, query)
                let text = String(decoding: reply, as: UTF8.self)
                context.console.write(text.hasSuffix("\n") ? String(text.dropLast()) : text)
            } else {
                let state: State = try await agent.get(Self.path, server.query)
                context.console.write(state.text)
            }
        } catch { throw error.prefixed("Error querying Autopilot state") }
        return 0
    }

    /// The reply (spec http-api.md 5.11).
    private struct State: Decodable {
        struct Server: Decodable {
            var id: String
            var name: String
            var address: String
            var version: String
            var status: String
            var nodeType: String
            var nodeStatus: String
            var isHealthy: Bool
            var lastContact: String
            var lastTerm: UInt64
            var lastIndex: UInt64
            var meta: [String: String]?

            enum CodingKeys: String, CodingKey {
                case id = "ID"
                case name = "Name"
                case address = "Address"
                case version = "Version"
                case status = "Status"
                case nodeType = "NodeType"
                case nodeStatus = "NodeStatus"
                case isHealthy = "Healthy"
                case lastContact = "LastContact"
                case lastTerm = "LastTerm"
                case lastIndex = "LastIndex"
                case meta = "Meta"
            }

            var lines: [String] {
                let pairs = [
                    ("Name", name), ("Address", address), ("Version", version),
                    ("Status", status), ("Node Type", nodeType), ("Node Status", nodeStatus),
                    ("Healthy", "\(isHealthy)"), ("Last Contact", lastContact),
                    ("Last Term", "\(lastTerm)"), ("Last Index", "\(lastIndex)"),
                ]
                var lines = ["   \(id)"]
                lines += pairs.map { name, value in
                    let label = name + ":"
                    let gap = String(repeating: " ", count: 17 - label.count)
                    return "      " + label + gap + value
                }
                let meta = (meta ?? [:]).sorted { $0.key < $1.key }
                if !meta.isEmpty { lines.append("      Meta") }
                for (key, value) in meta {
                    lines.append("         \(GoJSON.quoted(key)): \(GoJSON.quoted(value))")
                }
                return lines
            }
        }

        var isHealthy: Bool
        var tolerance: Int
        var optimisticTolerance: Int
        var leader: String
        var voters: [String]
        var servers: [String: Server]

        enum CodingKeys: String, CodingKey {
            case isHealthy = "Healthy"
            case tolerance = "FailureTolerance"
            case optimisticTolerance = "OptimisticFailureTolerance"
            case leader = "Leader"
            case voters = "Voters"
            case servers = "Servers"
        }

        var text: String {
            var lines = [
                "Healthy:                      \(isHealthy)",
                "Failure Tolerance:            \(tolerance)",
                "Optimistic Failure Tolerance: \(optimisticTolerance)",
                "Leader:                       \(leader)",
                "Voters:",
            ]
            lines += voters.map { "   \($0)" }
            lines.append("Servers:")
            lines += servers.sorted { $0.key < $1.key }.flatMap(\.value.lines)
            return lines.joined(separator: "\n")
        }
    }
}
