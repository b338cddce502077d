// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// How a reply from the catalog is made to fit: spec/dns.md 3.6, with what its 8.1 mends.
///
/// A are the answers, X the additional section. OPT is no part of X: it stays, and every size
/// counts it. Whatever is too large loses metadata first, so that X is the glue of A; then answers
/// go as Consul cuts them, each with its glue; what still does not fit loses X, and a single answer
/// that is too large goes too, marked by TC (RFC 2181 §9).
struct CatalogTruncation {
    /// The largest UDP message without EDNS (RFC 1035 §4.2.1).
    static let plainSize = 512
    /// How many answers a UDP reply without EDNS has at most, whatever is configured.
    static let maximumPlainAnswers = 8
    /// Consul takes the eight octets of a UDP header off the budget (since 1.14).
    static let datagramOverhead = 8
    /// Consul's budget over TCP: 65,535 less twelve octets.
    static let streamSize = 65523
    /// How many answers a TCP reply has at most: more do not fit, compressed or not.
    static let maximumStreamAnswers = 4096
    /// The same for SRV.
    static let maximumStreamLocations = 1024
    /// An excess up to this is taken off answer by answer, a larger one by bisection.
    static let smallExcess = 100
    /// The bisection is content with so little room left.
    static let smallSlack = 10

    private var message: Message
    private let glue: GlueIndex
    private let settings: DNSSettings
    private let query: Query
    /// Whether sizes are counted with compression; sending compresses anyway.
    private var countsCompressed: Bool

    /// Makes the reply to a query fit; TC is set as `enable_truncate` says.
    static func fit(_ message: Message, to query: Query, settings: DNSSettings) -> Message {
        var truncation = CatalogTruncation(message, query: query, settings: settings)
        let isCut: Bool
        let size: Int
        switch query.client.transport {
        case .udp:
            size = truncation.datagramSize
            isCut = truncation.fitDatagram()
        case .tcp:
            size = MessageWriter.maximumMessageSize
            isCut = truncation.fitStream()
        }
        truncation.message.header.isTruncated = isCut && settings.setsTruncated
        return truncation.message(notAbove: size)
    }

    private init(_ message: Message, query: Query, settings: DNSSettings) {
        self.message = message
        self.glue = GlueIndex(message.additionals)
        self.settings = settings
        self.query = query
        self.countsCompressed = !settings.disableCompression
    }

    /// spec/dns.md 3.4: 512, or what EDNS offers beyond, up to the cap.
    private var datagramSize: Int {
        let offered = max(Self.plainSize, Int(query.edns?.udpPayloadSize ?? 0))
        return min(offered, max(settings.udpMaximumSize, Self.plainSize))
    }

    /// Returns whether answers were cut.
    private mutating func fitDatagram() -> Bool {
        let count = message.answers.count
        let size = datagramSize
        let limit = settings.plainAnswerLimit
        if size == Self.plainSize, count > limit {
            keep(limit)
            countsCompressed = false
        }
        shrink(above: size - Self.datagramOverhead, to: size)
        return message.answers.count < count
    }

    /// Returns whether answers were cut.
    private mutating func fitStream() -> Bool {
        let count = message.answers.count
        let limit =
            query.question.type == .srv ? Self.maximumStreamLocations : Self.maximumStreamAnswers
        message.answers = Array(message.answers.prefix(limit))
        shrink(above: Self.streamSize, to: Self.streamSize)
        return message.answers.count < count
    }

    /// Drops metadata, then answers while there is more than one, while the message is too large.
    private mutating func shrink(above budget: Int, to size: Int) {
        let limit = message.answers.count > 1 ? budget : size
        if self.size(of: message) > limit { keep(message.answers.count) }
        while message.answers.count > 1, self.size(of: message) > budget {
            message.authorities = []
            if self.size(of: message) - size > Self.smallExcess {
                keep(bisected(size))
            } else {
                keep(message.answers.count - 1)
            }
        }
    }

    /// The message without what still makes it too large to be sent.
    private func message(notAbove size: Int) -> Message {
        var message = message
        func fits() -> Bool {
            let length = try? message.encodedLength(compress: !settings.disableCompression)
            return length.map { $0 <= size } ?? false
        }
        if fits() { return message }
        message.additionals = []
        if fits() { return message }
        message.header.isTruncated = true
        message.answers = []
        if fits() { return message }
        message.authorities = []
        return message
    }

    /// The number of answers that fit, as Consul searches for it; it may be none.
    private func bisected(_ size: Int) -> Int {
        var low = 0
        var high = message.answers.count + 1
        while high - low > 1 {
            let middle = low + (high - low) / 2
            var trial = self
            trial.keep(middle)
            let slack = size - trial.size(of: trial.message)
            if slack < 0 {
                high = middle
            } else if slack < Self.smallSlack {
                return middle
            } else {
                low = middle
            }
        }
        return low
    }

    /// Keeps the first answers, and of the additional section their glue.
    private mutating func keep(_ count: Int) {
        message.answers = Array(message.answers.prefix(count))
        message.additionals = glue.records(for: message.answers)
    }

    private func size(of message: Message) -> Int {
        // What is too large to be measured is too large.
        (try? message.encodedLength(compress: countsCompressed)) ?? .max / 2
    }
}

/// The first address or alias of each owner in an additional section, to find glue by
/// (spec/dns.md 3.6).
///
/// Consul takes the first record of any type, which may be the metadata of the node.
struct GlueIndex {
    private var first: [CanonicalName: ResourceRecord] = [:]

    /// Makes the index of a section.
    init(_ section: [ResourceRecord]) {
        for record in section
        where [.a, .aaaa, .cname].contains(record.type) && first[record.name.folded] == nil {
            first[record.name.folded] = record
        }
    }

    /// For each location in the answers, each target once: its first record; behind an alias the
    /// record of its target too.
    func records(for answers: [ResourceRecord]) -> [ResourceRecord] {
        var found: [ResourceRecord] = []
        var resolved: Set<CanonicalName> = []
        for case .srv(let location) in answers.lazy.map(\.data) {
            var target: CanonicalName? = location.target.folded
            while let name = target, resolved.insert(name).inserted, let record = first[name] {
                found.append(record)
                target = nil
                if case .cname(let next) = record.data { target = next.folded }
            }
        }
        return found
    }
}
