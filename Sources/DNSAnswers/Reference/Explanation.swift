// SPDX-License-Identifier: Apache-2.0
public import DNSWire
import DNSZones
import StateStore

/// What would be answered to a question, and why: for people who wonder.
///
/// Made from the published state by the look-ups that answer, without a message in between; what
/// limits and sizes cut is counted in replies of the reference line.
public struct Explanation: Hashable, Sendable {
    /// An instance, or a node, that the name matches.
    public struct Instance: Hashable, Sendable {
        /// The node that it runs on.
        public var node: String
        /// The service ID; empty for a node.
        public var id: String
        /// Where the answer sends to: its own address, or its node's, of the family that the type
        /// wants; two with `dual_stack`; a host name where that is its address.
        public var address: String
        /// The port; 0 for a node.
        public var port: Int
        /// Whether it is answered, in every reply or, where one carries not all, in some.
        public var isAnswered: Bool
        /// Why, or why not.
        public var reason: String
    }

    /// The name asked for.
    public var name: DomainName
    /// The type asked for.
    public var type: RecordType
    /// Who answers: a form of the domain, a zone, the forwarder, nobody.
    public var route = ""
    /// The code; `nil` where others know.
    public var code: ResponseCode?
    /// The answer section, uncut, in one of its possible orders.
    public var answers: [ResourceRecord] = []
    /// How many records there are to answer with, before limits and sizes cut.
    public var candidates = 0
    /// How many of them one reply carries, over UDP without and with EDNS and over TCP; empty where
    /// others answer.
    public var replies: [Reply] = []
    /// The instances that the name matches, answered or not.
    public var instances: [Instance] = []
    /// The TTL of the answers, or of their absence, with the setting that it is from.
    public var ttl = ""
    /// The apex of the static zone that answers.
    public var zone: DomainName?
    /// Whether recursors are asked.
    public var isForwarded = false
    /// What else is to be said.
    public var notes: [String] = []
    /// What the form itself answers no more than; empty where nothing was left out.
    var formLimit = ""
    /// Which of the candidates come first, in words; `nil` where there is only one order.
    var order: String?

    /// Explains a question, as it is answered at a time (seconds since 1970).
    public init(_ name: DomainName, _ type: RecordType, in snapshot: DNSSnapshot, now: UInt32) {
        self.name = name
        self.type = type
        let router = QueryRouter(settings: snapshot.settings, zones: snapshot.zones)
        let target = router.target(of: Question(name: name, type: type, class: .in))
        var context = LookupContext(
            snapshot: snapshot,
            chased: [:],
            now: now,
            name: name,
            type: type,
            hasEDNS: true,
            generator: Generator(seed: 1)
        )
        route = target.routeText
        switch target {
        case .outside: forward(context.settings, otherwise: .refused)
        case .zone: answerFromZone(&context)
        case .reverse(let address): reverse(address, &context)
        default: answerFromCatalog(target, in: &context)
        }
        candidates = max(candidates, answers.count)
        countReplies(in: snapshot, now: now)
        if let order, isCut { notes.append(order) }
    }

    mutating func forward(_ settings: DNSSettings, otherwise: ResponseCode) {
        let isForwardedName = settings.forwards(name)
        // The forwarder passes on no transfers, whoever has the name.
        if settings.hasRecursors, Self.isTransfer(type),
            isForwardedName || otherwise == .refused
        {
            code = .refused
            notes.append("\(Self.noTransfer) (extended error 21)")
            return
        }
        isForwarded = isForwardedName
        if isForwarded {
            let zone = settings.forwardedZone(enclosing: name)
            notes.append(
                zone.map { "the recursors of the forward zone \($0) are asked" }
                    ?? "the recursors are asked"
            )
            ttl = "as the recursors say"
            return
        }
        code = otherwise
        notes.append(
            settings.hasRecursors
                ? "there are no recursors, and no forward zone holds the name"
                : "there are no recursors"
        )
        if otherwise != .refused { setAbsence(settings) }
    }

    /// Names what the answer waits for.
    mutating func noteRecursors(_ context: LookupContext) {
        for alias in context.pending {
            notes.append(
                context.settings.forwards(alias.name)
                    ? "recursors are asked for \(alias.name) \(alias.type)"
                    : "nobody is asked for \(alias.name) \(alias.type): no forward zone holds it"
            )
        }
    }

    /// What is said to AXFR and IXFR.
    static let noTransfer = "zones are not transferred"

    /// Whether a type asks for a whole zone, which nobody gets.
    static func isTransfer(_ type: RecordType) -> Bool { type == .axfr || type == .ixfr }

