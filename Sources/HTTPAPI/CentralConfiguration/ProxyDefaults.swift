// SPDX-License-Identifier: Apache-2.0

/// What config entries say of one proxy or gateway: `service-defaults` over `proxy-defaults`, by
/// the rules that Consul has for each member (`configentry.ComputeResolvedServiceConfig`).
struct ProxyDefaults {
    /// What is free-form.
    private(set) var config = ConfigContent()
    /// `""`, `direct` or `transparent`; the texts that follow have values of their own.
    private(set) var mode = ""
    private(set) var meshGatewayMode = ""
    private(set) var mutualTLSMode = ""
    private(set) var transparentProxy = ConfigContent()
    private(set) var expose = ConfigContent()
    private(set) var accessLogs = ConfigContent()
    /// Those of all proxies before those of the service.
    private(set) var envoyExtensions: [ConfigContent] = []
    /// What concerns the services that the proxy leads to: first what holds for all, if there is
    /// such, then those of the registration, then those that the defaults alone name.
    private(set) var upstreams: [(id: UpstreamID, config: ConfigContent)] = []

    /// A service that a proxy leads to.
    struct UpstreamID: Hashable {
        /// The name; `*` for all.
        var name: String
        /// The peer that it is of; empty for a service of here.
        var peer = ""

        /// All services that nothing else is said of.
        static let wildcard = UpstreamID(name: "*")
    }

    /// What a proxy says of itself, as far as its defaults depend on it.
    struct Request {
        /// The service whose defaults count.
        var service: String
        var mode = ""
        var meshGatewayMode = ""
        /// The services to which it leads.
        var upstreams: [UpstreamID] = []
    }

    /// Resolves the defaults.
    ///
    /// - Parameters:
    ///   - request: what the proxy says of itself.
    ///   - global: the defaults of all proxies, if there are any.
    ///   - entry: gives the `service-defaults` of a service, if there are any.
    init(_ request: Request, global: ConfigContent?, entry: (String) -> ConfigContent?) {
        let own = entry(request.service)
        var common = ConfigContent()
        if let global { take(global, &common) }
        // What all proxies speak; the service's own protocol goes before it in `config` alone.
        let spoken = config.text("protocol").lowercased()
        if let own { overlay(own, &common) }
        // Consul: a proxy that names no service has use for what concerns them only where it is
        // transparent: it may then lead to any.
        let isTransparent = [request.mode, mode].contains("transparent")
        guard !request.upstreams.isEmpty || isTransparent else { return }
        let settings = own?.object("UpstreamConfig") ?? ConfigContent()
        resolve(request, settings, common, spoken: spoken, entry)
    }

    private mutating func take(_ global: ConfigContent, _ common: inout ConfigContent) {
        config = global.object("Config") ?? ConfigContent()
        mode = global.text("Mode")
        mutualTLSMode = global.text("MutualTLSMode")
        meshGatewayMode = global.meshGatewayMode
        transparentProxy = global.object("TransparentProxy") ?? ConfigContent()
        expose = global.object("Expose") ?? ConfigContent()
        accessLogs = global.object("AccessLogs") ?? ConfigContent()
        envoyExtensions = global.objects("EnvoyExtensions")
        common["mesh_gateway"] = config["mesh_gateway"]
        common.setMeshGateway(meshGatewayMode)
    }

    private mutating func overlay(_ own: ConfigContent, _ common: inout ConfigContent) {
        expose.overlay(own.object("Expose"), members: "Checks", "Paths")
        transparentProxy.overlay(
            own.object("TransparentProxy"),
            members: "OutboundListenerPort",
            "DialedDirectly"
        )
        if !own.meshGatewayMode.isEmpty { meshGatewayMode = own.meshGatewayMode }
        common.setMeshGateway(own.meshGatewayMode)
        if !own.text("Mode").isEmpty { mode = own.text("Mode") }
        if !own.text("MutualTLSMode").isEmpty { mutualTLSMode = own.text("MutualTLSMode") }
        for (member, key) in [
            ("Protocol", "protocol"), ("BalanceInboundConnections", "balance_inbound_connections"),
        ] where !own.text(member).isEmpty {
            config[key] = own[member]
        }
        for (member, key) in [
            ("MaxInboundConnections", "max_inbound_connections"),
            ("LocalConnectTimeoutMs", "local_connect_timeout_ms"),
            ("LocalRequestTimeoutMs", "local_request_timeout_ms"),
        ] where own.integer(member) > 0 {
            config[key] = own[member]
        }
        envoyExtensions += own.objects("EnvoyExtensions")
    }

