// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// What of a recursor's reply may be kept: the chain of the asked name and the proof of its end.
///
/// Everything else in the reply – siblings, parents, glue, other zones – is not looked at, so it
/// cannot poison anything (MaginotDNS, RFC 5452 §6).
public struct NameChain: Sendable {
    /// How the chain ends.
    public enum End: Hashable, Sendable {
        /// With records of the asked type.
        case records
        /// With a name that has other types only (RFC 2308 §2.2).
        case noData
        /// With a name that does not exist (RFC 2308 §2.1).
        case nameError
    }

    /// CNAME records that are followed.
    public static let maximumLinks = 8
    /// CNAME records and their signatures.
    public static let maximumAliasRecords = 16
    /// Records that prove an end, and records in all; with more the reply is not kept.
    static let limits = (proofs: 16, records: 512)

    /// How the chain ends.
    public let end: End
    /// The aliases in their order, then the records of the asked type.
    public let answers: [ResourceRecord]
    /// SOA and, for who asked for signatures, the proofs.
    public let authorities: [ResourceRecord]
    /// Every name of the chain, the asked one first.
    public let names: [CanonicalName]

    /// Whether a name error is about the asked name itself, hence about all below it (RFC 8020).
    public var isWholeName: Bool { end == .nameError && names.count == 1 }

    /// Nil when nothing of the reply may be kept.
    ///
    /// - Parameters:
    ///   - message: a reply whose question was verified.
    ///   - withSignatures: whether DO was set, so that RRSIG, NSEC and NSEC3 are kept.
    ///   - isOwn: whether a name belongs to us; a chain that enters an own domain is not kept.
    public init?(
        _ message: Message,
        withSignatures: Bool,
        isOwn: (CanonicalName) -> Bool
    ) {
        guard let question = message.questions.first, message.questions.count == 1,
            message.answers.count + message.authorities.count <= Self.limits.records,
            message.responseCode == .noError || message.responseCode == .nameError,
            // RFC 6672 §5.3.1: an alias made from a DNAME is proved by it, and we keep no DNAME that
            // was not asked for.
            question.type == .dname || !message.answers.contains(where: { $0.type == .dname })
        else { return nil }
        var walk = ChainWalk(message, question, withSignatures)
        guard walk.follow(isOwn: isOwn) == .end else { return nil }
        names = walk.names
        answers = walk.kept
        if walk.isAnswered {
            // A name error with records of the asked type says two things at once.
            guard message.responseCode == .noError else { return nil }
            end = .records
            guard let proofs = walk.proofs(zone: nil) else { return nil }
            authorities = proofs
        } else {
            guard let soa = walk.soa(), let proofs = walk.proofs(zone: soa.name.folded) else {
                return nil
            }
            end = message.responseCode == .nameError ? .nameError : .noData
            authorities = [soa] + proofs
        }
    }
}
