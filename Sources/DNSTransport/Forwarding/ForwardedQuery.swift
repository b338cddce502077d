// SPDX-License-Identifier: Apache-2.0

/// A client's query on its way through the forwarder: what is sent upstream for it, which reply
/// belongs to it, and what the client gets.
///
/// Pure: no socket, no clock, no randomness.
///
/// Consul: the message is re-encoded and the reply relayed as received (spec/dns.md 4). Ours
/// differs where that is unsafe or loses replies: an ID of its own, EDNS with a safe size, the
/// question verified, and a reply that the client can receive.
public struct ForwardedQuery: Sendable {
    /// What the client sent.
    public let octets: [UInt8]
    /// The largest reply that the client takes over its transport.
    public let limit: Int
    /// The question with its missing fields read as 0 (spec/dns.md 1.1).
    let question: [UInt8]
    let questionNameLength: Int
    /// The place of the client's OPT record.
    let opt: MessageLayout.Record?

    /// The payload size offered upstream: no fragments on any common path (RFC 9715 §3.2).
    public static let upstreamPayloadSize: UInt16 = 1232

    /// Nil when the octets are not a query with one question.
    public init?(_ octets: [UInt8], overTCP: Bool, maximumUDPSize: Int = 65467) {
        guard let layout = MessageLayout(octets, tolerant: true) else { return nil }
        self.octets = octets
        opt = layout.opt
        var question = Array(octets[layout.questionName])
        questionNameLength = question.count
        question += octets[layout.questionName.upperBound..<layout.questionEnd]
        while question.count < questionNameLength + 4 { question.append(0) }
        self.question = question
        let offered = layout.opt.map { Int(MessageLayout.word(octets, $0.data - 8)) } ?? 0
        limit = overTCP ? 65535 : min(max(512, offered), maximumUDPSize)
    }

    /// The query for a recursor: the client's flags and question, its options under our size.
    ///
    /// `withEDNS` false is for servers that do not know EDNS (RFC 6891 §6.2.2).
    public func upstream(id: UInt16, withEDNS: Bool = true) -> [UInt8] {
        var message = Self.header(id: id, flags: (octets[2] & 0x79, octets[3] & 0x30))
        message += question
        guard withEDNS else { return message }
        message[11] = 1
        let flags = opt.map { (octets[$0.data - 4], octets[$0.data - 3]) } ?? (0, 0)
        let options = opt.map { Self.relayedOptions(octets[$0.data..<$0.octets.upperBound]) } ?? []
        message += Self.opt(
            size: Self.upstreamPayloadSize,
            doFlag: flags.0 & 0x80,
            options: options
        )
        return message
    }

    /// How a reply stands to this query.
    public enum Verdict: Hashable, Sendable {
        /// Not the reply to what was asked: another ID, question, or not a reply at all.
        case mismatch
        /// NOERROR or NXDOMAIN, whole: ends the search (spec/dns.md 4).
        case final
        /// As `final`, but truncated: ask again over TCP.
        case truncated
        /// The server seems not to know EDNS.
        case refusesEDNS
        /// Any other RCODE, or undecodable records: ask the next recursor.
        case failed
    }

    /// Judges what a recursor sent.
    ///
    /// `id` is the ID of our query to it.
    public func verdict(on reply: [UInt8], id: UInt16) -> Verdict {
        guard let layout = MessageLayout(reply), reply[2] & 0x80 != 0,
            MessageLayout.word(reply, 0) == id, reply[2] & 0x78 == octets[2] & 0x78,
            layout.questionEnd - 12 == question.count, matchesQuestion(reply)
        else { return .mismatch }
        let code = reply[3] & 0x0f
        let extended = layout.opt.map { reply[$0.data - 6] } ?? 0
        if layout.opt == nil, code == 1 || code == 4 { return .refusesEDNS }
        guard extended == 0, code == 0 || code == 3 else { return .failed }
        if reply[2] & 0x02 != 0 { return .truncated }
        return layout.isComplete ? .final : .failed
    }

    /// RFC 1035 §2.3.3, RFC 4343: names are equal whatever the case of their letters.
    private func matchesQuestion(_ reply: [UInt8]) -> Bool {
        for (index, octet) in question.enumerated() {
            let other = reply[12 + index]
            if octet == other { continue }
            guard index < questionNameLength, Self.folded(octet) == Self.folded(other) else {
                return false
            }
        }
        return true
    }

    /// The client's reply, made from a recursor's that was judged final or truncated.
    public func reply(from upstream: [UInt8]) -> [UInt8] {
        var reply = upstream
        reply[0] = octets[0]
        reply[1] = octets[1]
        // The client's own spelling: later names point at it.
        reply.replaceSubrange(12..<12 + question.count, with: question)
        guard let layout = MessageLayout(reply) else { return failure() }
        if reply.count <= limit, opt != nil || layout.opt == nil { return reply }
        return cut(reply, layout)
    }

