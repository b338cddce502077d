// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `operator usage instances`: how many services and instances there are.
struct UsageInstancesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "instances",
        abstract: "Counts services and their instances"
    )
    static let words = ["operator", "usage", "instances"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Flag(
        name: .customLong("billable", withSingleDash: true),
        help: "Only ordinary services; not with -connect."
    )
    var onlyBillable = false

    @Flag(
        name: .customLong("connect", withSingleDash: true),
        help: "Only those of the mesh; not with -billable."
    )
    var onlyConnect = false

    @Flag(
        name: .customLong("all-datacenters", withSingleDash: true),
        help: "Count in all datacenters."
    )
    var everywhere = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard !onlyBillable || !onlyConnect else {
            throw CommandFailure(message: "Cannot specify both -billable and -connect flags")
        }
        let reply: Reply
        do throws(CommandFailure) {
            let query = server.query + (everywhere ? [("global", "")] : [])
            reply = try await client.client(in: context).get("/v1/operator/usage", query)
        } catch { throw error.prefixed("Error fetching usage information") }
        let usage = reply.usage.sorted { $0.key < $1.key }
        if !onlyConnect {
            let total = usage.reduce(0) { $0 + $1.value.billable }
            context.console.write("Billable Service Instances Total: \(total)")
            for (name, usage) in usage {
                context.console.write("\(name) Billable Service Instances: \(usage.billable)")
            }
            context.console.write("\nBillable Services\n" + billable(usage) + "\n")
        }
        if !onlyBillable { context.console.write("Connect Services\n" + connect(usage)) }
        return 0
    }

    private func billable(_ usage: [(key: String, value: Usage)]) -> String {
        var rows = [["Services", "Service instances"]]
        rows += usage.map { ["\($0.value.services)", "\($0.value.billable)"] }
        return table(
            rows,
            of: usage.map(\.key),
            total: [
                "\(usage.reduce(0) { $0 + $1.value.services })",
                "\(usage.reduce(0) { $0 + $1.value.billable })",
            ]
        )
    }

    private func connect(_ usage: [(key: String, value: Usage)]) -> String {
        var rows = [["Type", "Service instances"]]
        var names: [String] = []
        var total = 0
        for (name, usage) in usage {
            for (kind, count) in usage.connect.sorted(by: { $0.key < $1.key }) {
                rows.append([kind, "\(count)"])
                names.append(name)
                total += count
            }
        }
        return table(rows, of: names, total: ["", "\(total)"])
    }

    /// A table, with a column of datacenters and a total when all were asked.
    private func table(_ rows: [[String]], of names: [String], total: [String]) -> String {
        guard everywhere else { return ColumnTable(rows: rows, gap: 6).text }
        var rows = zip(["Datacenter"] + names, rows).map { [$0] + $1 }
        rows.append(["", "", ""])
        rows.append(["Total"] + total)
        return ColumnTable(rows: rows, gap: 6).text
    }

    private struct Reply: Decodable {
        var usage: [String: Usage]

        enum CodingKeys: String, CodingKey { case usage = "Usage" }
    }

    private struct Usage: Decodable {
        var services: Int
        var connect: [String: Int]
        var billable: Int

        enum CodingKeys: String, CodingKey {
            case services = "Services"
            case connect = "ConnectServiceInstances"
            case billable = "BillableServiceInstances"
        }
    }
}
