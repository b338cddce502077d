// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// A client's query on its way through the forwarder: what is sent upstream for it, which reply
/// belongs to it, and what the client gets.
///
/// Consul: the message is re-encoded and the reply relayed as received (spec/dns.md 4). Ours
/// differs where that is unsafe or loses replies: an ID of its own, EDNS with a safe size, the
/// question verified, and a reply that the client can receive.
public struct ForwardedQuery: Sendable {
    /// What the client sent.
    public let octets: [UInt8]
    /// The largest reply that the client takes over its transport.
    public let limit: Int
    /// The name asked for, in the client's spelling.
    public let name: DomainName
    /// Whether the reply may be shared: kept for later clients and given to those who ask the same.
    ///
    /// Not so for other opcodes and classes, RD=0, meta types, and options that go upstream.
    public let isPlain: Bool
    /// The question with its missing fields read as 0 (spec/dns.md 1.1).
    let question: [UInt8]
    /// The place of the client's OPT record.
    let opt: MessageLayout.Record?
    /// The options that go upstream, as octets.
    private let relayedOptions: [UInt8]

    /// The payload size offered upstream: no fragments on any common path (RFC 9715 §3.2).
    public static let upstreamPayloadSize: UInt16 = 1232
    /// With more options, or more octets of them, none goes upstream.
    static let optionLimits = (count: 16, octets: 512)

    /// Nil when the octets are not a query with one question.
    ///
    /// `relaysClientSubnet`: whether upstreams learn the client's network (RFC 7871 §12.1).
    public init?(
        _ octets: [UInt8],
        overTCP: Bool,
        maximumUDPSize: Int = 65467,
        relaysClientSubnet: Bool = false
    ) {
        guard let layout = MessageLayout(octets, tolerant: true),
            // A name of over 255 octets is none.
            let name = try? DomainName(wire: octets[layout.questionName])
        else { return nil }
        self.octets = octets
        self.name = name
        opt = layout.opt
        var question = name.wire
        question += octets[layout.questionName.upperBound..<layout.questionEnd]
        let isWhole = question.count == name.wire.count + 4
        while question.count < name.wire.count + 4 { question.append(0) }
        self.question = question
        let offered = layout.opt.map { Int(MessageLayout.word(octets, $0.data - 8)) } ?? 0
        limit = overTCP ? 65535 : min(max(512, offered), maximumUDPSize)
        relayedOptions =
            layout.opt.map {
                Self.relayedOptions(octets[$0.data..<$0.octets.upperBound], relaysClientSubnet)
            } ?? []
        let version = layout.opt.map { octets[$0.data - 5] } ?? 0
        let type = MessageLayout.word(question, name.wire.count)
        isPlain =
            isWhole && layout.isComplete && octets[2] & 0xf9 == 0x01 && version == 0
            && relayedOptions.isEmpty && MessageLayout.word(question, name.wire.count + 2) == 1
            && layout.records.allSatisfy { $0.type == MessageLayout.opt }
            // RFC 6895 §3.1: 128…254 are not types of data.
            && type != 0 && type != MessageLayout.opt && !(128...254).contains(type)
    }

    /// The type asked for.
    public var type: RecordType {
        RecordType(rawValue: MessageLayout.word(question, name.wire.count))
    }

    /// The question, of class IN.
    var asked: Question { Question(name: name, type: type) }

    /// DO: whether the client wants signatures (RFC 3225).
    public var dnssecOK: Bool { opt.map { octets[$0.data - 4] & 0x80 != 0 } ?? false }

    /// CD: whether the client does its own checking.
    public var checkingDisabled: Bool { octets[3] & 0x10 != 0 }

    /// Whether the client understands AD (RFC 6840 §5.7).
    var asksForAuthenticity: Bool { dnssecOK || octets[3] & 0x20 != 0 }

    /// The query for a recursor: the client's flags and question, its options under our size.
    ///
    /// `withEDNS` false is for servers that do not know EDNS (RFC 6891 §6.2.2). `spelling` is the
    /// name with the case of its letters drawn anew (0x20).
    public func upstream(
        id: UInt16,
        withEDNS: Bool = true,
        spelling: DomainName? = nil,
        cookie: UpstreamCookie? = nil
    ) -> [UInt8] {
        // A shared reply must say whether it is authentic, whoever asked first.
        let authenticity: UInt8 = isPlain ? 0x20 : 0
        var message: [UInt8] = [
            UInt8(id >> 8), UInt8(id & 0xff), octets[2] & 0x79, octets[3] & 0x30 | authenticity,
            0, 1, 0, 0, 0, 0, 0, 0,
        ]
        message += spelling?.wire ?? name.wire
        message += question[name.wire.count...]
        guard withEDNS else { return message }
        message[11] = 1
        message += Self.opt(
            size: Self.upstreamPayloadSize,
            doFlag: dnssecOK ? 0x80 : 0,
            options: relayedOptions + (cookie?.option ?? [])
        )
        return message
    }

