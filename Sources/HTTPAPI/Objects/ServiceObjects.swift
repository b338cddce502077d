// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// Writes `NodeService`: the service inside `catalog/node` and `health/service` (HTTP API 5.3).
enum NodeServiceObject {
    static func write(_ service: ServiceRow, to writer: inout JSONWriter) {
        writer.object { writer in
            if !service.kind.isEmpty { writer.member("Kind", service.kind) }
            writer.member("ID", service.id)
            writer.member("Service", service.name)
            writer.member("Tags", service.tags)
            writer.member("Address", service.address)
            ServiceParts.addresses("TaggedAddresses", of: service, to: &writer)
            writer.member("Meta", service.meta)
            if service.port != 0 { writer.member("Port", service.port) }
            if !service.socketPath.isEmpty { writer.member("SocketPath", service.socketPath) }
            ServiceParts.weights("Weights", of: service, to: &writer)
            ServiceParts.priority("Priority", of: service, to: &writer)
            writer.member("EnableTagOverride", service.enableTagOverride)
            LocalityObject.writeMember(service.locality, to: &writer)
            writer.key("Proxy")
            ProxyObject.writeStored(service.proxy, to: &writer)
            ServiceParts.connect("Connect", of: service, to: &writer)
            writer.member("PeerName", "")
            writer.member("CreateIndex", service.createIndex.rawValue)
            writer.member("ModifyIndex", service.modifyIndex.rawValue)
        }
    }
}

/// Writes `ServiceNode`: an instance flat with its node, as in `catalog/service` (HTTP API 5.3).
enum ServiceNodeObject {
    static func write(
        _ instance: InstanceView,
        datacenter: String,
        to writer: inout JSONWriter
    ) {
        let node = instance.node
        let service = instance.service
        writer.object { writer in
            writer.member("ID", node.id)
            writer.member("Node", node.name)
            writer.member("Address", node.address)
            writer.member("Datacenter", datacenter)
            writer.member("TaggedAddresses", node.taggedAddresses)
            writer.member("NodeMeta", node.meta)
            writer.member("ServiceKind", service.kind)
            writer.member("ServiceID", service.id)
            writer.member("ServiceName", service.name)
            writer.member("ServiceTags", service.tags)
            writer.member("ServiceAddress", service.address)
            ServiceParts.addresses("ServiceTaggedAddresses", of: service, to: &writer)
            ServiceParts.weights("ServiceWeights", of: service, to: &writer)
            ServiceParts.priority("ServicePriority", of: service, to: &writer)
            writer.member("ServiceMeta", service.meta)
            writer.member("ServicePort", service.port)
            writer.member("ServiceSocketPath", service.socketPath)
            writer.member("ServiceEnableTagOverride", service.enableTagOverride)
            writer.key("ServiceProxy")
            ProxyObject.writeStored(service.proxy, to: &writer)
            ServiceParts.connect("ServiceConnect", of: service, to: &writer)
            writer.key("ServiceLocality")
            if let locality = service.locality {
                LocalityObject.write(locality, to: &writer)
            } else {
                writer.null()
            }
            writer.member("CreateIndex", service.createIndex.rawValue)
            writer.member("ModifyIndex", service.modifyIndex.rawValue)
        }
    }
}

