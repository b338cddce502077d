// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DNSWire
internal import FoundationEssentials

/// `dns explain`: what the agent's DNS would answer, and why.
struct DNSExplainCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says what the agent's DNS would answer, and why",
        discussion: """
            Who answers, which instances match and why others do not, where the TTL is from. Where a
            reply does not carry all, how many it carries and what the limit is; instances that are
            in some replies only are "at times" answered.
            Exit codes: 0 there are records, or recursors are asked; 1 there are none.

            Example: dns explain web.service.consul SRV
            """
    )
    static let words = ["dns", "explain"]
    static let operandCount = 1...2
    static let operandNames = "NAME [TYPE]"

    @OptionGroup var client: ClientOptions

    @Option(
        name: .customLong("format", withSingleDash: true),
        help: ArgumentHelp("How it is written: pretty or json.", valueName: "format")
    )
    var format = "pretty"

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard ["pretty", "json"].contains(format) else {
            throw CommandFailure(
                message: "\"\(format)\" is no format",
                hint: "Write -format=pretty or -format=json.",
                showsUsage: true
            )
        }
        let question = try DNSQueryCommand.question(operands)
        let explanation: ExplainedAnswer
        do {
            explanation = try await client.client(in: context).get(
                "/v1/agent/dns/explain",
                [("name", question.name.description), ("type", question.type.description)]
            )
        } catch { throw error.prefixed("Error explaining \(question.name)") }
        if format == "json" {
            context.console.write(try explanation.json())
        } else {
            for line in explanation.lines { context.console.write(line) }
        }
        return explanation.answers.isEmpty && !explanation.isForwarded ? 1 : 0
    }
}

/// The reply of `/v1/agent/dns/explain`.
struct ExplainedAnswer: Codable {
    struct Instance: Codable {
        var node: String
        var id: String
        var address: String
        var port: Int
        var isAnswered: Bool
        var reason: String

        enum CodingKeys: String, CodingKey {
            case node = "Node"
            case id = "ServiceID"
            case address = "Address"
            case port = "Port"
            case isAnswered = "Answered"
            case reason = "Reason"
        }
    }

    struct Reply: Codable {
        var transport: String
        var offeredSize: Int
        var fewest: Int
        var most: Int
        var isTruncated: Bool
        var limit: String

        enum CodingKeys: String, CodingKey {
            case transport = "Transport"
            case offeredSize = "EDNS"
            case fewest = "Fewest"
            case most = "Most"
            case isTruncated = "Truncated"
            case limit = "Limit"
        }

        /// Whether some of so many records are not in every reply.
        func isCut(of candidates: Int) -> Bool { fewest < candidates || isTruncated }

        /// The transport, and how much of the answer it carries.
        func row(of candidates: Int) -> [String] {
            let size = offeredSize == 0 ? "" : ", EDNS \(offeredSize)"
            var text = fewest == most ? "\(most)" : "\(fewest) to \(most)"
            text += " of \(candidates) records a reply"
            if !limit.isEmpty { text += ": \(limit)" }
            if isTruncated { text += "; TC is set" }
            return [transport.uppercased() + size, text]
        }
    }

    var name: String
    var type: String
    var route: String
    var code: String
    var answers: [String]
    var candidates: Int
    var replies: [Reply]
    var instances: [Instance]
    var ttl: String
    var zone: String
    var isForwarded: Bool
    var notes: [String]

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case type = "Type"
        case route = "Route"
        case code = "Code"
        case answers = "Answers"
        case candidates = "Candidates"
        case replies = "Replies"
        case instances = "Instances"
        case ttl = "TTL"
        case zone = "Zone"
        case isForwarded = "Forwarded"
        case notes = "Notes"
    }

    func json() throws(CommandFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(self), as: UTF8.self) } catch {
            throw CommandFailure(message: "the explanation cannot be written: \(error)")
        }
    }

    /// One fact a line; the instances as a table.
    var lines: [String] {
        var rows = [["Question", "\(name) \(type)"], ["Answered by", route]]
        if !zone.isEmpty { rows.append(["Zone", zone]) }
        if !code.isEmpty { rows.append(["Code", code]) }
        if isForwarded { rows.append(["Forwarded", "yes"]) }
        if !ttl.isEmpty { rows.append(["TTL", ttl]) }
        let isCut = replies.contains { $0.isCut(of: candidates) }
        if isCut { rows += replies.map { $0.row(of: candidates) } }
        for answer in answers { rows.append(["Answer", answer]) }
        for note in notes { rows.append(["Note", note]) }
        var lines = [ColumnTable(rows: rows).text]
        if !instances.isEmpty {
            let header = ["Node", "Service ID", "Address", "Port", "Answered", "Reason"]
            let table = instances.map { instance in
                [
                    instance.node, instance.id, instance.address, String(instance.port),
                    instance.isAnswered ? (isCut ? "at times" : "yes") : "no", instance.reason,
                ]
            }
            lines += ["", ColumnTable(rows: [header] + table).text]
        }
        return lines
    }
}
