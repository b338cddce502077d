// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// Decodes services: the agent's registration (HTTP API 5.4) and the catalog's (5.3).
enum ServiceBody {
    /// The body of `PUT /v1/agent/service/register`.
    static func registration(_ value: JSONValue) throws(BodyError) -> ServiceDefinition {
        var reader = try JSONObjectReader(value, type: "structs.ServiceDefinition")
        var service = ServiceDefinition(name: try reader.string("Name"))
        service.id = try reader.string("ID")
        service.kind = try reader.string("Kind")
        service.tags = try reader.strings("Tags") ?? []
        service.address = try reader.string("Address")
        service.taggedAddresses = try addresses(
            reader.value("TaggedAddresses", "tagged_addresses")
        )
        service.meta = try reader.map("Meta") ?? [:]
        service.port = try reader.integer("Port") ?? 0
        service.socketPath = try reader.string("SocketPath", "socket_path")
        if let value = reader.value("Check") {
            service.checks.append(try CheckBody.ofService(value))
        }
        for value in try reader.elements("Checks") ?? [] where value != .null {
            service.checks.append(try CheckBody.ofService(value))
        }
        service.weights = try weights(reader.value("Weights"))
        service.priority = try reader.integer("Priority")
        service.token = try reader.string("Token")
        service.enableTagOverride =
            try reader.bool("EnableTagOverride", "enable_tag_override") ?? false
        service.proxy = try ProxyBody.proxy(reader.value("Proxy"))
        (service.connectNative, service.sidecar) = try connect(reader.value("Connect"))
        service.locality = try LocalityBody.locality(reader.value("Locality"))
        try reader.finish()
        return service
    }

    /// `Service` of `PUT /v1/catalog/register`.
    static func catalogRow(_ value: JSONValue) throws(BodyError) -> ServiceRow {
        var reader = try JSONObjectReader(value, type: "structs.NodeService")
        var row = ServiceRow(
            node: "",
            id: try reader.string("ID"),
            name: try reader.string("Service")
        )
        row.kind = try reader.string("Kind")
        row.tags = try reader.strings("Tags") ?? []
        row.address = try reader.string("Address")
        row.taggedAddresses = try addresses(
            reader.value("TaggedAddresses", "tagged_addresses")
        )
        row.meta = try reader.map("Meta")
        row.port = try reader.integer("Port") ?? 0
        row.socketPath = try reader.string("SocketPath", "socket_path")
        row.weights = try weights(reader.value("Weights")) ?? ServiceWeights()
        // Consul: the catalog takes 1/1 in place of weights that are none (spec/dns.md 2.5).
        if (try? row.weights.validate()) == nil { row.weights = ServiceWeights() }
        row.priority = try reader.integer("Priority") ?? 1
        guard (0...65535).contains(row.priority) else {
            throw BodyError("Invalid Priority: must be between 0 and 65535")
        }
        row.enableTagOverride =
            try reader.bool("EnableTagOverride", "enable_tag_override") ?? false
        row.proxy = try ProxyBody.proxy(reader.value("Proxy"))
        let connect = try connect(reader.value("Connect"))
        row.connectNative = connect.isNative
        if connect.sidecar != nil {
            throw BodyError(
                "Connect.SidecarService is for PUT /v1/agent/service/register; register the "
                    + "proxy in the catalog as a service of its own with Kind connect-proxy"
            )
        }
        row.locality = try LocalityBody.locality(reader.value("Locality"))
        _ = try reader.string("PeerName")
        _ = try reader.integer("CreateIndex")
        _ = try reader.integer("ModifyIndex")
        try reader.finish()
        return row
    }

    private static func weights(_ value: JSONValue?) throws(BodyError) -> ServiceWeights? {
        guard let value else { return nil }
        var reader = try JSONObjectReader(value, type: "structs.Weights")
        let weights = ServiceWeights(
            passing: try reader.integer("Passing") ?? 0,
            warning: try reader.integer("Warning") ?? 0
        )
        try reader.finish()
        return weights
    }

    private static func addresses(
        _ value: JSONValue?
    ) throws(BodyError) -> [String: ServiceAddress] {
        guard let value else { return [:] }
        guard case .object(let members) = value else {
            throw BodyError(
                "json: cannot unmarshal \(value.kind) into Go struct field "
                    + ".TaggedAddresses of type map[string]structs.ServiceAddress"
            )
        }
        var addresses: [String: ServiceAddress] = [:]
        for member in members {
            var reader = try JSONObjectReader(member.value, type: "structs.ServiceAddress")
            addresses[member.name] = ServiceAddress(
                address: try reader.string("Address"),
                port: try reader.integer("Port") ?? 0
            )
            try reader.finish()
        }
        return addresses
    }

    /// `Connect`: whether the service speaks it itself, and the proxy that is to come with it.
    private static func connect(
        _ value: JSONValue?
    ) throws(BodyError) -> (isNative: Bool, sidecar: SidecarDefinition?) {
        guard let value else { return (false, nil) }
        var reader = try JSONObjectReader(value, type: "structs.ServiceConnect")
        let isNative = try reader.bool("Native") ?? false
        var sidecar: SidecarDefinition?
        if let written = reader.value("SidecarService", "sidecar_service") {
            sidecar = .proxy(try registration(written))
        }
        // Sent by Consul's Go client, for other kinds of Connect objects.
        _ = try reader.object("PeerMeta")
        try reader.finish()
        return (isNative, sidecar)
    }
}
