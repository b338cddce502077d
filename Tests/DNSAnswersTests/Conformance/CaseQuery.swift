// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Testing

/// The query of a case: octets, transport, and what its options say.
struct CaseQuery {
    /// The ID of all queries.
    static let id: UInt16 = 0x2b2a

    /// The octets to send.
    var octets: [UInt8]
    /// How to send them.
    var transport = ClientContext.Transport.udp
    /// The question as the reply must carry it.
    var question: Question
    /// The opcode.
    var opcode = Opcode.query
    /// The name asked for, as text with a final dot, its case kept.
    var asked: String
    /// How the test recursors behave: `R1 SERVFAIL`.
    var recursors: [String] = []

    /// Reads `web.service.consul A (TCP)`; without a name it is `api.service.consul A`.
    init(_ text: String) throws {
        var words = text[...]
        var options: [String] = []
        if let open = text.firstIndex(of: "(") {
            options = text[text.index(after: open)...].dropLast().split(separator: ", ")
                .map(String.init)
            words = text[..<open]
        }
        let fields = words.split(separator: " ").map(String.init)
        let name = try DomainName(text: fields.first ?? "api.service.consul")
        let type = try #require(RecordType(text: fields.count > 1 ? fields[1] : "A"))
        octets = []
        question = Question(name: name, type: type)
        asked = name.description
        var message = Message(
            header: Header(id: Self.id, recursionDesired: true),
            questions: [question]
        )
        var length: Int?
        for option in options { try apply(option, to: &message, &length) }
        question = message.questions.first ?? question
        opcode = message.header.opcode
        octets = try message.encoded()
        if options.contains("QDCOUNT=2") { octets[5] = 2 }
        if options.contains("QDCOUNT=0") { octets[5] = 0 }
        if let length { octets = Array(octets.prefix(length)) }
    }

    private mutating func apply(
        _ option: String,
        to message: inout Message,
        _ length: inout Int?
    ) throws {
        let words = option.split(separator: " ").map(String.init)
        switch option {
        case "TCP": transport = .tcp
        case "RD=0": message.header.recursionDesired = false
        case "CD=1": message.header.checkingDisabled = true
        case "AD=1": message.header.authenticatedData = true
        case "QR=1": message.header.isResponse = true
        case "DO": message.edns?.dnssecOK = true
        case "class CH": message.questions[0].class = .ch
        case "QDCOUNT=2", "QDCOUNT=0": break
        case "EDNS version 1": message.edns?.version = 1
        case "11 bytes": length = 11
        default:
            switch words[0] {
            case "EDNS": message.edns = EDNS(udpPayloadSize: try #require(UInt16(words[1])))
            case "ECS": message.edns?.options.append(try Self.subnet(words[1]))
            case "opcode":
                message.header.opcode = Opcode(rawValue: try #require(UInt8(words[1])))
            case "R1", "R2": recursors.append(option)
            default: Issue.record("no such option: \(option)")
            }
        }
    }

    private static func subnet(_ text: String) throws -> EDNSOption {
        let parts = text.split(separator: "/")
        let address = try #require(IPv4Address(text: parts[0]))
        let length = try #require(UInt8(parts[1]))
        let octets = Array(address.octets.prefix((Int(length) + 7) / 8))
        return ClientSubnet(family: 1, sourceLength: length, scopeLength: 0, address: octets).option
    }
}
