// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Compares a reply with what a case expects.
struct ReplyComparison {
    /// The time at which the reply was made: the serial of its SOA.
    static let now: UInt32 = 1_790_000_000

    /// The name asked for, which `@` stands for.
    let asked: String
    /// The question that the reply must carry.
    let question: Question
    /// The opcode of the query.
    let opcode: Opcode

    /// Compares replies to a query.
    init(to query: CaseQuery) {
        asked = query.asked
        question = query.question
        opcode = query.opcode
    }

    /// What is wrong with a reply, one line for each fault; empty when it is right.
    func faults(of octets: [UInt8], expecting expected: ExpectedReply) -> [String] {
        let message: Message
        do throws(MessageDecodingError) {
            message = try Message(decoding: octets)
        } catch {
            return ["undecodable: \(error)"]
        }
        var faults: [String] = []
        func check<Value: Equatable>(_ what: String, _ got: Value, _ wanted: Value) {
            if got != wanted { faults.append("\(what): \(got), expected \(wanted)") }
        }
        check("ID", message.header.id, CaseQuery.id)
        // A format error has opcode 0, whatever was asked.
        check("opcode", message.header.opcode, expected.code == "FORMERR" ? .query : opcode)
        check("code", message.responseCode.description, expected.code)
        check("QR", message.header.isResponse, true)
        check("flags", Self.flags(of: message.header), expected.flags)
        check("Z", message.header.reservedZ, false)
        if let length = expected.length { check("octets", octets.count, length) }
        // Only a header comes without its question.
        check("question", message.questions, octets.count == Header.length ? [] : [question])
        let sections = [
            ("an", message.answers), ("ns", message.authorities), ("ad", message.additionals),
        ]
        for (section, records) in sections {
            var texts = records.map { RecordText.text(of: $0) }
            if section == "ad", let edns = message.edns { texts.append(RecordText.text(of: edns)) }
            faults += Self.faults(of: texts, records, expecting: expand(expected.sections[section]))
                .map { "\(section): \($0)" }
        }
        return faults
    }

    private static func flags(of header: Header) -> [String] {
        [
            header.isAuthoritative ? "AA" : nil, header.isTruncated ? "TC" : nil,
            header.recursionDesired ? "RD" : nil, header.recursionAvailable ? "RA" : nil,
            header.authenticatedData ? "AD" : nil, header.checkingDisabled ? "CD" : nil,
        ].compactMap { $0 }
    }

    private static func faults(
        of texts: [String],
        _ records: [ResourceRecord],
        expecting content: ExpectedReply.Content
    ) -> [String] {
        let isRight: Bool
        switch content {
        case .records(let wanted):
            isRight = texts.sorted() == wanted.sorted()
        case .ordered(let wanted):
            isRight = texts == wanted
        case .any(let count, let wanted):
            let chosen = Set(texts)
            isRight = texts.count == count && chosen.count == count && chosen.isSubset(of: wanted)
        case .either(let alternatives):
            isRight = alternatives.contains { texts.sorted() == $0.sorted() }
        case .count(let count):
            isRight = texts.count == count && Set(texts).count == count
        case .ttl(let ttl):
            isRight = !records.isEmpty && records.allSatisfy { $0.ttl == ttl }
        }
        return isRight ? [] : ["\(texts), expected \(content)"]
    }

    private func expand(_ content: ExpectedReply.Content?) -> ExpectedReply.Content {
        switch content {
        case nil: .records([])
        case .records(let wanted): .records(wanted.map(expand))
        case .ordered(let wanted): .ordered(wanted.map(expand))
        case .any(let count, let wanted): .any(count, of: wanted.map(expand))
        case .either(let alternatives): .either(alternatives.map { $0.map(expand) })
        case .count, .ttl: content ?? .records([])
        }
    }

    /// Puts the name asked for in the place of `@`, and the record in the place of `SOA`.
    private func expand(_ record: String) -> String {
        if record.hasPrefix("@ ") { return asked + record.dropFirst(1) }
        let now = Self.now
        switch record {
        case "SOA": return "consul. 0 SOA ns.consul. hostmaster.consul. \(now) 3600 600 86400 0"
        case "SOA[alt.zone.]", "SOA[ALT.zone.]":
            let zone = record.dropFirst(4).dropLast()
            return "\(zone) 0 SOA ns.\(zone) hostmaster.\(zone) \(now) 3600 600 86400 0"
        case "SOA[min_ttl 60, refresh 1, retry 2, expire 3]":
            return "consul. 60 SOA ns.consul. hostmaster.consul. \(now) 1 2 3 60"
        default: return record
        }
    }
}

/// Records as the cases write them.
enum RecordText {
    static func text(of record: ResourceRecord) -> String {
        let head = "\(record.name) \(record.ttl) "
        let type = "\(record.class == .in ? "" : "\(record.class) ")\(record.type) "
        return head + type + text(of: record.data)
    }

    static func text(of edns: EDNS) -> String {
        var parts = ["\(edns.udpPayloadSize)"]
        if edns.version > 0 { parts.append("version \(edns.version)") }
        if edns.dnssecOK { parts.append("DO") }
        if edns.reservedFlags > 0 { parts.append("flags \(edns.reservedFlags)") }
        for option in edns.options {
            guard let subnet = ClientSubnet(option) else {
                parts.append("option \(option.code)")
                continue
            }
            let address = IPAddress(octets: subnet.fullAddress).map(\.description) ?? "?"
            parts.append("ECS \(address)/\(subnet.sourceLength) scope \(subnet.scopeLength)")
        }
        return "OPT(\(parts.joined(separator: ", ")))"
    }

    private static func text(of data: RecordData) -> String {
        switch data {
        case .a(let address): address.description
        case .aaaa(let address): address.description
        case .ns(let name), .cname(let name), .ptr(let name): name.description
        case .soa(let soa):
            "\(soa.primary) \(soa.mailbox) \(soa.serial) \(soa.refresh) \(soa.retry) "
                + "\(soa.expire) \(soa.minimum)"
        case .mx(let preference, let exchange): "\(preference) \(exchange)"
        case .txt(let strings):
            strings.map { "\"\(String(decoding: $0, as: UTF8.self))\"" }.joined(separator: " ")
        case .srv(let location):
            "\(location.priority) \(location.weight) \(location.port) \(location.target)"
        case .opt: "OPT"
        case .unknown(_, let octets): "\(octets)"
        }
    }
}
