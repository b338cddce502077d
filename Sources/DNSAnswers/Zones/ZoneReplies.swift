// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// The replies to be prepared for one name of a zone, of itself or, for a wildcard, of what it
/// covers.
struct ZoneReplies {
    /// A reply, or why there is none.
    enum Reply {
        /// The reference line answers.
        case handOver
        /// NOERROR with the zone's SOA.
        case noData
        /// What follows the question (``PreparedReply``).
        case octets([UInt8])
    }

    private let owned: OwnedName
    private let isApex: Bool
    private let zones: ZoneSet
    private let router: QueryRouter

    init(_ owned: OwnedName, isApex: Bool, _ zones: ZoneSet, _ router: QueryRouter) {
        self.owned = owned
        self.isApex = isApex
        self.zones = zones
        self.router = router
    }

    /// Visits the types that are answered each in its own way, and last `nil`: all the others.
    func forEach(_ visit: (RecordType?, Reply) -> Void) {
        if owned.isCut {
            // RFC 4035 §3.1.4.1: DS is the parent's; everything else is the child's.
            visit(.ds, owned.types.contains(.ds) ? reply(.ds) : .noData)
            visit(nil, reply(.a))
        } else if owned.types.contains(.cname) {
            forEachBehindAlias(visit)
        } else {
            for type in owned.types where type != .ds || !isApex { visit(type, reply(type)) }
            if !owned.types.isEmpty { visit(.any, reply(.any)) }
            // Whose it is depends on the zones above and on the recursors.
            if isApex { visit(.ds, .handOver) }
            visit(nil, .noData)
        }
    }

    /// An alias is an answer to itself and to ANY; what else is asked is asked of its target.
    private func forEachBehindAlias(_ visit: (RecordType?, Reply) -> Void) {
        visit(.cname, reply(.cname))
        visit(.any, reply(.any))
        visit(.ds, .handOver)
        // A type of private use that nobody asks for and the target has not (RFC 6895 §3.1).
        var other = RecordType(rawValue: 65_400)
        var types: [RecordType] = []
        if case .cname(let target)? = zones.search(owned.name.name, other)?.answers.last?.data {
            switch zones.place(of: target) {
            case .existing(let found), .synthesised(let found): types = found
            case .delegated, .missing: break
            }
        }
        while types.contains(other) { other = RecordType(rawValue: other.rawValue + 1) }
        for type in types where type != .ds && type != .cname { visit(type, reply(type)) }
        visit(nil, reply(other))
    }

    private func reply(_ type: RecordType) -> Reply {
        guard let answer = zones.search(owned.name.name, type), isPlain(answer, type) else {
            return .handOver
        }
        // A wildcard and a zone cut answer for other names, too.
        let isAlone = !owned.isWildcard && !owned.isCut
        return PreparedReplyMaker.make(answer, to: owned.name, isAlone: isAlone)
            .map(Reply.octets) ?? .handOver
    }

    /// Whether an answer depends on nothing but the zones and the question, and on that only in
    /// its spelling.
    private func isPlain(_ answer: ZoneAnswer, _ type: RecordType) -> Bool {
        let isOfDomain = (answer.answers + answer.authorities).contains {
            ($0.type == .soa || $0.type == .ns) && router.settings.isDomain($0.name)
        }
        guard !isOfDomain else { return false }
        // Recursors are asked where an alias or a zone cut leads out of what is served here.
        let leadsOut = answer.continuation != nil || answer.outcome == .delegation
        guard !leadsOut || !router.settings.hasRecursors else { return false }
        for record in answer.answers {
            guard case .cname(let target) = record.data else { continue }
            // The catalog answers for what its names lead to.
            if router.isInCatalog(target) || owned.isWildcard && mayBeAsked(target) {
                return false
            }
        }
        return type != .any || isPlainAny(answer)
    }

    /// Whether a name that this wildcard covers may be this one: the chain would end there.
    private func mayBeAsked(_ target: DomainName) -> Bool {
        guard let encloser = owned.name.parent, target.folded.isSubdomain(of: encloser) else {
            return false
        }
        if target.folded == owned.name { return true }
        switch zones.place(of: target) {
        case .existing, .delegated: return false
        case .synthesised, .missing: return true
        }
    }

    /// Addresses that are in the answer are left out of the additional section, if the question
    /// spells the host's name as the record does that names it.
    private func isPlainAny(_ answer: ZoneAnswer) -> Bool {
        let hosts = answer.answers.compactMap { record -> DomainName? in
            switch record.data {
            case .ns(let host), .mx(_, let host): host
            case .srv(let location): location.target
            default: nil
            }
        }
        if owned.isWildcard { return hosts.isEmpty }
        return !hosts.contains { $0.folded == owned.name }
    }
}
