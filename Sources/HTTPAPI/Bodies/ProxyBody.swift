// SPDX-License-Identifier: Apache-2.0
import Definitions

/// Decodes proxy settings (HTTP API 5.3.1).
///
/// What discovery does not need is kept as JSON text.
enum ProxyBody {
    static func proxy(_ value: JSONValue?) throws(BodyError) -> ProxyDefinition? {
        guard let value else { return nil }
        var reader = try JSONObjectReader(value, type: "structs.ConnectProxyConfig")
        var proxy = ProxyDefinition()
        proxy.destinationServiceName = try reader.string(
            "DestinationServiceName",
            "destination_service_name"
        )
        proxy.destinationServiceID = try reader.string(
            "DestinationServiceID",
            "destination_service_id"
        )
        proxy.localServiceAddress = try reader.string(
            "LocalServiceAddress",
            "local_service_address"
        )
        proxy.localServicePort = try reader.integer("LocalServicePort", "local_service_port") ?? 0
        proxy.mode = try reader.string("Mode")
        proxy.configJSON = try reader.object("Config")?.compactText ?? ""
        if let upstreams = try reader.objects("Upstreams"), !upstreams.isEmpty {
            proxy.upstreamsJSON = JSONValue.array(upstreams).compactText
        }
        proxy.meshGatewayMode = try meshGateway(reader.value("MeshGateway", "mesh_gateway"))
        if let expose = try reader.object("Expose"), expose != .object([]) {
            proxy.exposeJSON = expose.compactText
        }
        proxy.dataPlaneJSON = try dataPlane(&reader)
        try reader.finish()
        return proxy == ProxyDefinition() ? nil : proxy
    }

    /// What only the proxy itself reads (``ProxyDefinition/dataPlaneJSON``).
    private static func dataPlane(_ reader: inout JSONObjectReader) throws(BodyError) -> String {
        var kept = ConfigContent()
        let socket = try reader.string("LocalServiceSocketPath", "local_service_socket_path")
        kept.keep("LocalServiceSocketPath", .string(socket))
        if let value = reader.value("TransparentProxy", "transparent_proxy") {
            var part = try JSONObjectReader(value, type: "structs.TransparentProxyConfig")
            kept.keep("TransparentProxy", try transparentProxy(&part))
        }
        let mode = try reader.string("MutualTLSMode", "mutual_tls_mode")
        kept.keep("MutualTLSMode", .string(mode))
        if let value = reader.value("AccessLogs", "access_logs") {
            var part = try JSONObjectReader(value, type: "structs.AccessLogsConfig")
            kept.keep("AccessLogs", try accessLogs(&part))
        }
        var extensions: [JSONValue] = []
        for value in try reader.objects("EnvoyExtensions", "envoy_extensions") ?? [] {
            var part = try JSONObjectReader(value, type: "structs.EnvoyExtension")
            extensions.append(try envoyExtension(&part))
        }
        kept.keep("EnvoyExtensions", .array(extensions))
        return kept.isEmpty ? "" : kept.value.orderedText
    }

    private static func transparentProxy(
        _ reader: inout JSONObjectReader
    ) throws(BodyError) -> JSONValue {
        var kept = ConfigContent()
        let port = try reader.integer("OutboundListenerPort", "outbound_listener_port")
        kept.keep("OutboundListenerPort", .number(String(port ?? 0)))
        let isDirect = try reader.bool("DialedDirectly", "dialed_directly")
        kept.keep("DialedDirectly", .bool(isDirect ?? false))
        try reader.finish()
        return kept.value
    }

    private static func accessLogs(
        _ reader: inout JSONObjectReader
    ) throws(BodyError) -> JSONValue {
        var kept = ConfigContent()
        kept.keep("Enabled", .bool(try reader.bool("Enabled") ?? false))
        let isSilent = try reader.bool("DisableListenerLogs", "disable_listener_logs")
        kept.keep("DisableListenerLogs", .bool(isSilent ?? false))
        kept.keep("Type", .string(try reader.string("Type")))
        kept.keep("Path", .string(try reader.string("Path")))
        kept.keep("JSONFormat", .string(try reader.string("JSONFormat", "json_format")))
        kept.keep("TextFormat", .string(try reader.string("TextFormat", "text_format")))
        try reader.finish()
        return kept.value
    }

    private static func envoyExtension(
        _ reader: inout JSONObjectReader
    ) throws(BodyError) -> JSONValue {
        var kept = ConfigContent()
        kept["Name"] = .string(try reader.string("Name"))
        kept.keep("Required", .bool(try reader.bool("Required") ?? false))
        kept["Arguments"] = try reader.object("Arguments") ?? .null
        kept.keep("ConsulVersion", .string(try reader.string("ConsulVersion", "consul_version")))
        kept.keep("EnvoyVersion", .string(try reader.string("EnvoyVersion", "envoy_version")))
        try reader.finish()
        return kept.value
    }

    private static func meshGateway(_ value: JSONValue?) throws(BodyError) -> String {
        guard let value else { return "" }
        var reader = try JSONObjectReader(value, type: "structs.MeshGatewayConfig")
        let mode = try reader.string("Mode")
        try reader.finish()
        return mode
    }
}

extension ConfigContent {
    /// Sets a member, unless it is empty.
    fileprivate mutating func keep(_ name: String, _ value: JSONValue) {
        if !value.isEmpty { self[name] = value }
    }
}
