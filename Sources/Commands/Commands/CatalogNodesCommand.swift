// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `catalog nodes`: the nodes of the catalog.
struct CatalogNodesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "Lists the nodes of the catalog"
    )
    static let words = ["catalog", "nodes"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Flag(
        name: .customLong("detailed", withSingleDash: true),
        help: "Show whole IDs, further addresses and metadata."
    )
    var detailed = false

    @Option(
        name: .customLong("filter", withSingleDash: true),
        help: ArgumentHelp(
            "A filter expression; @file reads it from a file, - from standard input.",
            valueName: "expression"
        )
    )
    var filter: String?

    @Option(
        name: .customLong("near", withSingleDash: true),
        help: ArgumentHelp("Nearest to this node first.", valueName: "node")
    )
    var near: String?

    @Option(
        name: .customLong("node-meta", withSingleDash: true),
        help: ArgumentHelp("Only nodes with this metadata. May be repeated.", valueName: "k=v")
    )
    var nodeMeta: [String] = []

    @Option(
        name: .customLong("service", withSingleDash: true),
        help: ArgumentHelp("Only nodes with this service.", valueName: "name")
    )
    var service: String?

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        var query = server.query
        if let near, !near.isEmpty { query.append(("near", near)) }
        let filter = try FilterArgument.text(filter ?? "", in: context)
        if !filter.isEmpty { query.append(("filter", filter)) }
        query += try NodeMeta.query(nodeMeta)
        let nodes: [CatalogNode]
        do {
            let agent = try client.client(in: context)
            if let service, !service.isEmpty {
                let name = PercentEncoding.encode(service, alsoSlashes: true)
                let instances: [CatalogNode] = try await agent.get(
                    "/v1/catalog/service/\(name)",
                    query
                )
                nodes = Self.distinct(instances)
            } else {
                nodes = try await agent.get("/v1/catalog/nodes", query)
            }
        } catch { throw error.prefixed("Error listing nodes") }
        guard !nodes.isEmpty else {
            context.console.write(
                "No nodes match the given query - try expanding your search."
            )
            return 0
        }
        // With -near the agent's order is the answer.
        let sorted = near == nil ? nodes.sorted { $0.name < $1.name } : nodes
        context.console.write(Self.table(sorted, detailed: detailed))
        return 0
    }

    /// A service lists a node once per instance.
    static func distinct(_ nodes: [CatalogNode]) -> [CatalogNode] {
        var seen: Set<String> = []
        return nodes.filter { seen.insert($0.name).inserted }
    }

    static func table(_ nodes: [CatalogNode], detailed: Bool) -> String {
        let header = ["Node", "ID", "Address", "DC"]
        guard detailed else {
            let rows = nodes.map { [$0.name, String($0.id.prefix(8)), $0.address, $0.datacenter] }
            return ColumnTable(rows: [header] + rows).text
        }
        let rows = nodes.map { node in
            [
                node.name, node.id, node.address, node.datacenter, pairs(node.taggedAddresses),
                pairs(node.meta ?? node.nodeMeta),
            ]
        }
        return ColumnTable(rows: [header + ["TaggedAddresses", "Meta"]] + rows).text
    }

    private static func pairs(_ map: [String: String]?) -> String {
        (map ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            .joined(separator: ", ")
    }
}

/// A node of the catalog, or an instance of a service with its node.
struct CatalogNode: Decodable {
    var id: String
    var name: String
    var address: String
    var datacenter: String
    var taggedAddresses: [String: String]?
    var meta: [String: String]?
    var nodeMeta: [String: String]?

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case name = "Node"
        case address = "Address"
        case datacenter = "Datacenter"
        case taggedAddresses = "TaggedAddresses"
        case meta = "Meta"
        case nodeMeta = "NodeMeta"
    }
}

/// `-node-meta k=v`.
enum NodeMeta {
    static func query(_ pairs: [String]) throws(CommandFailure) -> [(String, String)] {
        var query: [(String, String)] = []
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw CommandFailure(
                    message:
                        "invalid value \"\(pair)\" for flag -node-meta: Missing \"=\" value in "
                        + "argument: \(pair)",
                    showsUsage: true
                )
            }
            query.append(("node-meta", "\(parts[0]):\(parts[1])"))
        }
        return query
    }
}
