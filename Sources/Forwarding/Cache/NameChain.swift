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
            message.responseCode == .noError || message.responseCode == .nameError
        else { return nil }
        var walk = Walk(message, question, withSignatures)
        guard walk.follow(isOwn: isOwn) else { return nil }
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

/// One walk along the aliases of a reply.
private struct Walk {
    let message: Message
    let question: Question
    let withSignatures: Bool
    let owners: [CanonicalName]
    var names: [CanonicalName]
    var kept: [ResourceRecord] = []
    var isAnswered = false

    init(_ message: Message, _ question: Question, _ withSignatures: Bool) {
        self.message = message
        self.question = question
        self.withSignatures = withSignatures
        owners = message.answers.map(\.name.folded)
        names = [question.name.folded]
    }

    /// False when the chain is too long, loops, forks or enters an own domain.
    mutating func follow(isOwn: (CanonicalName) -> Bool) -> Bool {
        var owner = question.name
        while true {
            guard let current = names.last, !isOwn(current) else { return false }
            let here = records(of: current)
            let wanted = here.filter { question.type == .any || $0.type == question.type }
            if !wanted.isEmpty {
                keep(wanted, signatures: here, covering: question.type, owner: owner)
                isAnswered = true
                return true
            }
            let aliases = here.filter { $0.type == .cname }
            guard let alias = aliases.first else { return true }
            // RFC 2181 §10.1: a name has one canonical name.
            guard aliases.count == 1, case .cname(let target) = alias.data,
                names.count <= NameChain.maximumLinks, !names.contains(target.folded)
            else { return false }
            keep(aliases, signatures: here, covering: .cname, owner: owner)
            guard kept.count <= NameChain.maximumAliasRecords else { return false }
            owner = target
            names.append(target.folded)
        }
    }

    private func records(of name: CanonicalName) -> [ResourceRecord] {
        zip(owners, message.answers).filter { $0 == name && $1.class == question.class }.map(\.1)
    }

    /// Owners get one spelling, so that nobody's case is shown to others.
    private mutating func keep(
        _ records: [ResourceRecord],
        signatures: [ResourceRecord],
        covering type: RecordType,
        owner: DomainName
    ) {
        var records = records
        if withSignatures, type != .any, type != .rrsig {
            records += signatures.filter { $0.coveredType == type }
        }
        kept += records.map {
            ResourceRecord(name: owner, class: $0.class, ttl: $0.ttl, data: $0.data)
        }
    }

    /// The SOA of a zone that holds the last name.
    func soa() -> ResourceRecord? {
        guard let last = names.last else { return nil }
        let found = message.authorities.filter {
            $0.type == .soa && $0.class == question.class && last.name.isSubdomain(of: $0.name)
        }
        guard found.count == 1, case .soa = found[0].data else { return nil }
        return found[0]
    }

    /// NSEC, NSEC3 and signatures of the authority section; nil when there are too many.
    ///
    /// They are given out only with the reply they came in, never looked up by their owners.
    func proofs(zone: CanonicalName?) -> [ResourceRecord]? {
        guard withSignatures, let last = names.last else { return [] }
        let proofs = message.authorities.filter { record in
            guard record.class == question.class else { return false }
            let covered = record.coveredType
            let isDenial = [.nsec, .nsec3].contains(covered ?? record.type)
            guard isDenial || covered == .soa && zone == record.name.folded else { return false }
            // A proof belongs to the zone of the SOA; of a wildcard's answer, beside its name.
            guard let zone else {
                return record.name.parent.map { last.name.isSubdomain(of: $0) } ?? true
            }
            return record.name.isSubdomain(of: zone.name)
        }
        return proofs.count <= NameChain.limits.proofs ? proofs : nil
    }
}

extension ResourceRecord {
    /// What an RRSIG signs (RFC 4034 §3.1.1); nil for other records.
    fileprivate var coveredType: RecordType? {
        guard case .unknown(.rrsig, let data) = self.data, data.count >= 2 else { return nil }
        return RecordType(rawValue: UInt16(data[0]) << 8 | UInt16(data[1]))
    }
}
