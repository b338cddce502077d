// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Filtering

/// `members`: who belongs to the cluster.
struct MembersCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "members",
        abstract: "Lists the members of the cluster",
        discussion: "Exit code 2 means that no member matched."
    )
    static let words = ["members"]

    @OptionGroup var client: ClientOptions

    @Flag(name: .customLong("detailed", withSingleDash: true), help: "Show all tags.")
    var detailed = false

    @Flag(
        name: .customLong("wan", withSingleDash: true),
        help: "Ask for servers of all datacenters."
    )
    var wan = false

    @Option(
        name: .customLong("status", withSingleDash: true),
        help: ArgumentHelp(
            "Only members in whose status this is found: alive, leaving, left, failed.",
            valueName: "regexp"
        )
    )
    var status = ".*"

    @Option(
        name: .customLong("segment", withSingleDash: true),
        help: ArgumentHelp("Enterprise.", visibility: .hidden)
    )
    var segment: String?

    @Option(
        name: .customLong("partition", withSingleDash: true),
        help: ArgumentHelp("Enterprise; refused by the agent.", visibility: .hidden)
    )
    var partition: String?

    @Option(
        name: .customLong("filter", withSingleDash: true),
        help: ArgumentHelp("A filter expression.", valueName: "expression")
    )
    var filter: String?

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let pattern: RegularExpression
        do throws(RegularExpressionError) { pattern = try RegularExpression(status) } catch {
            throw CommandFailure(message: "Failed to compile status regexp: \(error)")
        }
        // Consul: all segments are asked for; a pool of servers has none.
        var query = wan ? [("wan", "1")] : [("segment", segment ?? "_all")]
        let wanted = partition ?? context.environment["CONSUL_PARTITION"] ?? ""
        if !wanted.isEmpty { query.append(("partition", wanted)) }
        if let filter, !filter.isEmpty { query.append(("filter", filter)) }
        let members: [Member]
        do {
            let found: [Member] = try await client.client(in: context)
                .get("/v1/agent/members", query)
            members = found.map { $0.labelled(segment: segment ?? "_all") }
        } catch { throw error.prefixed("Error retrieving members") }
        let matching = Self.sorted(members.filter { pattern.matches($0.statusText) })
        guard !matching.isEmpty else { return 2 }
        context.console.write(detailed ? Self.detailedTable(matching) : Self.table(matching))
        return 0
    }

    /// Servers first, then by segment, then by name.
    static func sorted(_ members: [Member]) -> [Member] {
        members.sorted { left, right in
            if left.isServer != right.isServer { return left.isServer }
            if left.segment != right.segment { return left.segment < right.segment }
            return left.name < right.name
        }
    }

    static func table(_ members: [Member]) -> String {
        let header = [
            "Node", "Address", "Status", "Type", "Build", "Protocol", "DC", "Partition",
            "Segment",
        ]
        let rows = members.map { member in
            [
                member.name, member.place, member.statusText, member.type, member.build,
                member.tags["vsn"] ?? "", member.tags["dc"] ?? "", member.partition, member.segment,
            ]
        }
        return ColumnTable(rows: [header] + rows).text
    }

    static func detailedTable(_ members: [Member]) -> String {
        let rows = members.map { member in
            let tags = member.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return [member.name, member.place, member.statusText, tags.joined(separator: ",")]
        }
        return ColumnTable(rows: [["Node", "Address", "Status", "Tags"]] + rows).text
    }
}

/// A member as `/v1/agent/members` gives it (spec http-api.md 5.9).
struct Member: Decodable {
    var name: String
    var address: String
    var port: Int
    var tags: [String: String]
    var status: Int

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case address = "Addr"
        case port = "Port"
        case tags = "Tags"
        case status = "Status"
    }

    var place: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }

    var statusText: String {
        switch status {
        case 1: "alive"
        case 2: "leaving"
        case 3: "left"
        case 4: "failed"
        default: "none"
        }
    }

    var isServer: Bool { tags["role"] == "consul" }

    var type: String {
        switch tags["role"] {
        case "consul": "server"
        case "node": "client"
        default: "unknown"
        }
    }

    /// The version without what follows the colon.
    var build: String { (tags["build"] ?? "").split(separator: ":").first.map(String.init) ?? "" }

    /// Consul 1.21 shows the column in the open-source edition too.
    var partition: String { tags["ap"] ?? "" }

    var segment: String { tags["segment"] ?? "" }

    /// Spells out partition and segment among the tags, as Consul shows them.
    ///
    /// - Parameter wanted: The segment that was asked for; `_all` for all.
    /// - Returns: The member with these tags.
    func labelled(segment wanted: String) -> Member {
        var copy = self
        if partition.isEmpty { copy.tags["ap"] = "default" }
        if wanted == "_all", isServer {
            copy.tags["segment"] = "<all>"
        } else if segment.isEmpty {
            copy.tags["segment"] = "<default>"
        }
        return copy
    }
}
