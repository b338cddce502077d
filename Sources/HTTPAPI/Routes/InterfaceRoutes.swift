// SPDX-License-Identifier: Apache-2.0
import Filtering
import HTTPTypes
import StateStore

/// `/v1/internal/ui/…`, which Consul's web interface reads, and the links of gateways, which are
/// behind some of it (HTTP API 2.3).
extension API {
    static let interfaceRoutes = [
        Route(reading: "/v1/catalog/gateway-services/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.gatewayServices(request)
        },
        Route(reading: "/v1/internal/ui/nodes", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.interfaceNodes(request)
        },
        Route(reading: "/v1/internal/ui/node/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.interfaceNode(request)
        },
        Route(reading: "/v1/internal/ui/services", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.interfaceServices(request)
        },
        Route(reading: "/v1/internal/ui/exported-services", namespaced: true) {
            api,
            request throws(APIFailure) in
            // There are no peers to see anything.
            let options = try api.readOptions(request)
            let result = try api.read(request, options) { $0.configEntries(ofKind: nil) }
            return api.reply(request, options, result) { $0.strings([]) }
        },
        Route(reading: "/v1/internal/ui/catalog-overview") { api, request throws(APIFailure) in
            _ = try api.readOptions(request)
            let overview = CatalogOverview(api.snapshots.snapshot())
            return request.json { overview.write(to: &$0) }
        },
        Route(reading: "/v1/internal/ui/gateway-services-nodes/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.interfaceGateway(request)
        },
        Route(reading: "/v1/internal/ui/gateway-intentions/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.gatewayIntentions(request)
        },
        Route(reading: "/v1/internal/ui/service-topology/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.checkDatacenter(request)
            throw .server("Connect must be enabled in order to use this endpoint")
        },
        // The interface that would show metrics is not there.
        Route(reading: "/v1/internal/ui/metrics-proxy/") { _, _ throws(APIFailure) in
            throw APIFailure(.notFound, "UI is not enabled")
        },
    ]

    private func gatewayServices(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing gateway name") }
        let options = try readOptions(request)
        let result = try read(request, options) { $0.gatewayLinks(of: name) }
        return reply(request, options, result) { writer in
            if result.value.isEmpty {
                writer.null()
            } else {
                writer.array(result.value) { $1.write(to: &$0) }
            }
        }
    }

    private func interfaceNodes(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let filter = try RequestFilter(request, InterfaceNode.fields)
        let datacenter = control.identity.datacenter
        let result = try read(request, options) { store in
            InterfaceNode.indexed(store, store.nodes().value.map { InterfaceNode($0, in: store) })
        }
        let kept = result.value.filter { node in
            filter.keeps(members: node.members(datacenter: datacenter))
        }
        try filter.finish()
        return reply(request, options, result) { writer in
            writer.array(kept) { write($1, to: &$0) }
        }
    }

    private func interfaceNode(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing node name") }
        let options = try readOptions(request)
        let isImported = asksForPeer(request)
        let result = try read(request, options, isAbsent: { $0 == nil }) { store in
            isImported
                ? Self.imported(nil)
                : InterfaceNode.indexed(
                    store,
                    store.node(named: name).map { InterfaceNode($0, in: store) }
                )
        }
        guard let node = result.value else { throw APIFailure(.notFound, "") }
        return reply(request, options, result) { write(node, to: &$0) }
    }

    /// Consul: agents that do not tell their version in the metadata of their node have it added;
    /// here there is one agent that may not.
    private func write(_ node: InterfaceNode, to writer: inout JSONWriter) {
        let own = control.identity
        let version = node.node.address == own.advertiseAddress ? own.compatibleVersion : nil
        node.write(version: version, to: &writer)
    }

    private func interfaceServices(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let filter = try RequestFilter(request, InstanceFilter.fields)
        let datacenter = control.identity.datacenter
        let isImported = asksForPeer(request)
        let result = try read(request, options) { store in
            if isImported {
                return Self.imported(
                    InterfaceServices(instances: [], links: [], datacenter: datacenter)
                )
            }
            filter.restart()
            return InterfaceNode.indexed(
                store,
                InterfaceServices(
                    instances: InterfaceNode.instances(of: store).filter { instance in
                        filter.keeps(
                            members: InstanceFilter.members(of: instance, datacenter: datacenter)
                        )
                    },
                    links: store.gatewayLinks().value,
                    datacenter: datacenter
                )
            )
        }
        try filter.finish()
        return reply(request, options, result) { result.value.write(to: &$0) }
    }

    private func interfaceGateway(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing gateway name") }
        let options = try readOptions(request)
        let datacenter = control.identity.datacenter
        let domain = control.identity.domain
        let result = try read(request, options) { store -> Indexed<[ServiceSummary]> in
            let links = store.gatewayLinks(of: name).value
            var seen: Set<String> = []
            let services = links.filter { seen.insert(StateStore.folded($0.service)).inserted }
            var summaries = ServiceSummaries(
                of: services.flatMap { store.instances(ofService: $0.service).value },
                in: datacenter
            )
            for link in links {
                let host = "\(link.service).ingress.\(datacenter).\(domain)"
                summaries[link.service].addAddresses(link.addresses(defaultHost: host))
            }
            return InterfaceNode.indexed(store, summaries.sorted)
        }
        return reply(request, options, result) { writer in
            writer.array(result.value) { writer, summary in
                writer.object { summary.writeMembers(to: &$0) }
            }
        }
    }

    private func gatewayIntentions(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing gateway name") }
        let options = try readOptions(request)
        let result = try read(request, options) { store -> Indexed<[Intention]> in
            let links = store.gatewayLinks(of: name)
            let services = Set(links.value.map { StateStore.folded($0.service) })
            let all = store.intentions()
            let found = all.value.filter { intention in
                !services.isEmpty
                    && (intention.destination == Intention.wildcard
                        || services.contains(StateStore.folded(intention.destination)))
            }
            return Indexed(
                found,
                index: max(all.index, links.index),
                topics: all.topics + links.topics
            )
        }
        return reply(request, options, result) { writer in
            writer.array(result.value) { $1.write(to: &$0) }
        }
    }
}
