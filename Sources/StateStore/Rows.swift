// SPDX-License-Identifier: Apache-2.0
public import Definitions

/// A node of the catalog (Consul API, "Node").
public struct NodeRow: Hashable, Sendable {
    /// The name as registered; compared without case.
    public var name: String
    /// A UUID, or empty for a node registered without one.
    public var id: String
    /// The address text: an IP or a host name.
    public var address: String
    /// Further addresses by name (`lan`, `lan_ipv4`, `wan`, …); `nil` when never given.
    public var taggedAddresses: [String: String]?
    /// Free metadata; `nil` when never given.
    public var meta: [String: String]?
    /// Few nodes have one.
    private var place: Box<Locality>?
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex

    /// Where the node is; `nil` when it was not said.
    public var locality: Locality? {
        get { place?.row }
        set { place = newValue.map { Box($0) } }
    }

    /// Makes a row; the indexes are set when a command is applied.
    public init(
        name: String,
        id: String = "",
        address: String,
        taggedAddresses: [String: String]? = nil,
        meta: [String: String]? = nil,
        createIndex: RaftIndex = .zero,
        modifyIndex: RaftIndex = .zero
    ) {
        self.name = name
        self.id = id
        self.address = address
        self.taggedAddresses = taggedAddresses
        self.meta = meta
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
    }
}

/// A service instance of the catalog (Consul API, "NodeService").
public struct ServiceRow: Hashable, Sendable {
    /// The name of the node on which the instance runs, as that node is registered.
    public var node: String
    /// The instance's ID, unique on its node (exact spelling).
    public var id: String
    /// The service name; compared without case.
    public var name: String
    /// Tags in registered order.
    public var tags: [String]
    /// The own address; empty means the node's.
    public var address: String
    /// Free metadata; `nil` when never given (the catalog API shows null).
    public var meta: [String: String]?
    /// The port; 0 when none.
    ///
    /// Not limited to 16 bits: the catalog API stores any number.
    public var port: Int
    /// SRV weights.
    public var weights: ServiceWeights
    /// Whether tags changed in the catalog are kept by anti-entropy.
    public var enableTagOverride: Bool
    /// Whether the instance speaks Connect itself.
    public var connectNative: Bool
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex
    /// What few instances have; `nil` where all of it is as usual.
    var details: Box<ServiceDetails>?

    /// Makes a row; the indexes are set when a command is applied.
    public init(
        node: String,
        id: String,
        name: String,
        kind: String = "",
        tags: [String] = [],
        address: String = "",
        taggedAddresses: [String: ServiceAddress] = [:],
        meta: [String: String]? = nil,
        port: Int = 0,
        socketPath: String = "",
        weights: ServiceWeights = ServiceWeights(),
        priority: Int = 1,
        enableTagOverride: Bool = false,
        proxy: ProxyDefinition? = nil,
        connectNative: Bool = false,
        createIndex: RaftIndex = .zero,
        modifyIndex: RaftIndex = .zero
    ) {
        self.node = node
        self.id = id
        self.name = name
        self.tags = tags
        self.address = address
        self.meta = meta
        self.port = port
        self.weights = weights
        self.enableTagOverride = enableTagOverride
        self.connectNative = connectNative
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
        details = ServiceDetails(
            kind: kind,
            taggedAddresses: taggedAddresses,
            socketPath: socketPath,
            priority: priority,
            proxy: proxy.map { Box($0) }
        ).box()
    }
}

/// A check of the catalog (Consul API, "HealthCheck").
public struct CheckRow: Hashable, Sendable {
    /// The name of the node that the check belongs to.
    public var node: String
    /// The check's ID, unique on its node (exact spelling).
    public var id: String
    /// The display name.
    public var name: String
    /// The state.
    public var status: CheckStatus
    /// What the last run said.
    public var output: String
    /// The service that the check belongs to; empty for a node check.
    public var serviceID: String
    /// That service's name, filled in by the store.
    public var serviceName: String
    /// That service's tags, filled in by the store.
    public var serviceTags: [String]
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex
    /// What is about its runs; `nil` where none of it was given.
    var details: Box<CheckDetails>?

    /// Makes a row; the indexes are set when a command is applied.
    public init(
        node: String,
        id: String,
        name: String,
        status: CheckStatus,
        notes: String = "",
        output: String = "",
        serviceID: String = "",
        serviceName: String = "",
        serviceTags: [String] = [],
        type: String = "",
        interval: String = "",
        timeout: String = "",
        exposedPort: Int = 0,
        definitionJSON: String = "",
        createIndex: RaftIndex = .zero,
        modifyIndex: RaftIndex = .zero
    ) {
        self.node = node
        self.id = id
        self.name = name
        self.status = status
        self.output = output
        self.serviceID = serviceID
        self.serviceName = serviceName
        self.serviceTags = serviceTags
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
        details = CheckDetails(
            notes: notes,
            type: type,
            interval: interval,
            timeout: timeout,
            exposedPort: exposedPort,
            definitionJSON: definitionJSON
        ).box()
    }
}
