// SPDX-License-Identifier: Apache-2.0
public import DNSWire
import DNSZones
import Definitions
import StateStore

/// What would be answered to a question, and why: for people who wonder.
///
/// Made from the published state by the look-ups that answer, without a message in between.
public struct Explanation: Hashable, Sendable {
    /// An instance that the name matches.
    public struct Instance: Hashable, Sendable {
        /// The node that it runs on.
        public var node: String
        /// The service ID.
        public var id: String
        /// Where A, AAAA and SRV send to: its own address, or its node's.
        public var address: String
        /// The port.
        public var port: Int
        /// Whether it is answered.
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
    /// The instances that the name matches, answered or not.
    public var instances: [Instance] = []
    /// The TTL of the answers with the setting that it is from.
    public var ttl = ""
    /// The apex of the static zone that answers.
    public var zone: DomainName?
    /// Whether recursors are asked.
    public var isForwarded = false
    /// What else is to be said.
    public var notes: [String] = []

    /// Explains a question.
    public init(_ name: DomainName, _ type: RecordType, in snapshot: DNSSnapshot) {
        self.name = name
        self.type = type
        let router = QueryRouter(settings: snapshot.settings, zones: snapshot.zones)
        let target = router.target(of: Question(name: name, type: type, class: .in))
        var context = LookupContext(
            snapshot: snapshot,
            chased: [:],
            now: 0,
            name: name,
            type: type,
            hasEDNS: true,
            generator: Generator(seed: 1)
        )
        explain(target, in: &context)
    }

    private mutating func explain(_ target: Target, in context: inout LookupContext) {
        let settings = context.settings
        route = Self.route(target)
        switch target {
        case .outside:
            forward(settings, otherwise: .refused)
        case .zone:
            answerFromZone(&context)
        case .reverse(let address):
            answers = ReverseLookup(address: address).records(in: context)
            if !answers.isEmpty {
                code = .noError
                ttl = "\(settings.reverseTTL) s, dns_config.reverse_ttl"
            } else if !answerFromZone(&context) {
                reverse(address, settings)
            }
        default:
            answerFromCatalog(target, in: &context)
        }
    }

    private mutating func reverse(_ address: IPAddress?, _ settings: DNSSettings) {
        if let local = LocalReverseZones(settings).zone(enclosing: name) {
            code = LocalReverseZones.code(for: name, in: local, isAddress: address != nil)
            notes.append(
                "no node and no instance has the address; \(local) is answered here and not "
                    + "forwarded (dns_config.reverse_zones, local_reverse_zones)"
            )
        } else {
            notes.append("no node and no instance has the address")
            forward(settings, otherwise: .nameError)
        }
    }

    private mutating func forward(_ settings: DNSSettings, otherwise: ResponseCode) {
        isForwarded = settings.hasRecursors
        if isForwarded {
            notes.append("the recursors are asked")
        } else {
            code = otherwise
            notes.append("there are no recursors")
        }
    }

    /// Returns whether a zone encloses the name.
    @discardableResult
    private mutating func answerFromZone(_ context: inout LookupContext) -> Bool {
        let zones = context.snapshot.zones
        guard var answer = zones.search(name, type) else { return false }
        zone = zones.zone(answering: name, type)?.apex
        context.follow(&answer)
        code = answer.responseCode
        answers = answer.answers
        ttl = "as in the zone file"
        return true
    }

    private mutating func answerFromCatalog(_ target: Target, in context: inout LookupContext) {
        let settings = context.settings
        var outcome = context.outcome(for: target)
        if settings.isStrict { outcome = outcome.strict(for: type) }
        if outcome == .noSuchName, let answer = context.snapshot.zones.search(name, type),
            answer.outcome != .nameError
        {
            notes.append("the catalog does not know the name")
            answerFromZone(&context)
            return
        }
        switch outcome {
        case .records(let sections): (code, answers) = (.noError, sections.answers)
        case .noData: code = .noError
        case .noSuchName: code = .nameError
        case .notImplemented: code = .notImplemented
        case .serverFailure:
            code = .serverFailure
            notes.append("the prepared query cannot be executed")
        }
        notes += context.reasons.map(\.text)
        for alias in context.pending { notes.append("recursors are asked for \(alias)") }
        switch target {
        case .service(let service): explain(service, .instances, context)
        case .connect(let service): explain(service, .connect, context)
        case .ingress(let service): explain(service, .ingress, context)
        case .preparedQuery(let name):
            if outcome == .noSuchName {
                notes.append("no prepared query is called \(name), or it finds no instance")
            }
        case .node(let wanted, let place): explainNode(wanted, place, context)
        default: break
        }
    }

    private mutating func explain(
        _ service: ServiceTarget,
        _ serviceRoute: ServiceLookup.Route,
        _ context: LookupContext
    ) {
        let settings = context.settings
        if service.place != .here { notes.append("no other datacenter and no peer is known") }
        let (key, seconds) = settings.serviceTTLSource(for: service.name)
        ttl = "\(seconds) s, \(key.map { "dns_config.service_ttl[\"\($0)\"]" } ?? "the default")"
        let lookup = ServiceLookup(service, through: serviceRoute)
        let all = lookup.registered(in: context)
        let choice = lookup.choice(in: context)
        let tagged = Set(choice.matching.map(Self.identity))
        let answered = Set(choice.answered.map(Self.identity))
        if all.isEmpty { notes.append("no service is registered as \(service.name)") }
        // What keeps all of them out of the answer, however healthy they are.
        let obstacle: String? =
            service.place != .here
            ? "is in this datacenter, not where the name asks"
            : answers.isEmpty && context.pending.isEmpty ? "has no record of this type" : nil
        instances = all.map { instance in
            let identity = Self.identity(instance)
            let row = instance.service
            let isServed = answered.contains(identity)
            let reason =
                !tagged.contains(identity)
                ? "does not have the tag"
                : (isServed ? obstacle : nil) ?? Self.health(instance, choice, settings)
            return Instance(
                node: instance.node.name,
                id: row.id,
                address: row.address.isEmpty ? instance.node.address : row.address,
                port: row.port,
                isAnswered: isServed && obstacle == nil,
                reason: reason
            )
        }
    }

    private static func identity(_ instance: InstanceView) -> [String] {
        [instance.node.name, instance.service.id]
    }

    private static func health(
        _ instance: InstanceView,
        _ choice: InstanceChoice,
        _ settings: DNSSettings
    ) -> String {
        if ServiceLookup.isServed(instance, settings) { return instance.health.status.text }
        let failing = instance.checks.filter { $0.status != .passing }
            .map { "\($0.id) is \($0.status.rawValue)" }
        let reason = "check " + failing.joined(separator: ", ")
        let isProtected = choice.isProtected && instance.health.status != .maintenance
        return isProtected ? reason + "; answered all the same: protect threshold" : reason
    }

    private mutating func explainNode(_ wanted: String, _ place: Place, _ context: LookupContext) {
        ttl = "\(context.settings.nodeTTL) s, dns_config.node_ttl"
        if place != .here {
            notes.append("no other datacenter and no peer is known")
        } else if NodeLookup.node(wanted, in: context.snapshot.store) == nil {
            notes.append("no node is registered as \(wanted), and no single ID begins so")
        }
    }

    private static func route(_ target: Target) -> String {
        switch target {
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
