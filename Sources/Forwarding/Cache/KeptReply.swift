// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// A reply as it is kept: its records as octets that fit behind a question of the same name, and
/// where their TTLs stand.
public struct KeptReply: Hashable, Sendable {
    /// What it says.
    public enum Kind: Hashable, Sendable {
        /// Records of the asked type.
        case records
        /// The name has other types only.
        case noData
        /// The name does not exist.
        case nameError
    }

    /// What it says.
    public let kind: Kind
    /// The records behind the question.
    public let octets: [UInt8]
    /// Where the TTLs stand in ``octets``.
    public let ttlOffsets: [UInt16]
    /// How many of the records are answers.
    public let answers: UInt16
    /// How many of the records are authorities.
    public let authorities: UInt16
    /// RCODE.
    public let code: UInt8
    /// AD, as the recursor set it.
    public let isAuthentic: Bool
    /// How long it may be given out, in seconds; never 0.
    public let lifetime: UInt32

    /// Nil for what must not be kept: TTL 0, or a message that does not fit.
    ///
    /// The TTLs are those of the records under the limits of `settings`.
    public init?(
        _ chain: NameChain,
        question: Question,
        isAuthentic: Bool,
        settings: ForwardingSettings
    ) {
        let isNegative = chain.end != .records
        var limit = settings.maximumTTL
        if isNegative {
            limit = min(limit, settings.maximumNegativeTTL)
            // RFC 2308 §5: the lesser of the SOA's TTL and its MINIMUM.
            for case .soa(let soa) in chain.authorities.map(\.data) {
                limit = min(limit, soa.minimum)
            }
        }
        var lifetime = limit
        func capped(_ record: ResourceRecord) -> ResourceRecord {
            var record = record
            // RFC 2181 §8: a TTL with the highest bit set is 0.
            record.ttl = record.ttl > 0x7fff_ffff ? 0 : min(record.ttl, limit)
            lifetime = min(lifetime, record.ttl)
            return record
        }
        // A denial is also given out under other names and types: nothing may point at its question.
        let message = Message(
            header: Header(id: 0, isResponse: true),
            questions: [question],
            answers: chain.answers.map(capped),
            authorities: chain.authorities.map(capped)
        )
        guard lifetime > 0,
            let encoded = try? message.encoded(compress: settings.compresses && !chain.isWholeName),
            let layout = MessageLayout(encoded)
        else { return nil }
        octets = Array(encoded[layout.questionEnd...])
        ttlOffsets = layout.records.map {
            UInt16(truncatingIfNeeded: $0.data - 6 - layout.questionEnd)
        }
        answers = UInt16(truncatingIfNeeded: chain.answers.count)
        authorities = UInt16(truncatingIfNeeded: chain.authorities.count)
        kind =
            switch chain.end {
            case .records: .records
            case .noData: .noData
            case .nameError: .nameError
            }
        code = chain.end == .nameError ? 3 : 0
        self.isAuthentic = isAuthentic
        self.lifetime = lifetime
    }
}
