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
        proxy.configJSON = try reader.object("Config")?.compactText ?? ""
        if let upstreams = try reader.objects("Upstreams"), !upstreams.isEmpty {
            proxy.upstreamsJSON = JSONValue.array(upstreams).compactText
        }
        proxy.meshGatewayMode = try meshGateway(reader.value("MeshGateway", "mesh_gateway"))
        if let expose = try reader.object("Expose"), expose != .object([]) {
            proxy.exposeJSON = expose.compactText
        }
        _ = try reader.string("LocalServiceSocketPath", "local_service_socket_path")
        _ = try reader.object("TransparentProxy", "transparent_proxy")
        _ = try reader.object("AccessLogs", "access_logs")
        _ = try reader.objects("EnvoyExtensions", "envoy_extensions")
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
