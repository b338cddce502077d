// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore

/// Which instances a name of the catalog matches, and why others are not answered.
extension Explanation {
    mutating func explain(
        _ service: ServiceTarget,
        _ serviceRoute: ServiceLookup.Route,
        _ context: LookupContext
    ) {
        let settings = context.settings
        if service.place != .here { notes.append(Self.elsewhere) }
        ttl = serviceTTL(of: service.name, settings)
        let lookup = ServiceLookup(service, through: serviceRoute)
        let all = lookup.registered(in: context)
        let choice = lookup.choice(in: context)
        let tagged = Set(choice.matching.map(Self.identity))
        let answered = Set(choice.answered.map(Self.identity))
        if all.isEmpty { notes.append(Self.unregistered(service.name, serviceRoute)) }
        let isElsewhere = service.place != .here
        let candidates = all.map { instance in
            let identity = Self.identity(instance)
            let health = Self.health(instance, choice, settings)
            let obstacle =
                !tagged.contains(identity)
                ? "does not have the tag"
                : !answered.contains(identity)
                    ? health : isElsewhere ? "is in this datacenter, not where the name asks" : nil
            return Candidate(instance: instance, obstacle: obstacle, reason: health)
        }
        list(candidates, in: .drawn(candidates, context), context)
    }

    /// A prepared query: the instances of its service, each with the filter that keeps it out.
    mutating func explainQuery(_ name: String, _ context: LookupContext) {
        let settings = context.settings
        let request = PreparedQueryRequest(
            name,
            agentNode: settings.nodeName,
            datacenter: settings.datacenter
        )
        let found: PreparedQueryExamination?
        do throws(PreparedQueryFailure) {
            found = try context.snapshot.store.examine(request)
        } catch {
            notes.append("the prepared query cannot be executed: \(error)")
            return
        }
        guard let found else {
            notes.append("no prepared query is called \(name)")
            return
        }
        let query = found.query
        let service = query.service
        notes.append("the prepared query \(query.id) asks for the service \(service.service)")
        if !service.peer.isEmpty {
            notes.append("it asks for the peer \(service.peer), and no peer is known")
        } else if found.candidates.isEmpty {
            notes.append(
                Self.unregistered(service.service, service.connect ? .connect : .instances)
            )
        }
        ttl =
            PreparedQueryRow.seconds(ofTTL: query.dnsTTL)
            .map { "\($0) s, DNS.TTL of the prepared query" }
            ?? serviceTTL(of: service.service, settings)
        let candidates = found.candidates.map { candidate in
            let instance = candidate.instance
            return Candidate(
                instance: instance,
                obstacle: candidate.obstacle.map { Self.text(of: $0, instance, service) },
                reason: Self.text(of: instance, ignoring: service.ignoreCheckIDs)
            )
        }
        list(candidates, in: .executed(candidates, near: service.near, context), context)
    }

    /// `<node>.node`: the node of the name, or those whose ID begins so.
    mutating func explainNode(_ wanted: String, _ place: Place, _ context: LookupContext) {
        ttl = nodeTTL(context.settings)
        guard place == .here else {
            notes.append(Self.elsewhere)
            return
        }
        let store = context.snapshot.store
        let node = NodeLookup.node(wanted, in: store)
        if node == nil {
            notes.append("no node is registered as \(wanted), and no single ID begins so")
        }
        let isLong = wanted.utf8.count >= NodeLookup.minimumIDLength
        let alike = node.map { [$0] } ?? (isLong ? store.nodes(withIDPrefix: wanted) : [])
        let choice = AddressChoice(type: type, wan: false)
        instances = alike.map { row in
            let isAnswered = node != nil && !answers.isEmpty
            let reason =
                node == nil
                ? "its ID begins so, and another's too"
                : isAnswered ? "a node is answered whatever its health" : Self.noSuchType
            return Instance(
                node: row.name,
                id: "",
                address: choice.address(of: row),
                port: 0,
                isAnswered: isAnswered,
                reason: reason
            )
        }
    }