    private mutating func reverse(_ address: IPAddress?, _ context: inout LookupContext) {
        let settings = context.settings
        let lookup = ReverseLookup(address: address)
        if type != .ds || !context.isInZone, let sections = lookup.sections(in: context) {
            code = .noError
            answers = sections.answers
            ttl = "\(settings.reverseTTL) s, dns_config.reverse_ttl"
            if answers.isEmpty {
                let isStrict = settings.isStrict ? "strict: " : ""
                notes.append("\(isStrict)names of the address are answered to PTR and ANY only")
                ttl =
                    sections.authorities.first.map { soa in
                        context.snapshot.zones.zone(enclosing: name) == nil
                            ? absence(settings)
                            : "\(soa.ttl) s for the absence, as in the zone's SOA"
                    } ?? ""
            }
            explainHolders(of: lookup, context)
        } else if !answerFromZone(&context) {
            notes.append("no node and no instance has the address")
            guard let local = LocalReverseZones(settings).zone(answering: name, type) else {
                let exists = context.snapshot.zones.hasZone(atOrBelow: name)
                forward(settings, otherwise: exists ? .noError : .nameError)
                return
            }
            let soa = StartOfAuthorityRecord(settings).record(at: local, now: context.now)
            let (code, sections) = LocalReverseZones.answer(to: name, type, in: local, soa: soa)
            (self.code, answers) = (code, sections.answers)
            ttl =
                answers.isEmpty
                ? absence(settings) : "\(soa.ttl) s, dns_config.soa.min_ttl"
            notes.append(
                "\(local) is answered here and not forwarded (dns_config.reverse_zones, "
                    + "local_reverse_zones)"
            )
        }
    }

    private mutating func answerFromCatalog(_ target: Target, in context: inout LookupContext) {
        let settings = context.settings
        var outcome = context.outcome(for: target)
        if target.leavesRoom(outcome), context.isInZone {
            notes.append("the catalog does not know the name")
            answerFromZone(&context)
            return
        }
        let exists = context.existing(outcome, at: name)
        if exists != outcome { notes.append("names below it exist, or records of another type") }
        outcome = exists
        if settings.isStrict { outcome = context.ended(outcome.strict(for: type)) }
        switch outcome {
        case .records(let sections): (code, answers) = (.noError, sections.answers)
        case .aliases(let sections, let end): (code, answers) = (end, sections.answers)
        case .noData: code = .noError
        case .noSuchName: code = .nameError
        case .notImplemented: code = .notImplemented
        case .serverFailure: code = .serverFailure
        }
        notes += context.reasons(for: outcome).map(\.text)
        noteRecursors(context)
        countCandidates(of: target, context)
        switch target {
        case .service(let service): explain(service, .instances, context)
        case .connect(let service): explain(service, .connect, context)
        case .ingress(let service): explain(service, .ingress, context)
        case .preparedQuery(let name): explainQuery(name, context)
        case .node(let wanted, let place): explainNode(wanted, place, context)
        case .virtual(let service, let peer): explainVirtual(service, peer, context)
        case .address:
            ttl = nodeTTL(settings)
            notes.append("the name spells the address; the catalog is not asked")
            if answers.isEmpty { explainAddress(settings) }
        case .nameservers, .primaryServer:
            ttl = nodeTTL(settings)
            explainServers(target, context)
        case .startOfAuthority:
            ttl = "\(settings.soaMinimumTTL) s, dns_config.soa.min_ttl"
            explainServers(target, context)
        case .emptyName where !answers.isEmpty:
            ttl = apexTTL(settings).joined(separator: "; ")
            explainServers(.nameservers, context)
        case .emptyName: notes.append("names below it exist")
        case .transfer: notes.append(Self.noTransfer)
        case .unrecognized, .reverse, .zone, .outside: break
        }
        // An answer that waits for recursors is one, all the same.
        if answers.isEmpty, context.pending.isEmpty { setAbsence(settings) }
        // Consul: NS without a server has no SOA either, and nobody can keep it (RFC 2308 §5).
        if target == .nameservers, answers.isEmpty, !settings.isStrict { ttl = "" }
    }

    /// An addr form with nothing in the answer section.
    private mutating func explainAddress(_ settings: DNSSettings) {
        let isAddress = type == .a || type == .aaaa
        let subject = isAddress ? "it is of the other family" : "there is no \(type)"
        guard !settings.isStrict else {
            notes.append(subject)
            return
        }
        let beside = "stands in the additional section"
        notes.append(isAddress ? "\(subject) and \(beside)" : "\(subject); the address \(beside)")
    }

    /// The TTL where nothing is answered (RFC 2308 §5).
    private mutating func setAbsence(_ settings: DNSSettings) {
        ttl = code == .noError || code == .nameError ? absence(settings) : ""
    }

    /// The TTL of what the catalog does not have.
    func absence(_ settings: DNSSettings) -> String {
        "\(settings.soaMinimumTTL) s for the absence, dns_config.soa.min_ttl"
    }

    func nodeTTL(_ settings: DNSSettings) -> String {
        "\(settings.nodeTTL) s, dns_config.node_ttl"
    }

    func serviceTTL(of service: String, _ settings: DNSSettings) -> String {
        let (key, seconds) = settings.serviceTTLSource(for: service)
        return "\(seconds) s, \(key.map { "dns_config.service_ttl[\"\($0)\"]" } ?? "the default")"
    }
}

extension Target {
    /// Who answers, in words.
    fileprivate var routeText: String {
        switch self {
        case .service: "catalog: service"
        case .connect: "catalog: connect"
        case .ingress: "catalog: ingress"
        case .virtual: "catalog: virtual"
        case .node: "catalog: node"
        case .preparedQuery: "catalog: prepared query"
        case .address: "catalog: address in the name"
        case .primaryServer: "catalog: primary server"
        case .emptyName: "catalog: name without records"
        case .nameservers: "catalog: name servers"
        case .startOfAuthority: "catalog: SOA"
        case .transfer: "catalog: zone transfer"
        case .reverse: "reverse"
        case .zone: "static zone"
        case .unrecognized: "catalog: no form of name"
        case .outside: "forwarder"
        }
    }
}
