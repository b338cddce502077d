// SPDX-License-Identifier: Apache-2.0
import Definitions

extension ProxyDefinition {
    /// The services to which the proxy leads, as far as it names them; prepared queries are none.
    var upstreamIDs: [ProxyDefaults.UpstreamID] {
        upstreams.compactMap { Upstream($0).id }
    }

    /// Fills in the defaults; what the registration says goes before them (Consul:
    /// `configentry.MergeServiceConfig`).
    mutating func fill(from defaults: ProxyDefaults) {
        if !defaults.config.isEmpty {
            var config = ConfigContent(Self.parsed(configJSON))
            config.fill(from: defaults.config)
            configJSON = config.value.compactText
        }
        if !defaults.expose.isEmpty {
            let own = Self.parsed(exposeJSON)
            var expose = ConfigContent((try? ConfigShape.expose.normalized(own, at: "")) ?? own)
            expose.fill(from: defaults.expose)
            exposeJSON = expose.value.orderedText
        }
        fillDataPlane(from: defaults)
        if meshGatewayMode.isEmpty { meshGatewayMode = defaults.meshGatewayMode }
        if mode.isEmpty { mode = defaults.mode }
        fillUpstreams(from: defaults)
    }

    private mutating func fillDataPlane(from defaults: ProxyDefaults) {
        var content = ConfigContent(Self.parsed(dataPlaneJSON))
        for (name, given) in [
            ("TransparentProxy", defaults.transparentProxy), ("AccessLogs", defaults.accessLogs),
        ] {
            var own = content.object(name) ?? ConfigContent()
            own.fill(from: given)
            content[name] = own.isEmpty ? nil : own.value
        }
        if content.text("MutualTLSMode").isEmpty, !defaults.mutualTLSMode.isEmpty {
            content["MutualTLSMode"] = .string(defaults.mutualTLSMode)
        }
        // Consul: these alone are replaced, not filled in, and lose their versions.
        content["EnvoyExtensions"] = nil
        if !defaults.envoyExtensions.isEmpty {
            content["EnvoyExtensions"] = .array(
                defaults.envoyExtensions.map { given in
                    var kept = given
                    for name in ["ConsulVersion", "EnvoyVersion"] { kept[name] = nil }
                    return kept.value
                }
            )
        }
        // In the order of its members.
        let ordered = try? ConfigShape.dataPlane.normalized(content.value, at: "")
        dataPlaneJSON = content.isEmpty ? "" : (ordered ?? content.value).orderedText
    }

    private mutating func fillUpstreams(from defaults: ProxyDefaults) {
        guard !defaults.upstreams.isEmpty else { return }
        var result = upstreams.map { Upstream($0) }
        var own: Set<ProxyDefaults.UpstreamID> = []
        let configured = Dictionary(
            defaults.upstreams.map { ($0.id, $0.config) },
            uniquingKeysWith: { first, _ in first }
        )
        for place in result.indices {
            guard let id = result[place].id else { continue }
            own.insert(id)
            if let config = configured[id] { result[place].fill(from: config) }
        }
        // Consul: a transparent proxy may lead to services that its registration does not name.
        if mode == "transparent" {
            for (id, config) in defaults.upstreams where !own.contains(id) {
                result.append(Upstream(id, config))
            }
        }
        guard !result.isEmpty else { return }
        upstreamsJSON = JSONValue.array(result.map(\.content.value)).compactText
    }

    private var upstreams: [ConfigContent] {
        guard case .array(let elements) = Self.parsed(upstreamsJSON) else { return [] }
        return elements.map(ConfigContent.init)
    }

    private static func parsed(_ text: String) -> JSONValue {
        (try? JSONParser.parse(Array(text.utf8))) ?? .null
    }
}

/// A service that a proxy leads to, as its registration spells it (HTTP API 5.3.1).
private struct Upstream {
    private(set) var content: ConfigContent

    init(_ content: ConfigContent) { self.content = content }

    /// One that only config entries name (Consul: `CentrallyConfigured`).
    init(_ id: ProxyDefaults.UpstreamID, _ config: ConfigContent) {
        content = ConfigContent()
        content["DestinationType"] = .string("")
        content["DestinationNamespace"] = .string("default")
        content["DestinationPartition"] = .string("default")
        if !id.peer.isEmpty { content["DestinationPeer"] = .string(id.peer) }
        content["DestinationName"] = .string(id.name)
        content["Datacenter"] = .string("")
        if !config.isEmpty { content["Config"] = config.value }
        content["MeshGateway"] = Self.meshGateway(Self.meshGatewayMode(of: config))
        content["CentrallyConfigured"] = .bool(true)
    }

    /// What it is; `nil` for a prepared query.
    var id: ProxyDefaults.UpstreamID? {
        guard ["", "service"].contains(text("DestinationType")) else { return nil }
        return ProxyDefaults.UpstreamID(
            name: text("DestinationName"),
            peer: text("DestinationPeer")
        )
    }

    mutating func fill(from config: ConfigContent) {
        let gateway = ConfigContent(member("MeshGateway")?.value ?? .null)
        if (gateway["Mode"] ?? gateway["mode"] ?? .null).isEmpty {
            let mode = Self.meshGatewayMode(of: config)
            if !mode.isEmpty { set("MeshGateway", Self.meshGateway(mode)) }
        }
        var own = ConfigContent(member("Config")?.value ?? .null)
        let spoken = own["protocol"]
        own.fill(from: config)
        // Consul: the protocol of a peer's service is the peer's to say.
        if !text("DestinationPeer").isEmpty { own["protocol"] = spoken }
        // What was resolved for all; the one of this upstream has a place of its own.
        own["mesh_gateway"] = nil
        if !own.isEmpty { set("Config", own.value) }
    }

    /// The mode that a free-form part tells, in either spelling.
    private static func meshGatewayMode(of config: ConfigContent) -> String {
        let gateway = config.object("mesh_gateway") ?? ConfigContent()
        let mode = gateway.text("Mode")
        return mode.isEmpty ? gateway.text("mode") : mode
    }

    private static func meshGateway(_ mode: String) -> JSONValue {
        .object(mode.isEmpty ? [] : [JSONMember(name: "Mode", value: .string(mode))])
    }

    private func member(_ name: String) -> JSONMember? {
        let wanted = ConfigMember(name, .any)
        return content.members.last { wanted.matches($0.name) }
    }

    private func text(_ name: String) -> String {
        guard case .string(let text)? = member(name)?.value else { return "" }
        return text
    }

    private mutating func set(_ name: String, _ value: JSONValue) {
        content[member(name)?.name ?? name] = value
    }
}
