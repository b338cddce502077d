// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DNSWire

/// `dns query`: asks the agent's DNS and writes the answer as `dig +short` does.
struct DNSQueryCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Asks the agent's DNS for a name",
        discussion: """
            Writes one line per record. Exit codes: 0 records were found, 1 there are none
            (the name or the type does not exist), 2 no usable answer came.

            Example: dns query web.service.consul SRV
            """
    )
    static let words = ["dns", "query"]
    static let operandCount = 1...2
    static let operandNames = "NAME [TYPE]"

    @Option(
        name: .customLong("dns-addr", withSingleDash: true),
        help: ArgumentHelp("The agent's DNS address.", valueName: "address")
    )
    var dnsAddress = "127.0.0.1:8600"

    @Flag(name: .customLong("tcp", withSingleDash: true), help: "Ask over TCP.")
    var tcp = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let question = try Self.question(operands)
        let client = DNSClient(address: dnsAddress)
        let reply: Message
        do { reply = try client.ask(question, overTCP: tcp) } catch {
            throw CommandFailure(
                message: "Error asking \(dnsAddress): \(error.reason)",
                hint:
                    "No DNS server answers there: start one with `\(context.program) agent -dev`, "
                    + "or name its address with -dns-addr.",
                code: 2
            )
        }
        let outcome = Self.outcome(of: reply, question)
        for line in outcome.lines { context.console.write(line) }
        if !outcome.remark.isEmpty { context.console.writeError(outcome.remark) }
        return outcome.code
    }

    static func question(_ operands: [String]) throws(CommandFailure) -> Question {
        let name: DomainName
        do { name = try DomainName(text: operands[0]) } catch {
            throw CommandFailure(
                message: "\"\(operands[0])\" is no domain name: \(error)",
                showsUsage: true
            )
        }
        let text = operands.count > 1 ? operands[1].uppercased() : "A"
        guard let type = RecordType(text: text) else {
            throw CommandFailure(
                message: "\"\(operands[1])\" is no record type",
                hint: "Write A, AAAA, SRV, TXT, PTR, … or TYPEnnn.",
                showsUsage: true
            )
        }
        return Question(name: name, type: type)
    }

    /// What is written for a reply, and the exit code.
    static func outcome(
        of reply: Message,
        _ question: Question
    ) -> (lines: [String], remark: String, code: Int32) {
        let asked = "\(question.name) \(question.type)"
        switch reply.responseCode {
        case .noError where !reply.answers.isEmpty:
            return (reply.answers.map(\.data.shortText), "", 0)
        case .noError: return ([], "\(asked): no records of this type", 1)
        case .nameError: return ([], "\(asked): no such name", 1)
        case let code: return ([], "\(asked): the server answers \(code)", 2)
        }
    }
}