/// Writes `AgentService`: a service of this agent (HTTP API 5.3).
///
/// The hash is part of single reads only; its own input is everything but hash and datacenter.
enum AgentServiceObject {
    static func write(
        _ service: ServiceRow,
        contentHash: String? = nil,
        datacenter: String?,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            if !service.kind.isEmpty { writer.member("Kind", service.kind) }
            writer.member("ID", service.id)
            writer.member("Service", service.name)
            writer.member("Tags", service.tags)
            writer.member("Meta", service.meta ?? [:])
            writer.member("Port", service.port)
            writer.member("Address", service.address)
            if !service.socketPath.isEmpty { writer.member("SocketPath", service.socketPath) }
            ServiceParts.addresses("TaggedAddresses", of: service, to: &writer)
            ServiceParts.weights("Weights", of: service, to: &writer)
            ServiceParts.priority("Priority", of: service, to: &writer)
            writer.member("EnableTagOverride", service.enableTagOverride)
            if let contentHash { writer.member("ContentHash", contentHash) }
            if let proxy = service.proxy, !service.kind.isEmpty {
                writer.key("Proxy")
                ProxyObject.write(proxy, omitsEmptyMode: true, to: &writer)
            }
            if service.connectNative {
                ServiceParts.connect("Connect", of: service, to: &writer)
            }
            LocalityObject.writeMember(service.locality, to: &writer)
            if let datacenter { writer.member("Datacenter", datacenter) }
        }
    }
}

/// Parts that the service objects share.
enum ServiceParts {
    /// Our own; left out where it is Consul's 1.
    static func priority(_ name: String, of service: ServiceRow, to writer: inout JSONWriter) {
        if service.priority != 1 { writer.member(name, service.priority) }
    }

    /// Left out when there are none.
    static func addresses(
        _ name: String,
        of service: ServiceRow,
        to writer: inout JSONWriter
    ) {
        guard !service.taggedAddresses.isEmpty else { return }
        writer.key(name)
        writer.map(service.taggedAddresses) { writer, address in
            writer.object { writer in
                writer.member("Address", address.address)
                writer.member("Port", address.port)
            }
        }
    }

    static func weights(
        _ name: String,
        of service: ServiceRow,
        to writer: inout JSONWriter
    ) {
        writer.key(name)
        writer.object { writer in
            writer.member("Passing", service.weights.passing)
            writer.member("Warning", service.weights.warning)
        }
    }

    static func connect(
        _ name: String,
        of service: ServiceRow,
        to writer: inout JSONWriter
    ) {
        writer.key(name)
        writer.object { writer in
            if service.connectNative { writer.member("Native", true) }
        }
    }
}

/// Writes proxy settings (HTTP API 5.3.1).
enum ProxyObject {
    /// The stored form, present for every service.
    static func writeStored(_ proxy: ProxyDefinition?, to writer: inout JSONWriter) {
        write(proxy ?? ProxyDefinition(), omitsEmptyMode: false, to: &writer)
    }

    static func write(
        _ proxy: ProxyDefinition,
        omitsEmptyMode: Bool,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            text("DestinationServiceName", proxy.destinationServiceName, to: &writer)
            text("DestinationServiceID", proxy.destinationServiceID, to: &writer)
            text("LocalServiceAddress", proxy.localServiceAddress, to: &writer)
            if proxy.localServicePort != 0 {
                writer.member("LocalServicePort", proxy.localServicePort)
            }
            if !omitsEmptyMode || !proxy.mode.isEmpty { writer.member("Mode", proxy.mode) }
            json("Config", proxy.configJSON, to: &writer)
            json("Upstreams", proxy.upstreamsJSON, to: &writer)
            writer.key("MeshGateway")
            writer.object { text("Mode", proxy.meshGatewayMode, to: &$0) }
            json("Expose", proxy.exposeJSON.isEmpty ? "{}" : proxy.exposeJSON, to: &writer)
            guard !proxy.dataPlaneJSON.isEmpty,
                let dataPlane = try? JSONParser.parse(Array(proxy.dataPlaneJSON.utf8))
            else { return }
            for member in ConfigContent(dataPlane).members {
                writer.key(member.name)
                writer.value(member.value)
            }
        }
    }

    private static func text(_ name: String, _ text: String, to writer: inout JSONWriter) {
        if !text.isEmpty { writer.member(name, text) }
    }

    private static func json(_ name: String, _ json: String, to writer: inout JSONWriter) {
        guard !json.isEmpty else { return }
        writer.key(name)
        writer.verbatim(json)
    }
}