    /// `<service>.virtual`: one address stands for all instances.
    mutating func explainVirtual(_ service: String, _ peer: String?, _ context: LookupContext) {
        ttl = nodeTTL(context.settings)
        if let peer {
            notes.append("\(peer) is read as a peer, and no peer is known")
            return
        }
        let store = context.snapshot.store
        let hasAddress = store.virtualAddress(ofService: service) != nil
        if !hasAddress {
            notes.append("\(service) has no virtual address: \(Self.virtualSources)")
        }
        let reason =
            hasAddress ? "is reached by the virtual address" : "its service has no virtual address"
        instances = store.instances(ofService: service).value.map {
            Self.row(of: $0, isAnswered: false, reason: reason)
        }
    }

    /// PTR: the nodes and the instances with the address.
    mutating func explainHolders(of lookup: ReverseLookup, _ context: LookupContext) {
        let pointers = answers.compactMap { record -> DomainName? in
            guard case .ptr(let name) = record.data else { return nil }
            return name
        }
        let others =
            answers.isEmpty
            ? Self.noSuchType : "one name is answered; dns_config.strict gives all"
        instances = lookup.holders(in: context.snapshot).map { holder in
            let isAnswered = pointers.contains { $0 == holder.name }
            return Instance(
                node: holder.node,
                id: holder.serviceID,
                address: lookup.address?.description ?? "",
                port: holder.port,
                isAnswered: isAnswered,
                reason: isAnswered ? "has the address" : others
            )
        }
    }

    // MARK: words

    private static let elsewhere = "no other datacenter and no peer is known"
    /// What is said of one that the type asks nothing of.
    static let noSuchType = "has no record of this type"
    private static let virtualSources =
        "one comes with a connect proxy, a native instance or a config entry for it"

    private static func unregistered(_ name: String, _ route: ServiceLookup.Route) -> String {
        switch route {
        case .instances: "no service is registered as \(name)"
        case .connect:
            "\(name) has no connect proxy, no native instance and no terminating gateway"
        case .ingress: "no ingress gateway lets \(name) in"
        }
    }

    /// What makes an instance the one that it is: its node and its ID.
    static func identity(_ instance: InstanceView) -> [String] {
        [instance.node.name, instance.service.id]
    }

    /// The row of an instance; without another address it has the registered one.
    static func row(
        of instance: InstanceView,
        address: String? = nil,
        isAnswered: Bool,
        reason: String
    ) -> Instance {
        let service = instance.service
        let registered = service.address.isEmpty ? instance.node.address : service.address
        return Instance(
            node: instance.node.name,
            id: service.id,
            address: address ?? registered,
            port: service.port,
            isAnswered: isAnswered,
            reason: reason
        )
    }

    private static func health(
        _ instance: InstanceView,
        _ choice: InstanceChoice,
        _ settings: DNSSettings
    ) -> String {
        if ServiceLookup.isServed(instance, settings) { return text(of: instance) }
        let reason = failing(instance)
        let isProtected = choice.isProtected && instance.health.status != .maintenance
        return isProtected ? reason + "; answered all the same: protect threshold" : reason
    }

    /// The health of an instance that is answered; a status that Consul does not know has no word.
    static func text(of instance: InstanceView, ignoring: [String] = []) -> String {
        let status = instance.health.status
        guard status == .unknown || !ignoring.isEmpty else { return status.text }
        let isIgnored = instance.checks.contains {
            $0.status != .passing && ignoring.contains($0.id)
        }
        if isIgnored {
            return "\(failing(instance)); the query ignores \(ignoring.joined(separator: ", "))"
        }
        return status == .unknown ? failing(instance) : status.text
    }

    /// The checks that do not pass, without those that are ignored.
    static func failing(_ instance: InstanceView, ignoring: [String] = []) -> String {
        "check "
            + instance.checks.filter { $0.status != .passing && !ignoring.contains($0.id) }
            .map { "\($0.id) is \($0.status.rawValue)" }.joined(separator: ", ")
    }

    private static func text(
        of obstacle: PreparedQueryObstacle,
        _ instance: InstanceView,
        _ query: ServiceQuery
    ) -> String {
        switch obstacle {
        case .health: failing(instance, ignoring: query.ignoreCheckIDs)
        case .nodeMeta(let key):
            "its node has no metadata \(key)=\(query.nodeMeta?[key] ?? "")"
        case .serviceMeta(let key):
            "has no metadata \(key)=\(query.serviceMeta?[key] ?? "")"
        case .missingTag(let tag): "does not have the tag \(tag)"
        case .forbiddenTag(let tag): "has the tag \(tag)"
        }
    }
}
