// SPDX-License-Identifier: Apache-2.0

/// What somebody asks an agent to register as a service: a `service` block of a configuration
/// file or the body of `PUT /v1/agent/service/register` (Consul API, "Register Service").
///
/// A definition is what was written; defaults are filled in by ``normalized()``.
public struct ServiceDefinition: Hashable, Sendable {
    /// The service ID, unique on its agent.
    ///
    /// Empty means "the name".
    public var id: String
    /// The service name that DNS answers to.
    ///
    /// Required.
    public var name: String
    /// The kind, empty for an ordinary service (`connect-proxy`, `ingress-gateway`, …).
    public var kind: String
    /// Tags in the order in which they were written.
    public var tags: [String]
    /// The service's own address; empty means "the node's address".
    public var address: String
    /// Further addresses by name (`lan`, `lan_ipv4`, `wan`, …).
    public var taggedAddresses: [String: ServiceAddress]
    /// The port; 0 when none was given.
    public var port: Int
    /// A unix socket instead of address and port; empty when none was given.
    public var socketPath: String
    /// Free metadata.
    public var meta: [String: String]
    /// SRV weights; `nil` means 1/1.
    public var weights: ServiceWeights?
    /// The priority of SRV answers, 0…65535; `nil` means 1 (our own).
    public var priority: Int?
    /// Whether tags that others change in the catalog are kept by anti-entropy.
    public var enableTagOverride: Bool
    /// The checks of this service, in the order in which they were written.
    public var checks: [CheckDefinition]
    /// The token with which the service is synchronized to the catalog.
    public var token: String
    /// Proxy settings; `nil` for anything that is no proxy.
    public var proxy: ProxyDefinition?
    /// Whether the service speaks Connect itself (`connect { native = true }`).
    public var connectNative: Bool
    /// The proxy to register together with this service; `nil` for none.
    public var sidecar: SidecarDefinition?
    /// Where the instance is; `nil` when it was not said.
    public var locality: Locality?

    /// Makes a definition; everything but the name may be left out.
    public init(
        id: String = "",
        name: String,
        kind: String = "",
        tags: [String] = [],
        address: String = "",
        taggedAddresses: [String: ServiceAddress] = [:],
        port: Int = 0,
        socketPath: String = "",
        meta: [String: String] = [:],
        weights: ServiceWeights? = nil,
        priority: Int? = nil,
        enableTagOverride: Bool = false,
        checks: [CheckDefinition] = [],
        token: String = "",
        proxy: ProxyDefinition? = nil,
        connectNative: Bool = false,
        sidecar: SidecarDefinition? = nil,
        locality: Locality? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.tags = tags
        self.address = address
        self.taggedAddresses = taggedAddresses
        self.port = port
        self.socketPath = socketPath
        self.meta = meta
        self.weights = weights
        self.priority = priority
        self.enableTagOverride = enableTagOverride
        self.checks = checks
        self.token = token
        self.proxy = proxy
        self.connectNative = connectNative
        self.sidecar = sidecar
        self.locality = locality
    }
}

/// An address with a port, a value of `TaggedAddresses` of a service.
public struct ServiceAddress: Hashable, Sendable {
    /// The address text: an IP or a host name.
    public var address: String
    /// The port; 0 when none was given.
    public var port: Int

    /// Makes an address.
    public init(address: String, port: Int) {
        self.address = address
        self.port = port
    }
}

/// SRV weights by health (Consul: `Weights`), each 0…65535.
public struct ServiceWeights: Hashable, Sendable {
    /// The weight while all checks pass.
    public var passing: Int
    /// The weight while a check warns.
    public var warning: Int

    /// Makes a pair of weights; the default is Consul's 1/1.
    public init(passing: Int = 1, warning: Int = 1) {
        self.passing = passing
        self.warning = warning
    }
}

/// The parts of a proxy registration that discovery needs; free-form parts are kept as JSON text.
public struct ProxyDefinition: Hashable, Sendable {
    /// The name of the service that the proxy fronts.
    public var destinationServiceName: String
    /// The ID of the instance that the proxy fronts.
    public var destinationServiceID: String
    /// Where the proxied instance listens.
    public var localServiceAddress: String
    /// The port on which the proxied instance listens; 0 when none was given.
    public var localServicePort: Int
    /// `""`, `direct` or `transparent`.
    public var mode: String
    /// `Config` as compact JSON text; empty when absent.
    public var configJSON: String
    /// `Upstreams` as compact JSON text; empty when absent.
    public var upstreamsJSON: String
    /// `MeshGateway.Mode`.
    public var meshGatewayMode: String
    /// `Expose` as compact JSON text; empty when absent.
    public var exposeJSON: String
    /// What only the proxy itself reads, as compact JSON text of an object with those of these
    /// members that are not empty, in this order: `LocalServiceSocketPath`, `TransparentProxy`,
    /// `MutualTLSMode`, `AccessLogs`, `EnvoyExtensions`; empty when there are none.
    public var dataPlaneJSON: String

    /// Makes proxy settings.
    public init(
        destinationServiceName: String = "",
        destinationServiceID: String = "",
        localServiceAddress: String = "",
        localServicePort: Int = 0,
        mode: String = "",
        configJSON: String = "",
        upstreamsJSON: String = "",
        meshGatewayMode: String = "",
        exposeJSON: String = "",
        dataPlaneJSON: String = ""
    ) {
        self.destinationServiceName = destinationServiceName
        self.destinationServiceID = destinationServiceID
        self.localServiceAddress = localServiceAddress
        self.localServicePort = localServicePort
        self.mode = mode
        self.configJSON = configJSON
        self.upstreamsJSON = upstreamsJSON
        self.meshGatewayMode = meshGatewayMode
        self.exposeJSON = exposeJSON
        self.dataPlaneJSON = dataPlaneJSON
    }
}

extension ServiceDefinition {
    /// The definition with Consul's defaults filled in: the ID is the name, weights are 1/1.
    public func normalized() -> ServiceDefinition {
        var copy = self
        if copy.id.isEmpty { copy.id = copy.name }
        if copy.weights == nil { copy.weights = ServiceWeights() }
        return copy
    }
}