    /// The longest prefix of whole records that fits, with OPT behind it if the client sent one.
    private func cut(_ reply: [UInt8], _ layout: MessageLayout) -> [UInt8] {
        var trailer: [UInt8] = []
        if opt != nil, let theirs = layout.opt {
            trailer = Array(reply[theirs.octets])
            if layout.questionEnd + trailer.count > limit {
                trailer = Array(reply[theirs.octets.lowerBound..<theirs.data])
                trailer[trailer.count - 2] = 0
                trailer[trailer.count - 1] = 0
            }
        }
        var counts = [0, 0, 0]
        var end = layout.questionEnd
        var isTruncated = reply[2] & 0x02 != 0
        for record in layout.records {
            // What stands behind OPT is TSIG or SIG(0), which end at us, or glue.
            if record.type == MessageLayout.opt, record.section == .additional { break }
            guard record.octets.upperBound + trailer.count <= limit else {
                // RFC 2181 §9: TC only if something needed is missing; glue is not.
                if record.section != .additional { isTruncated = true }
                break
            }
            counts[record.section.rawValue] += 1
            end = record.octets.upperBound
        }
        var message = Array(reply[..<end])
        if !trailer.isEmpty {
            message += trailer
            counts[2] += 1
        }
        for (index, count) in counts.enumerated() {
            message[6 + 2 * index] = UInt8(truncatingIfNeeded: count >> 8)
            message[7 + 2 * index] = UInt8(truncatingIfNeeded: count)
        }
        if isTruncated { message[2] |= 0x02 }
        return message
    }

    /// SERVFAIL with RA and without AA, for when no recursor answered; OPT with the client's size
    /// and its ECS under scope 0 if it sent one (DNS-292).
    public func failure() -> [UInt8] {
        var message = Self.failureHeader(octets)
        message += question
        message[5] = 1
        guard let opt else { return message }
        message[11] = 1
        var subnet: [UInt8] = []
        let data = octets[opt.data..<opt.octets.upperBound]
        Self.eachOption(data) { code, option in
            guard code == 8, option.count >= 8 else { return }
            subnet = Array(option)
            subnet[7] = 0
        }
        message += Self.opt(
            size: MessageLayout.word(octets, opt.data - 8),
            doFlag: 0,
            options: subnet
        )
        return message
    }

    /// SERVFAIL without a question, for a query that cannot be read as one; nil for octets that
    /// get no reply at all.
    public static func bareFailure(_ octets: [UInt8]) -> [UInt8]? {
        guard octets.count >= 12, octets[2] & 0x80 == 0 else { return nil }
        return failureHeader(octets)
    }

    private static func failureHeader(_ octets: [UInt8]) -> [UInt8] {
        let opcode = octets[2] & 0x78
        // Consul: RD and CD come back for QUERY only (spec/dns.md 1.1, NOTIFY).
        let desired = opcode == 0 ? octets[2] & 0x01 : 0
        let checking = opcode == 0 ? octets[3] & 0x10 : 0
        var message: [UInt8] = [octets[0], octets[1], 0x80 | opcode | desired, 0x80 | checking | 2]
        message += [0, 0, 0, 0, 0, 0, 0, 0]
        return message
    }

    private static func header(id: UInt16, flags: (UInt8, UInt8)) -> [UInt8] {
        [UInt8(id >> 8), UInt8(id & 0xff), flags.0, flags.1, 0, 1, 0, 0, 0, 0, 0, 0]
    }

    private static func opt(size: UInt16, doFlag: UInt8, options: [UInt8]) -> [UInt8] {
        [0, 0, 41, UInt8(size >> 8), UInt8(size & 0xff), 0, 0, doFlag, 0]
            + [UInt8(truncatingIfNeeded: options.count >> 8), UInt8(options.count & 0xff)] + options
    }

    /// Cookies (RFC 7873 §5) and TCP keepalive (RFC 7828 §3) speak about one hop and stay here.
    private static func relayedOptions(_ data: ArraySlice<UInt8>) -> [UInt8] {
        var kept: [UInt8] = []
        eachOption(data) { code, option in
            if code != 10, code != 11 { kept += option }
        }
        return kept
    }

    /// Visits each whole option: its code and its octets, code and length included.
    private static func eachOption(
        _ data: ArraySlice<UInt8>,
        _ visit: (UInt16, ArraySlice<UInt8>) -> Void
    ) {
        var at = data.startIndex
        while at + 4 <= data.endIndex {
            let end = at + 4 + (Int(data[at + 2]) << 8 | Int(data[at + 3]))
            guard end <= data.endIndex else { return }
            visit(UInt16(data[at]) << 8 | UInt16(data[at + 1]), data[at..<end])
            at = end
        }
    }

    private static func folded(_ octet: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet) ? octet | 0x20 : octet
    }
}
