// SPDX-License-Identifier: Apache-2.0
import StateStore

/// A service that a gateway leads to or lets in, by its config entry (HTTP API 4.4,
/// `/v1/catalog/gateway-services/:g`).
struct GatewayLink {
    /// The gateway's name as its entry spells it.
    var gateway: String
    var gatewayKind: ConfigEntryKind
    var service: String
    /// The listener: 0 and empty for a gateway that leads out.
    var port = 0
    var listenerProtocol = ""
    /// The link's own members, as the entry gives them.
    var content: ConfigContent
    var isFromWildcard = false
    var createIndex: RaftIndex
    var modifyIndex: RaftIndex

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, value) in [("Gateway", gateway), ("Service", service)] {
                writer.key(name)
                writer.object { $0.member("Name", value) }
            }
            writer.member("GatewayKind", gatewayKind.rawValue)
            if port != 0 { writer.member("Port", port) }
            if !listenerProtocol.isEmpty { writer.member("Protocol", listenerProtocol) }
            for name in ["Hosts", "CAFile", "CertFile", "KeyFile", "SNI"] {
                guard let value = content[name], value != .null else { continue }
                writer.key(name)
                writer.value(value)
            }
            if isFromWildcard { writer.member("FromWildcard", true) }
            writer.member("CreateIndex", createIndex.rawValue)
            writer.member("ModifyIndex", modifyIndex.rawValue)
        }
    }

    /// Where the service is reached from outside: a host for each name, all at the listener's port.
    func addresses(defaultHost: String) -> [String] {
        guard port != 0 else { return [] }
        var hosts: [String] = []
        if case .array(let elements)? = content["Hosts"] {
            for case .string(let host) in elements { hosts.append(host) }
        }
        return (hosts.isEmpty ? [defaultHost] : hosts).map { host in
            "\(host.hasSuffix(".") ? String(host.dropLast()) : host):\(port)"
        }
    }
}

extension StateStore {
    /// The links of all gateways, or of those with a name, by gateway and service.
    ///
    /// A wildcard stands for every ordinary service but the servers' own that the gateway does not
    /// name.
    func gatewayLinks(of gateway: String? = nil) -> Indexed<[GatewayLink]> {
        let entries =
            configEntries(ofKind: .ingressGateway).value
            + configEntries(ofKind: .terminatingGateway).value
        let wanted = gateway.map(StateStore.folded)
        var links: [GatewayLink] = []
        for entry in entries where wanted.map({ $0 == StateStore.folded(entry.name) }) ?? true {
            links += self.links(of: entry)
        }
        links.sort { ($0.gateway, $0.service, $0.port) < ($1.gateway, $1.service, $1.port) }
        return Indexed(
            links,
            index: max(configEntries(ofKind: nil).index, serviceNames().index),
            topics: [.configEntries, .services]
        )
    }

    private func links(of entry: ConfigEntryRow) -> [GatewayLink] {
        let content = ConfigContent(
            (try? JSONParser.parse(Array(entry.contentJSON.utf8))) ?? .null
        )
        var listed: [GatewayLink] = []
        func add(_ service: ConfigContent, port: Int, _ listenerProtocol: String) {
            listed.append(
                GatewayLink(
                    gateway: entry.name,
                    gatewayKind: entry.kind,
                    service: service.text("Name"),
                    port: port,
                    listenerProtocol: listenerProtocol,
                    content: service,
                    createIndex: entry.createIndex,
                    modifyIndex: entry.modifyIndex
                )
            )
        }
        if entry.kind == .terminatingGateway {
            for service in content.objects("Services") { add(service, port: 0, "") }
        } else {
            for listener in content.objects("Listeners") {
                for service in listener.objects("Services") {
                    add(service, port: listener.integer("Port"), listener.text("Protocol"))
                }
            }
        }
        let named = Set(listed.map { StateStore.folded($0.service) })
        return listed.flatMap { link -> [GatewayLink] in
            guard link.service == "*" else { return [link] }
            return ordinaryServices().filter { !named.contains(StateStore.folded($0)) }.map {
                var copy = link
                copy.service = $0
                copy.isFromWildcard = true
                return copy
            }
        }
    }

    /// The names of services that are neither of the mesh nor the servers' own.
    private func ordinaryServices() -> [String] {
        serviceNames().value.map(\.name).filter { name in
            name != "consul"
                && instances(ofService: name).value.contains { $0.service.kind.isEmpty }
        }
    }
}
