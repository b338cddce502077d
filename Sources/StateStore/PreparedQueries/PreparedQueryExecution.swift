// SPDX-License-Identifier: Apache-2.0

/// Who asks for a prepared query, and what else the request says.
public struct PreparedQueryRequest: Hashable, Sendable {
    /// The ID or the name.
    public var idOrName: String
    /// The most instances to return; 0 for all.
    public var limit = 0
    /// Whether proxies and native instances are found, whatever the query says.
    public var connect = false
    /// The node to sort by distance from, in place of the query's: a name, `_agent` or `_ip`.
    public var near = ""
    /// The address of the caller, for `_ip`; empty when unknown.
    public var address = ""
    /// The node of the agent that was asked, for `_agent`.
    public var agentNode: String
    /// The network segment of that agent.
    public var agentSegment = ""
    /// The datacenter of this server.
    public var datacenter: String

    /// Makes a request.
    public init(_ idOrName: String, agentNode: String, datacenter: String) {
        self.idOrName = idOrName
        self.agentNode = agentNode
        self.datacenter = datacenter
    }
}

/// What a prepared query found.
public struct PreparedQueryResult: Sendable {
    /// The service that was looked for.
    public var service: String
    /// The instances, in the order to give them.
    public var instances: [InstanceView]
    /// The TTL of DNS answers as Go text; empty for that of the service.
    public var dnsTTL: String
    /// The datacenter that they are from.
    public var datacenter: String
    /// How many other datacenters were tried.
    public var failovers: Int
}

/// Why a query that exists gives no answer.
public struct PreparedQueryFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in Consul's words where it has some.
    public var description: String

    /// Makes a failure.
    public init(description: String) { self.description = description }
}

extension StateStore {
    /// Executes a prepared query: the one rule for HTTP and DNS (DNS 2.9, HTTP API 4.10).
    ///
    /// - Returns: what was found, perhaps nothing; `nil` when there is no such query.
    public func execute(
        _ request: PreparedQueryRequest,
        using generator: inout some RandomNumberGenerator
    ) throws(PreparedQueryFailure) -> PreparedQueryResult? {
        guard
            let query = try resolvePreparedQuery(request.idOrName, segment: request.agentSegment)
        else { return nil }
        var found = instances(matching: query.service, connect: request.connect)
        // Consul: shuffled, so that instances at the same distance take turns.
        found.shuffle(using: &generator)
        let place = nearNode(query.service, request)
        found = sorted(found, byDistanceFrom: place) { $0.nodeRow.row.name } ?? found
        Self.promote(place, in: &found)
        if request.limit > 0 { found.removeLast(max(0, found.count - request.limit)) }
        // Consul: failover skips unknown datacenters and does not count them. Only the own
        // datacenter is known as yet, and it was asked.
        return PreparedQueryResult(
            service: query.service.service,
            instances: found,
            dnsTTL: query.dnsTTL,
            datacenter: request.datacenter,
            failovers: 0
        )
    }

    /// What a prepared query looks at, filtered or not: for people who wonder.
    ///
    /// - Returns: `nil` when there is no such query.
    public func examine(
        _ request: PreparedQueryRequest
    ) throws(PreparedQueryFailure) -> PreparedQueryExamination? {
        guard
            let query = try resolvePreparedQuery(request.idOrName, segment: request.agentSegment)
        else { return nil }
        let filter = PreparedQueryFilter(query.service)
        return PreparedQueryExamination(
            query: query,
            candidates: candidates(of: query.service, connect: request.connect).map {
                PreparedQueryExamination.Candidate(instance: $0, obstacle: filter.obstacle(to: $0))
            }
        )
    }

    /// The instances that a query's filters let through, by node and service ID.
    private func instances(matching query: ServiceQuery, connect: Bool) -> [InstanceView] {
        let filter = PreparedQueryFilter(query)
        return candidates(of: query, connect: connect).filter { filter.obstacle(to: $0) == nil }
    }

    /// The instances of a query's service, by node and service ID.
    private func candidates(of query: ServiceQuery, connect: Bool) -> [InstanceView] {
        // No peer is known as yet: nothing is imported.
        guard query.peer.isEmpty else { return [] }
        return query.connect || connect
            ? meshInstances(ofService: query.service).value
            : instances(ofService: query.service).value
    }

    /// The name of the node to sort by distance from; empty for none.
    private func nearNode(_ query: ServiceQuery, _ request: PreparedQueryRequest) -> String {
        // Consul: what the request says goes before what the query says.
        switch request.near.isEmpty ? query.near : request.near {
        case "_agent": return request.agentNode
        case "_ip":
            guard !request.address.isEmpty else { return "" }
            return nodes(withAddress: request.address).first?.name ?? ""
        case let name: return name
        }
    }

    /// How far behind the front a node may be to be brought there.
    private static let promotionDepth = 10

    /// Brings the first instance of a node to the front, in place of the one there.
    private static func promote(_ node: String, in instances: inout [InstanceView]) {
        let name = folded(node)
        guard !name.isEmpty,
            let index = instances.prefix(promotionDepth).firstIndex(where: {
                folded($0.nodeRow.row.name) == name
            })
        else { return }
        instances.swapAt(0, index)
    }
}
