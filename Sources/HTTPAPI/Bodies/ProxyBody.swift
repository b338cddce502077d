// SPDX-License-Identifier: Apache-2.0
import Definitions

/// Decodes proxy settings (HTTP API 5.3.1).
///
/// What discovery does not need is kept as JSON text or accepted and dropped.
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
        proxy.configJSON = reader.value("Config")?.compactText ?? ""
        if let upstreams = try reader.elements("Upstreams"), !upstreams.isEmpty {
            proxy.upstreamsJSON = JSONValue.array(upstreams).compactText
        }
        proxy.meshGatewayMode = try meshGateway(reader.value("MeshGateway", "mesh_gateway"))
        if let expose = reader.value("Expose"), expose != .object([]) {
            proxy.exposeJSON = expose.compactText
        }
        for names in [
            ["LocalServiceSocketPath", "local_service_socket_path"],
            ["TransparentProxy", "transparent_proxy"],
            ["AccessLogs", "access_logs"],
            ["EnvoyExtensions", "envoy_extensions"],
        ] {
            _ = reader.take(names)
        }
        try reader.finish()
        return proxy == ProxyDefinition() ? nil : proxy
    }

    private static func meshGateway(_ value: JSONValue?) throws(BodyError) -> String {
        guard let value else { return "" }
        var reader = try JSONObjectReader(value, type: "structs.MeshGatewayConfig")
        let mode = try reader.string("Mode")
        try reader.finish()
        return mode
    }
}
