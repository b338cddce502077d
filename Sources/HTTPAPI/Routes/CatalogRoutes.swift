// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore

/// `/v1/catalog/…`, the reads (HTTP API 4.4); the writes are in `CatalogRoutes+Writes.swift`.
extension API {
    static let catalogRoutes = [
        Route(.put, path: "/v1/catalog/register", countedAs: "catalog_register") {
            api,
            request throws(APIFailure) in
            try await api.catalogRegister(request)
        },
        Route(.put, path: "/v1/catalog/deregister", countedAs: "catalog_deregister") {
            api,
            request throws(APIFailure) in
            try await api.catalogDeregister(request)
        },
        Route(reading: "/v1/catalog/datacenters", countedAs: "catalog_datacenters") {
            api,
            request throws(APIFailure) in
            let options = try ReadOptions(
                request,
                defaultWait: .zero,
                maximumWait: .zero,
                usesCache: api.configuration.usesCache
            )
            var reply = request.json { $0.strings([api.datacenter]) }
            api.describeCache(options, in: &reply)
            return reply
        },
        Route(reading: "/v1/catalog/nodes", countedAs: "catalog_nodes") {
            api,
            request throws(APIFailure) in
            try api.catalogNodes(request)
        },
        Route(reading: "/v1/catalog/services", namespaced: true, countedAs: "catalog_services") {
            api,
            request throws(APIFailure) in
            try api.catalogServices(request)
        },
        Route(
            reading: "/v1/catalog/service/",
            namespaced: true,
            countedAs: "catalog_service_nodes"
        ) {
            api,
            request throws(APIFailure) in
            try api.catalogService(request) { $0.instances(ofService: $1) }
        },
        Route(
            reading: "/v1/catalog/connect/",
            namespaced: true,
            countedAs: "catalog_connect_service_nodes"
        ) {
            api,
            request throws(APIFailure) in
            try api.catalogService(request) { $0.meshInstances(ofService: $1) }
        },
        Route(
            reading: "/v1/catalog/node/",
            namespaced: true,
            countedAs: "catalog_node_services"
        ) {
            api,
            request throws(APIFailure) in
            try api.catalogNode(request, asList: false)
        },
        Route(
            reading: "/v1/catalog/node-services/",
            namespaced: true,
            countedAs: "catalog_node_service_list"
        ) {
            api,
            request throws(APIFailure) in
            try api.catalogNode(request, asList: true)
        },
    ]

    private func catalogNodes(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let filter = try RequestFilter(request, NodeFilter.fields)
        let selection = Selection(nodesOf: request)
        let result = try read(request, options) { $0.nodes() }
        let kept = result.value.filter { node in
            selection.includes(node)
                && filter.keeps { NodeFilter.member($0, of: node, datacenter: datacenter) }
        }
        try filter.finish()
        let nodes = sorted(kept, request) { $0.name }
        return reply(request, options, result) { writer in
            writer.array(nodes) { writer, node in
                NodeObject.write(node, datacenter: datacenter, to: &writer)
            }
        }
    }

    private func catalogServices(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let filter = try RequestFilter(request, ServiceNodeFilter.fields)
        let selection = Selection(nodesOf: request)
        let result = try read(request, options) { store in
            let names = store.serviceNames().map { pairs in
                pairs.map { ServiceTags(name: $0.name, tags: $0.tags) }
            }
            guard selection.selectsNodes || filter.isActive else { return names }
            filter.restart()
            return services(of: selection, filter, in: store)
        }
        try filter.finish()
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

    /// The services that are selected; when nodes are selected, they count for the index, too.
    private func services(
        of selection: Selection,
        _ filter: RequestFilter,
        in store: StateStore
    ) -> Indexed<[ServiceTags]> {
        let nodes = store.nodes()
        var tags: [String: Set<String>] = [:]
        for node in nodes.value where selection.includes(node) {
            for service in store.services(onNode: node.name).value?.services ?? []
            where filter.keeps(
                members: ServiceNodeFilter.members(of: node, service, datacenter: datacenter)
            ) {
                tags[service.name, default: []].formUnion(service.tags)
            }
        }
        let services = tags.sortedByKey().map { name, tags in
            ServiceTags(
                name: name,
                tags: tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            )
        }
        let names = store.serviceNames()
        guard selection.selectsNodes else {
            return Indexed(services, index: names.index, topics: names.topics)
        }
        let index = max(nodes.index, names.index)
        return Indexed(services, index: index, topics: [.nodes, .services])
    }

    private func catalogService(
        _ request: APIRequest,
        _ own: @escaping InstanceRead
    ) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing service name") }
        let options = try readOptions(request)
        let filter = try RequestFilter(request, ServiceNodeFilter.fields)
        let selection = Selection(request)
        let instances = instanceRead(request, own)
        let result = try read(request, options, isAbsent: \.isEmpty) { instances($0, name) }
        noteService(
            name,
            section: "catalog",
            found: !result.value.isEmpty,
            tag: request.query.first("tag")
        )
        let kept = result.value.filter { instance in
            let (node, service) = (instance.node, instance.service)
            return selection.includes(node) && selection.includes(service)
                && filter.keeps(
                    members: ServiceNodeFilter.members(of: node, service, datacenter: datacenter)
                )
        }
        try filter.finish()
        let inOrder = sorted(kept, request) { $0.node.name }
        return reply(request, options, result, cacheable: true) { writer in
            writer.array(inOrder) { writer, instance in
                ServiceNodeObject.write(instance, datacenter: datacenter, to: &writer)
            }
        }
    }

    /// The services of a node by its name, or by how its ID begins.
    private static func services(
        onNode name: String,
        in store: StateStore
    ) -> Indexed<(node: NodeRow, services: [ServiceRow])?> {
        let exact = store.services(onNode: name)
        guard exact.value == nil, let prefix = UUIDText.prefix(name) else { return exact }
        let matches = store.nodes(withIDPrefix: prefix)
        guard matches.count == 1 else { return exact }
        return store.services(onNode: matches[0].name)
    }

    /// A node with its services, as an object by ID or as a list.
    private func catalogNode(
        _ request: APIRequest,
        asList: Bool
    ) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing node name") }
        let options = try readOptions(request)
        let filter = try RequestFilter(request, ServiceFilter.fields)
        let isCompleted = asList && mergesCentralConfig(request)
        let result = try read(request, options) { store in
            let found = Self.services(onNode: name, in: store)
            return isCompleted ? CentralConfiguration.completed(found, in: store) : found
        }
        let answer = reply(request, options, result) { writer in
            guard let (node, all) = result.value else {
                if !asList { return writer.null() }
                return writer.object { writer in
                    writer.key("Node")
                    writer.null()
                    writer.key("Services")
                    writer.null()
                }
            }
            let services = all.filter { service in
                filter.keeps(members: ServiceFilter.members(of: service))
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
        try filter.finish()
        return answer
    }
}