    /// The name with the case of each letter from one random bit (draft-vixie-dnsext-dns0x20).
    public func spelling(using generator: inout some RandomNumberGenerator) -> DomainName {
        var bits: UInt64 = 0
        var left = 0
        let wire = name.wire.map { octet -> UInt8 in
            // Length octets are at most 63 and so are never letters.
            guard foldedOctet(octet) &- 0x61 < 26 else { return octet }
            if left == 0 {
                bits = generator.next()
                left = 64
            }
            defer {
                bits >>= 1
                left -= 1
            }
            return bits & 1 == 0 ? octet | 0x20 : octet & 0xdf
        }
        // The same labels in the same places: always a name.
        return (try? DomainName(wire: wire)) ?? name
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
    /// `id` is the ID of our query to it. With a `spelling` the reply must echo it letter by
    /// letter; else case is free (RFC 1035 §2.3.3, RFC 4343).
    public func verdict(
        on reply: [UInt8],
        id: UInt16,
        spelling: DomainName? = nil
    ) -> Verdict {
        // First what costs least: a flood of forgeries fails here.
        guard reply.count >= 12, MessageLayout.word(reply, 0) == id, reply[2] & 0x80 != 0,
            reply[2] & 0x78 == octets[2] & 0x78
        else { return .mismatch }
        if let failure = Self.bareVerdict(reply) { return failure }
        guard let layout = MessageLayout(reply),
            layout.questionEnd - 12 == question.count, matchesQuestion(reply, spelling)
        else { return .mismatch }
        let code = reply[3] & 0x0f
        let extended = layout.opt.map { reply[$0.data - 6] } ?? 0
        if layout.opt == nil, code == 1 || code == 4 { return .refusesEDNS }
        guard extended == 0, code == 0 || code == 3 else { return .failed }
        if reply[2] & 0x02 != 0 { return .truncated }
        // RFC 9267: what decoding refuses (forward pointers, lengths that lie) goes to no client.
        guard layout.isComplete, (try? Message(decoding: reply)) != nil else { return .failed }
        return .final
    }

    /// The verdict on a header alone that says an error; nil for any other reply.
    ///
    /// Servers that cannot read a query, or do not want to, send nothing else, and knew no EDNS
    /// (RFC 6891 §7). It has no question to compare; ID and port are right, and it ends a try but
    /// tells nothing that could be kept for an answer: so NOERROR and NXDOMAIN are not taken.
    private static func bareVerdict(_ reply: [UInt8]) -> Verdict? {
        let code = reply[3] & 0x0f
        guard reply.count == 12, code != 0, code != 3, reply[4...].allSatisfy({ $0 == 0 }) else {
            return nil
        }
        return code == 1 || code == 4 ? .refusesEDNS : .failed
    }

    private func matchesQuestion(_ reply: [UInt8], _ spelling: DomainName?) -> Bool {
        let length = name.wire.count
        for (index, octet) in question.enumerated() {
            let other = reply[12 + index]
            if let spelling, index < length {
                guard spelling.wire[index] == other else { return false }
                continue
            }
            if octet == other { continue }
            guard index < length, foldedOctet(octet) == foldedOctet(other) else { return false }
        }
        return true
    }
}

extension ForwardedQuery {
    /// An OPT record.
    static func opt(size: UInt16, doFlag: UInt8, options: [UInt8]) -> [UInt8] {
        [0, 0, 41, UInt8(size >> 8), UInt8(size & 0xff), 0, 0, doFlag, 0]
            + [UInt8(truncatingIfNeeded: options.count >> 8), UInt8(options.count & 0xff)] + options
    }

    /// Cookies (RFC 7873 §5), TCP keepalive (RFC 7828 §3) and padding (RFC 7830): they speak about
    /// one hop and stay there.
    static let hopOptions: Set<UInt16> = [10, 11, 12]

    /// The options of one hop stay here; so does the client's network, unless told otherwise.
    private static func relayedOptions(_ data: ArraySlice<UInt8>, _ subnet: Bool) -> [UInt8] {
        var kept: [UInt8] = []
        var count = 0
        eachOption(data) { code, option in
            count += 1
            if !hopOptions.contains(code), subnet || code != EDNSOption.clientSubnetCode {
                kept += option
            }
        }
        return count <= optionLimits.count && kept.count <= optionLimits.octets ? kept : []
    }

    /// Visits each whole option: its code and its octets, code and length included.
    static func eachOption(
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
}
