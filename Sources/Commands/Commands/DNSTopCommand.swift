// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `dns top`: who asks the agent's DNS what.
struct DNSTopCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Shows who asks the agent's DNS what",
        discussion: """
            The names and clients with the most queries, the names that fail, and the queries by type,
            code and source. Counts are drawn from samples when there are many queries.

            Example: dns top -window=5m -limit=20
            """
    )
    static let words = ["dns", "top"]

    @OptionGroup var client: ClientOptions

    @Option(
        name: .customLong("limit", withSingleDash: true),
        help: ArgumentHelp("Lines of each list, 1 to 100.", valueName: "number")
    )
    var limit = 10

    @Option(
        name: .customLong("window", withSingleDash: true),
        help: ArgumentHelp(
            "The last 1m to 10m; all that was counted by default.",
            valueName: "time"
        )
    )
    var window = ""

    @Flag(
        name: .customLong("reset", withSingleDash: true),
        help: "Forget what was counted, and show nothing."
    )
    var resets = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        do throws(CommandFailure) {
            let agent = try client.client(in: context)
            if resets {
                _ = try await agent.request("DELETE", "/v1/dns/top")
                context.console.write("Success! What was counted is forgotten")
                return 0
            }
            var query = [("limit", String(limit))]
            if !window.isEmpty { query.append(("window", window)) }
            let report: TopQueriesReply = try await agent.get("/v1/dns/top", query)
            for line in report.lines { context.console.write(line) }
            return 0
        } catch { throw error.prefixed("Error reading what is asked most") }
    }
}

/// The reply of `/v1/dns/top`.
struct TopQueriesReply: Decodable {
    /// A line of one of its lists.
    struct Line: Decodable {
        var key: String
        var count: UInt64

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case address = "Address"
            case type = "Type"
            case code = "Code"
            case source = "Source"
            case count = "Count"
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            count = try values.decode(UInt64.self, forKey: .count)
            key = ""
            for field in [CodingKeys.name, .address, .type, .code, .source] {
                if let text = try values.decodeIfPresent(String.self, forKey: field) { key = text }
            }
        }
    }

    var queries: UInt64
    var names: [Line]
    var failingNames: [Line]
    var clients: [Line]
    var types: [Line]
    var codes: [Line]
    var sources: [Line]

    enum CodingKeys: String, CodingKey {
        case queries = "Queries"
        case names = "Names"
        case failingNames = "FailingNames"
        case clients = "Clients"
        case types = "Types"
        case codes = "Codes"
        case sources = "Sources"
    }

    /// A table for each list that is not empty.
    var lines: [String] {
        var lines = ["Queries: \(queries)"]
        for (title, list) in [
            ("Name", names), ("Failing name", failingNames), ("Client", clients), ("Type", types),
            ("Code", codes), ("Source", sources),
        ] where !list.isEmpty {
            let rows = [[title, "Queries", "Share"]]
            let values = list.map { line in
                let share = queries == 0 ? 0 : Double(line.count) * 1000 / Double(queries)
                let tenths = Int(share.rounded())
                return [line.key, String(line.count), "\(tenths / 10).\(tenths % 10) %"]
            }
            lines += ["", ColumnTable(rows: rows + values).text]
        }
        return lines
    }
}
