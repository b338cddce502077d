// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `maint`: takes the node or a service out of DNS for maintenance, puts it back, or lists what
/// is out.
struct MaintCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "maint",
        abstract: "Controls maintenance of the node or a service",
        discussion: "Without -enable and -disable it lists what is in maintenance."
    )
    static let words = ["maint"]

    @OptionGroup var client: ClientOptions

    @Flag(name: .customLong("enable", withSingleDash: true), help: "Enter maintenance.")
    var enable = false

    @Flag(name: .customLong("disable", withSingleDash: true), help: "Leave maintenance.")
    var disable = false

    @Option(
        name: .customLong("reason", withSingleDash: true),
        help: ArgumentHelp("Why; only with -enable.", valueName: "text")
    )
    var reason: String?

    @Option(
        name: .customLong("service", withSingleDash: true),
        help: ArgumentHelp("A service ID; the whole node by default.", valueName: "id")
    )
    var service: String?

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let reason = reason ?? ""
        let service = service ?? ""
        if enable, disable {
            throw CommandFailure(message: "Only one of -enable or -disable may be provided")
        }
        if !enable, !reason.isEmpty {
            throw CommandFailure(message: "Reason may only be provided with -enable")
        }
        if !enable, !disable, !service.isEmpty {
            throw CommandFailure(message: "Service requires either -enable or -disable")
        }
        let agent = try client.client(in: context)
        guard enable || disable else { return try await list(agent, context) }
        var query = [("enable", enable ? "true" : "false")]
        if enable { query.append(("reason", reason)) }
        let verb = enable ? "enabling" : "disabling"
        let state = enable ? "enabled" : "disabled"
        if service.isEmpty {
            do { try await agent.put("/v1/agent/maintenance", query) } catch {
                throw error.prefixed("Error \(verb) node maintenance")
            }
            context.console.write("Node maintenance is now \(state)")
        } else {
            let id = PercentEncoding.encode(service, alsoSlashes: true)
            do { try await agent.put("/v1/agent/service/maintenance/\(id)", query) } catch {
                throw error.prefixed("Error \(verb) service maintenance")
            }
            context.console.write("Service maintenance is now \(state) for \"\(service)\"")
        }
        return 0
    }

    private func list(
        _ agent: AgentClient,
        _ context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        do {
            let own: AgentSelf = try await agent.get("/v1/agent/self")
            let checks: [String: AgentCheck] = try await agent.get("/v1/agent/checks")
            for block in Self.blocks(checks, nodeName: own.config.nodeName) {
                context.console.write(block)
            }
            return 0
        } catch { throw error.prefixed("Error querying Consul agent") }
    }

    /// A block for each check of maintenance mode: the node first, then services by ID.
    static func blocks(_ checks: [String: AgentCheck], nodeName: String) -> [String] {
        var blocks: [String] = []
        if let check = checks["_node_maintenance"] {
            blocks.append("Node:\n  Name:   \(nodeName)\n  Reason: \(check.notes)\n")
        }
        for (id, check) in checks.sorted(by: { $0.key < $1.key })
        where id.hasPrefix("_service_maintenance:") {
            blocks.append("Service:\n  ID:     \(check.serviceID)\n  Reason: \(check.notes)\n")
        }
        return blocks
    }
}

/// A check of `/v1/agent/checks`.
struct AgentCheck: Decodable {
    var notes: String
    var serviceID: String

    enum CodingKeys: String, CodingKey {
        case notes = "Notes"
        case serviceID = "ServiceID"
    }
}

/// What the commands read of `/v1/agent/self`.
struct AgentSelf: Decodable {
    struct Config: Decodable {
        var nodeName: String

        enum CodingKeys: String, CodingKey { case nodeName = "NodeName" }
    }

    var config: Config

    enum CodingKeys: String, CodingKey { case config = "Config" }
}
