// SPDX-License-Identifier: Apache-2.0

/// A prepared query (HTTP API 5.12).
public struct PreparedQueryRow: Hashable, Sendable {
    /// A UUID.
    public var id: String
    /// The name, compared without case; of a template the beginning of the names it answers.
    public var name: String
    /// The session with which the query dies; empty for none.
    public var session: String
    /// The token to execute with; empty for that of the request.
    public var token: String
    /// What makes the query a template.
    public var template: QueryTemplateOptions
    /// Which instances to find.
    public var service: ServiceQuery
    /// The TTL of DNS answers as Go text; empty for that of the service.
    public var dnsTTL: String
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex

    /// Makes a row; the indexes are set when a command is applied.
    public init(
        id: String = "",
        name: String = "",
        session: String = "",
        token: String = "",
        template: QueryTemplateOptions = QueryTemplateOptions(),
        service: ServiceQuery,
        dnsTTL: String = "",
        createIndex: RaftIndex = .zero,
        modifyIndex: RaftIndex = .zero
    ) {
        self.id = id
        self.name = name
        self.session = session
        self.token = token
        self.template = template
        self.service = service
        self.dnsTTL = dnsTTL
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
    }

    /// Whether the query is a template.
    public var isTemplate: Bool { !template.type.isEmpty }
}

/// What makes a query a template.
public struct QueryTemplateOptions: Hashable, Sendable {
    /// The one kind of template there is.
    public static let namePrefixMatch = "name_prefix_match"

    /// `name_prefix_match`, or empty for a plain query.
    public var type: String
    /// The expression whose groups `${match(N)}` gives; empty for none.
    public var regexp: String
    /// Whether tags that are empty once filled in are left out.
    public var removeEmptyTags: Bool

    /// Makes options; the default is no template.
    public init(type: String = "", regexp: String = "", removeEmptyTags: Bool = false) {
        self.type = type
        self.regexp = regexp
        self.removeEmptyTags = removeEmptyTags
    }
}

/// Which instances a prepared query finds.
public struct ServiceQuery: Hashable, Sendable {
    /// The service's name.
    public var service: String
    /// Where to look when nothing is found.
    public var failover: QueryFailover
    /// Whether instances with a warning are left out too; critical ones always are.
    public var onlyPassing: Bool
    /// Checks that do not count.
    public var ignoreCheckIDs: [String]
    /// The node to sort by distance from: a name, `_agent` or `_ip`; empty for none.
    public var near: String
    /// Tags that an instance must have, or, after `!`, must not have.
    public var tags: [String]
    /// Metadata that the node must have; `nil` when never given.
    public var nodeMeta: [String: String]?
    /// Metadata that the instance must have; `nil` when never given.
    public var serviceMeta: [String: String]?
    /// Whether proxies and native instances are found instead of the instances themselves.
    public var connect: Bool
    /// The peer from which the service is imported; empty for none.
    public var peer: String

    /// Makes a query.
    public init(
        service: String,
        failover: QueryFailover = QueryFailover(),
        onlyPassing: Bool = false,
        ignoreCheckIDs: [String] = [],
        near: String = "",
        tags: [String] = [],
        nodeMeta: [String: String]? = nil,
        serviceMeta: [String: String]? = nil,
        connect: Bool = false,
        peer: String = ""
    ) {
        self.service = service
        self.failover = failover
        self.onlyPassing = onlyPassing
        self.ignoreCheckIDs = ignoreCheckIDs
        self.near = near
        self.tags = tags
        self.nodeMeta = nodeMeta
        self.serviceMeta = serviceMeta
        self.connect = connect
        self.peer = peer
    }
}

/// Where a prepared query looks when the own datacenter has nothing.
public struct QueryFailover: Hashable, Sendable {
    /// How many of the nearest datacenters to try first.
    public var nearestN: Int
    /// Datacenters to try then, in this order.
    public var datacenters: [String]
    /// Datacenters and peers to try, in place of the two above.
    public var targets: [Target]

    /// A datacenter or a peer.
    public struct Target: Hashable, Sendable {
        /// The datacenter; empty for a peer.
        public var datacenter: String
        /// The peer; empty for a datacenter.
        public var peer: String

        /// Makes a target.
        public init(datacenter: String = "", peer: String = "") {
            self.datacenter = datacenter
            self.peer = peer
        }
    }

    /// Makes a rule; the default is to try nothing.
    public init(nearestN: Int = 0, datacenters: [String] = [], targets: [Target] = []) {
        self.nearestN = nearestN
        self.datacenters = datacenters
        self.targets = targets
    }
}
