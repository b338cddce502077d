// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// The config entries of one state that proxies and gateways get their defaults from
/// (`?merge-central-config`, HTTP API 1.7).
struct CentralConfiguration {
    private let store: StateStore
    private let global: ConfigContent?
    /// The `service-defaults` that were looked for, by folded name.
    private var found: [String: ConfigContent?] = [:]

    init(_ store: StateStore) {
        self.store = store
        global = Self.content(.proxyDefaults, "global", in: store)
    }

    /// Fills in what config entries say of a proxy or a gateway.
    ///
    /// - Returns: `false` for a service that is neither: they say nothing of others.
    mutating func complete(_ service: inout ServiceRow) -> Bool {
        let isSidecar = Self.isSidecar(service)
        guard isSidecar || Self.gateways.contains(service.kind) else { return false }
        var proxy = service.proxy ?? ProxyDefinition()
        var request = ProxyDefaults.Request(
            service: service.name,
            mode: proxy.mode,
            meshGatewayMode: proxy.meshGatewayMode
        )
        if isSidecar {
            // Consul: a proxy goes by the defaults of the service that it stands for.
            request.service = proxy.destinationServiceName
            request.upstreams = proxy.upstreamIDs
        }
        let defaults = ProxyDefaults(request, global: global) { serviceDefaults(of: $0) }
        proxy.fill(from: defaults)
        service.proxy = proxy
        return true
    }

    private static let gateways = [
        "mesh-gateway", "terminating-gateway", "ingress-gateway", "api-gateway",
    ]

    private static func isSidecar(_ service: ServiceRow) -> Bool {
        guard service.kind == "connect-proxy", let proxy = service.proxy else { return false }
        return !proxy.destinationServiceID.isEmpty || !proxy.destinationServiceName.isEmpty
    }

    private mutating func serviceDefaults(of name: String) -> ConfigContent? {
        let key = StateStore.folded(name)
        if let known = found[key] { return known }
        let content = Self.content(.serviceDefaults, key, in: store)
        found[key] = content
        return content
    }

    private static func content(
        _ kind: ConfigEntryKind,
        _ name: String,
        in store: StateStore
    ) -> ConfigContent? {
        store.configEntry(kind, named: name).value.map { entry in
            ConfigContent((try? JSONParser.parse(Array(entry.contentJSON.utf8))) ?? .null)
        }
    }
}

extension CentralConfiguration {
    /// Instances with what config entries say of them; these count for index and topics where
    /// there is one of which they may say something.
    static func completed(
        _ read: Indexed<[InstanceView]>,
        in store: StateStore
    ) -> Indexed<[InstanceView]> {
        var central = CentralConfiguration(store)
        var isConcerned = false
        let instances = read.value.map { instance in
            var service = instance.service
            guard central.complete(&service) else { return instance }
            isConcerned = true
            return instance.replacingService(service)
        }
        return indexed(instances, read, in: store, isConcerned)
    }

    /// The services of a node, likewise.
    static func completed(
        _ read: Indexed<(node: NodeRow, services: [ServiceRow])?>,
        in store: StateStore
    ) -> Indexed<(node: NodeRow, services: [ServiceRow])?> {
        guard let (node, services) = read.value else { return read }
        var central = CentralConfiguration(store)
        var isConcerned = false
        let completed = services.map { service in
            var service = service
            if central.complete(&service) { isConcerned = true }
            return service
        }
        return indexed((node, completed), read, in: store, isConcerned)
    }

    private static func indexed<Value: Sendable, Other>(
        _ value: Value,
        _ read: Indexed<Other>,
        in store: StateStore,
        _ isConcerned: Bool
    ) -> Indexed<Value> {
        let entries = store.tableIndexes.configEntries
        return Indexed(
            value,
            index: isConcerned ? max(read.index, entries) : read.index,
            topics: isConcerned ? read.topics + [.configEntries] : read.topics
        )
    }
}
