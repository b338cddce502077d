// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// One walk along the aliases of a reply.
struct ChainWalk {
    /// Where it stopped.
    enum Stop {
        /// At the records of the asked type, or at a name without an alias.
        case end
        /// Before a name of ours.
        case home
        /// Before a name that it has been to, that forks, or that is one too many.
        case broken
    }

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

    /// Follows the aliases; what is good until it stops is in ``kept``.
    mutating func follow(isOwn: (CanonicalName) -> Bool) -> Stop {
        var owner = question.name
        while true {
            guard let current = names.last, !isOwn(current) else { return .home }
            let here = records(of: current)
            let wanted = here.filter { question.type == .any || $0.type == question.type }
            if !wanted.isEmpty {
                keep(wanted, signatures: here, covering: question.type, owner: owner)
                isAnswered = true
                return .end
            }
            let aliases = here.filter { $0.type == .cname }
            guard let alias = aliases.first else { return .end }
            // RFC 2181 §10.1: a name has one canonical name.
            guard aliases.count == 1, case .cname(let target) = alias.data,
                names.count <= NameChain.maximumLinks, !names.contains(target.folded)
            else { return .broken }
            keep(aliases, signatures: here, covering: .cname, owner: owner)
            guard kept.count <= NameChain.maximumAliasRecords else { return .broken }
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