    /// Resolves what concerns the services that the proxy leads to.
    private mutating func resolve(
        _ request: Request,
        _ settings: ConfigContent,
        _ inherited: ConfigContent,
        spoken: String,
        _ entry: (String) -> ConfigContent?
    ) {
        var common = inherited
        var defaults = settings.object("Defaults")
        if defaults?.meshGatewayMode == "" { defaults?.setMode(meshGatewayMode) }
        if let defaults { common.takeUpstream(defaults) }
        common.setMeshGateway(request.meshGatewayMode)
        if defaults != nil || !common.isEmpty { upstreams.append((.wildcard, common)) }

        var overrides: [UpstreamID: ConfigContent] = [:]
        var all = request.upstreams
        for override in settings.objects("Overrides") where !override.text("Name").isEmpty {
            let id = UpstreamID(name: override.text("Name"), peer: override.text("Peer"))
            overrides[id] = override
            all.append(id)
        }
        // Consul: where no override names a peer, they hold for services of peers, too.
        let namesPeers = overrides.keys.contains { !$0.peer.isEmpty }
        var seen: Set<UpstreamID> = []
        for id in all where seen.insert(id).inserted {
            var config = ConfigContent()
            // Each of these goes before those above it.
            config.setText("protocol", spoken)
            config.overlay(common)
            if id.peer.isEmpty, let own = entry(id.name) {
                config.setText("protocol", own.text("Protocol"))
            }
            config.setMeshGateway(meshGatewayMode)
            if let defaults { config.takeUpstream(defaults) }
            config.setMeshGateway(request.meshGatewayMode)
            let named = namesPeers ? id : UpstreamID(name: id.name)
            if let override = overrides[named] { config.takeUpstream(override) }
            if !config.isEmpty { upstreams.append((id, config)) }
        }
    }
}

extension ConfigContent {
    /// `MeshGateway.Mode`.
    fileprivate var meshGatewayMode: String { object("MeshGateway")?.text("Mode") ?? "" }

    /// Sets `MeshGateway.Mode`.
    fileprivate mutating func setMode(_ mode: String) {
        guard !mode.isEmpty else { return }
        self["MeshGateway"] = Self.mode(mode)
    }

    /// Sets what is told of a mesh gateway among free-form parts, unless it is nothing.
    fileprivate mutating func setMeshGateway(_ mode: String) {
        guard !mode.isEmpty else { return }
        self["mesh_gateway"] = Self.mode(mode)
    }

    fileprivate mutating func setText(_ name: String, _ text: String) {
        guard !text.isEmpty else { return }
        self[name] = .string(text)
    }

    private static func mode(_ mode: String) -> JSONValue {
        .object([JSONMember(name: "Mode", value: .string(mode))])
    }

    /// Takes what is set of an upstream's settings over, by the names that proxies read (Consul:
    /// `UpstreamConfig.MergeInto`).
    fileprivate mutating func takeUpstream(_ settings: ConfigContent) {
        for (member, key) in [
            ("EnvoyListenerJSON", "envoy_listener_json"),
            ("EnvoyClusterJSON", "envoy_cluster_json"), ("Protocol", "protocol"),
            ("ConnectTimeoutMs", "connect_timeout_ms"), ("Limits", "limits"),
            ("PassiveHealthCheck", "passive_health_check"),
            ("BalanceOutboundConnections", "balance_outbound_connections"),
        ] {
            if let value = settings[member], !value.isEmpty { self[key] = value }
        }
        setMeshGateway(settings.meshGatewayMode)
    }
}
