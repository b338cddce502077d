// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import FoundationEssentials
internal import StateStore

/// `rtt`: how long a round trip between two nodes takes, by their coordinates.
struct RTTCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rtt",
        abstract: "Estimates the round trip time between two nodes",
        discussion: """
            The second node is the agent's own unless it is named. With -wan nodes are servers of
            datacenters: name.datacenter.

                rtt n1 n2
                rtt -wan n1.dc1 n2.dc2
            """
    )
    static let words = ["rtt"]
    static let operandCount = 0...Int.max
    static let operandNames = "NODE1 [NODE2]"

    @OptionGroup var client: ClientOptions

    @Flag(
        name: .customLong("wan", withSingleDash: true),
        help: "Between servers of datacenters."
    )
    var wan = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard (1...2).contains(operands.count) else {
            throw CommandFailure(
                message: "One or two node names must be specified",
                showsUsage: true
            )
        }
        let agent = try client.client(in: context)
        var nodes = operands
        if nodes.count < 2 { nodes.append(try await ownName(agent)) }
        var places = wan ? try await areas(nodes, agent) : try await segments(nodes, agent)
        // The way of a node to itself is known before it measured any other.
        if nodes[0].lowercased() == nodes[1].lowercased(), places[0].isEmpty,
            try await isNode(nodes[0], agent)
        {
            places = [["": NetworkCoordinate()], ["": NetworkCoordinate()]]
        }
        for (number, place) in places.enumerated() where place.isEmpty {
            throw CommandFailure(
                message: "Could not find a coordinate for node \"\(nodes[number])\"",
                hint: "Nodes have coordinates once they measured round trips to others."
            )
        }
        // Only coordinates of one segment, or area, can be compared.
        let common = places[0].keys.sorted().first { places[1][$0] != nil }
        guard let common, let one = places[0][common], let other = places[1][common] else {
            throw CommandFailure(
                message: "Could not find a coordinate for node \"\(nodes[1])\"",
                hint: "The nodes have no network segment in common."
            )
        }
        let milliseconds = Self.fixed(one.distance(to: other) * 1000)
        context.console.write(
            "Estimated \(nodes[0]) <-> \(nodes[1]) rtt: \(milliseconds) ms "
                + "(using \(wan ? "WAN" : "LAN") coordinates)"
        )
        return 0
    }

    /// The coordinates of a node by segment, or by area.
    private typealias Places = [String: NetworkCoordinate]

    private func ownName(_ agent: AgentClient) async throws(CommandFailure) -> String {
        let own: Own
        do throws(CommandFailure) { own = try await agent.get("/v1/agent/self") } catch {
            throw error.prefixed("Unable to look up agent info")
        }
        return wan ? "\(own.config.node).\(own.config.datacenter)" : own.config.node
    }

    /// Whether a node is in the catalog.
    private func isNode(_ node: String, _ agent: AgentClient) async throws(CommandFailure) -> Bool {
        let parts = node.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let (name, query) = wan ? (parts[0], [("dc", parts[1])]) : (node, [])
        let encoded = PercentEncoding.encode(name, alsoSlashes: true)
        let found: Known?
        do throws(CommandFailure) {
            found = try await agent.get("/v1/catalog/node-services/\(encoded)", query)
        } catch { throw error.prefixed("Error getting coordinates") }
        return found?.node != nil
    }

    private func segments(
        _ nodes: [String],
        _ agent: AgentClient
    ) async throws(CommandFailure) -> [Places] {
        let rows: [Row]
        do throws(CommandFailure) { rows = try await agent.get("/v1/coordinate/nodes") } catch {
            throw error.prefixed("Error getting coordinates")
        }
        return nodes.map { node in
            var places: Places = [:]
            for row in rows where row.node.lowercased() == node.lowercased() {
                places[row.segment ?? ""] = row.coordinate.value
            }
            return places
        }
    }

    private func areas(
        _ nodes: [String],
        _ agent: AgentClient
    ) async throws(CommandFailure) -> [Places] {
        var names: [(node: String, datacenter: String)] = []
        for node in nodes {
            let parts = node.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw CommandFailure(
                    message: "Node names must be specified as <node name>.<datacenter> with -wan"
                )
            }
            names.append((String(parts[0]).lowercased(), String(parts[1])))
        }
        let all: [Area]
        do throws(CommandFailure) { all = try await agent.get("/v1/coordinate/datacenters") } catch
        {
            throw error.prefixed("Error getting coordinates")
        }
        return names.map { name in
            var places: Places = [:]
            for area in all where area.datacenter == name.datacenter {
                for row in area.coordinates ?? [] where row.node.lowercased() == name.node {
                    places[area.id] = row.coordinate.value
                }
            }
            return places
        }
    }

    /// Three digits behind the point.
    static func fixed(_ number: Double) -> String {
        let thousandths = Int((number * 1000).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private struct Own: Decodable {
        struct Configuration: Decodable {
            var node: String
            var datacenter: String

            enum CodingKeys: String, CodingKey {
                case node = "NodeName"
                case datacenter = "Datacenter"
            }
        }

        var config: Configuration

        enum CodingKeys: String, CodingKey { case config = "Config" }
    }

    private struct Known: Decodable {
        struct Node: Decodable {}

        var node: Node?

        enum CodingKeys: String, CodingKey { case node = "Node" }
    }

    private struct Area: Decodable {
        var datacenter: String
        var id: String
        var coordinates: [Row]?

        enum CodingKeys: String, CodingKey {
            case datacenter = "Datacenter"
            case id = "AreaID"
            case coordinates = "Coordinates"
        }
    }

    private struct Row: Decodable {
        struct Coordinate: Decodable {
            var vector: [Double]
            var error: Double
            var adjustment: Double
            var height: Double

            enum CodingKeys: String, CodingKey {
                case vector = "Vec"
                case error = "Error"
                case adjustment = "Adjustment"
                case height = "Height"
            }

            var value: NetworkCoordinate {
                NetworkCoordinate(
                    vector: vector,
                    error: error,
                    adjustment: adjustment,
                    height: height
                )
            }
        }

        var node: String
        var segment: String?
        var coordinate: Coordinate

        enum CodingKeys: String, CodingKey {
            case node = "Node"
            case segment = "Segment"
            case coordinate = "Coord"
        }
    }
}
