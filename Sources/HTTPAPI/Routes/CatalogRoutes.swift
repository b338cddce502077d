// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore

/// `/v1/catalog/…`, the reads (HTTP API 4.4); the writes are in `CatalogRoutes+Writes.swift`.
extension API {
    static let catalogRoutes = [
        Route(.put, path: "/v1/catalog/register") { api, request throws(APIFailure) in
            try await api.catalogRegister(request)
        },
        Route(.put, path: "/v1/catalog/deregister") { api, request throws(APIFailure) in
            try await api.catalogDeregister(request)
        },
        Route(.get, path: "/v1/catalog/datacenters") { api, request throws(APIFailure) in
            _ = try ReadOptions(request, defaultWait: .zero, maximumWait: .zero)
            return request.json { $0.strings([api.datacenter]) }
        },
        Route(.get, path: "/v1/catalog/nodes") { api, request throws(APIFailure) in
            try await api.catalogNodes(request)
        },
        Route(.get, path: "/v1/catalog/services", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.catalogServices(request)
        },
        Route(.get, path: "/v1/catalog/service/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.catalogService(request)
        },
        Route(.get, path: "/v1/catalog/node/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.catalogNode(request, asList: false)
        },
        Route(.get, path: "/v1/catalog/node-services/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.catalogNode(request, asList: true)
        },
    ]

    private func catalogNodes(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        try refuseFilter(request)
        let selection = Selection(request)
        let result = await read(request, options) { $0.nodes() }
        let nodes = sorted(result.value.filter { selection.includes($0) }, request) { $0.name }
        return reply(request, options, result) { writer in
            writer.array(nodes) { writer, node in
                NodeObject.write(node, datacenter: datacenter, to: &writer)
            }
        }
    }

    private func catalogServices(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        try refuseFilter(request)
        let selection = Selection(request)
        let result = await read(request, options) { store in
            let names = store.serviceNames().map { pairs in
                pairs.map { ServiceTags(name: $0.name, tags: $0.tags) }
            }
            return selection.selectsNodes ? Self.services(of: selection, in: store) : names
        }
        return reply(request, options, result, cacheable: true) { writer in
            writer.object { writer in
                for service in result.value { writer.member(service.name, service.tags) }
            }
        }
    }

    /// A service name with the tags of its instances, sorted.
    private struct ServiceTags {
        var name: String
        var tags: [String]
    }

    /// The services of the nodes that are selected; nodes and services both count for the index.
    private static func services(
        of selection: Selection,
        in store: StateStore
    ) -> Indexed<[ServiceTags]> {
        let nodes = store.nodes()
        var tags: [String: Set<String>] = [:]
        for node in nodes.value where selection.includes(node) {
            for service in store.services(onNode: node.name).value?.services ?? [] {
                tags[service.name, default: []].formUnion(service.tags)
            }
        }
        let services = tags.sortedByKey().map { name, tags in
            ServiceTags(
                name: name,
                tags: tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            )
        }
        let index = max(nodes.index, store.serviceNames().index)
        return Indexed(services, index: index, topics: [.nodes, .services])
    }

    private func catalogService(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing service name") }
        let options = try readOptions(request)
        try refuseFilter(request)
        let selection = Selection(request)
        let result = await read(request, options, isAbsent: \.isEmpty) {
            $0.instances(ofService: name)
        }
        let instances = sorted(
            result.value.filter { selection.includes($0.node) && selection.includes($0.service) },
            request
        ) { $0.node.name }
        return reply(request, options, result, cacheable: true) { writer in
            writer.array(instances) { writer, instance in
                ServiceNodeObject.write(instance, datacenter: datacenter, to: &writer)
            }
        }
    }

    /// A node with its services, as an object by ID or as a list.
    private func catalogNode(
        _ request: APIRequest,
        asList: Bool
    ) async throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing node name") }
        let options = try readOptions(request)
        try refuseFilter(request)
        let result = await read(request, options) { store in
            let exact = store.services(onNode: name)
            // Consul: `minUUIDLookupLen`; shorter texts are names only.
            guard exact.value == nil, name.utf8.count >= 12 else { return exact }
            let matches = store.nodes(withIDPrefix: name)
            guard matches.count == 1 else { return exact }
            return store.services(onNode: matches[0].name)
        }
        return reply(request, options, result) { writer in
            guard let (node, services) = result.value else {
                if !asList { return writer.null() }
                return writer.object { writer in
                    writer.key("Node")
                    writer.null()
                    writer.key("Services")
                    writer.null()
                }
            }
            writer.object { writer in
                writer.key("Node")
                NodeObject.write(node, datacenter: datacenter, to: &writer)
                writer.key("Services")
                if asList {
                    writer.array(services) { NodeServiceObject.write($1, to: &$0) }
                } else {
                    writer.object { writer in
                        for service in services {
                            writer.key(service.id)
                            NodeServiceObject.write(service, to: &writer)
                        }
                    }
                }
            }
        }
    }
}
