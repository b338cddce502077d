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
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex

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
    /// The kind, empty for an ordinary service.
    public var kind: String
    /// Tags in registered order.
    public var tags: [String]
    /// The own address; empty means the node's.
    public var address: String
    /// Further addresses by name.
    public var taggedAddresses: [String: ServiceAddress]
    /// Free metadata; `nil` when never given (the catalog API shows null).
    public var meta: [String: String]?
    /// The port; 0 when none.
    ///
    /// Not limited to 16 bits: the catalog API stores any number.
    public var port: Int
    /// A unix socket; empty when none.
    public var socketPath: String
    /// SRV weights.
    public var weights: ServiceWeights
    /// The priority of SRV answers: lower is asked first (RFC 2782); 1 as Consul's.
    public var priority: Int
    /// Whether tags changed in the catalog are kept by anti-entropy.
    public var enableTagOverride: Bool
    /// Proxy settings; `nil` for ordinary services.
    public var proxy: ProxyDefinition? {
        get { proxyBox?.row }
        set { proxyBox = newValue.map { Box($0) } }
    }
    /// The proxy settings, apart: few services have them, and they are large.
    private var proxyBox: Box<ProxyDefinition>?
    /// Whether the instance speaks Connect itself.
    public var connectNative: Bool
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex

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
        self.kind = kind
        self.tags = tags
        self.address = address
        self.taggedAddresses = taggedAddresses
        self.meta = meta
        self.port = port
        self.socketPath = socketPath
        self.weights = weights
        self.priority = priority
        self.enableTagOverride = enableTagOverride
        self.proxyBox = proxy.map { Box($0) }
        self.connectNative = connectNative
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
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
    /// A note for people.
    public var notes: String
    /// What the last run said.
    public var output: String
    /// The service that the check belongs to; empty for a node check.
    public var serviceID: String
    /// That service's name, filled in by the store.
    public var serviceName: String
    /// That service's tags, filled in by the store.
    public var serviceTags: [String]
    /// The kind as the API reports it (`ttl`, `http`, …, `maintenance`); empty when unknown.
    public var type: String
    /// The interval as Go text (`"10s"`); empty when none.
    public var interval: String
    /// The timeout as Go text; empty when none.
    public var timeout: String
    /// The port exposed through a proxy; 0 when none.
    public var exposedPort: Int
    /// `Definition` as compact JSON text; empty means `{}`.
    public var definitionJSON: String
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex

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
        self.notes = notes
        self.output = output
        self.serviceID = serviceID
        self.serviceName = serviceName
        self.serviceTags = serviceTags
        self.type = type
        self.interval = interval
        self.timeout = timeout
        self.exposedPort = exposedPort
        self.definitionJSON = definitionJSON
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
    }
}
