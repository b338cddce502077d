// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `catalog services`: the names of services.
struct CatalogServicesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "Lists the services of the catalog"
    )
    static let words = ["catalog", "services"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Option(
        name: .customLong("node", withSingleDash: true),
        help: ArgumentHelp("Only services of this node.", valueName: "id or name")
    )
    var node: String?

    @Option(
        name: .customLong("node-meta", withSingleDash: true),
        help: ArgumentHelp(
            "Only services of nodes with this metadata. May be repeated.",
            valueName: "k=v"
        )
    )
    var nodeMeta: [String] = []

    @Flag(name: .customLong("tags", withSingleDash: true), help: "Show the tags too.")
    var tags = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        var query = server.query + namespaces.query(context.environment)
        query += try NodeMeta.query(nodeMeta)
        var services: [String: [String]] = [:]
        do {
            let agent = try client.client(in: context)
            if let node, !node.isEmpty {
                let name = PercentEncoding.encode(node, alsoSlashes: true)
                let found: NodeServices? = try await agent.get("/v1/catalog/node/\(name)", query)
                for service in (found?.services ?? [:]).values {
                    services[service.name, default: []] += service.tags ?? []
                }
            } else {
                services = try await agent.get("/v1/catalog/services", query)
            }
        } catch { throw error.prefixed("Error listing services") }
        if !services.isEmpty { context.console.write(Self.table(services, tags: tags)) }
        return 0
    }

    static func table(_ services: [String: [String]], tags: Bool) -> String {
        let rows = services.sorted { $0.key < $1.key }.map { name, labels in
            tags ? [name, Set(labels).sorted().joined(separator: ",")] : [name]
        }
        return ColumnTable(rows: rows, gap: 6).text
    }
}

/// `/v1/catalog/node/…`.
private struct NodeServices: Decodable {
    struct Service: Decodable {
        var name: String
        var tags: [String]?

        enum CodingKeys: String, CodingKey {
            case name = "Service"
            case tags = "Tags"
        }
    }

    var services: [String: Service]?

    enum CodingKeys: String, CodingKey { case services = "Services" }
}
