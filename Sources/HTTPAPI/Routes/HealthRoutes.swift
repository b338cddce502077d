// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Definitions
import StateStore

/// Instances by which a service is reached.
typealias InstanceRead = @Sendable (StateStore, String) -> Indexed<[InstanceView]>

/// `/v1/health/…` (HTTP API 4.5).
extension API {
    static let healthRoutes = [
        Route(reading: "/v1/health/node/", namespaced: true) { api, request throws(APIFailure) in
            try api.healthNode(request)
        },
        Route(reading: "/v1/health/checks/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.healthChecks(request)
        },
        Route(
            reading: "/v1/health/service/",
            namespaced: true,
            immediate: { api, request throws(APIFailure) in
                try api.keptHealthService(request, upTo: API.mostAtOnce)
            }
        ) { api, request throws(APIFailure) in
            if let reply = try api.keptHealthService(request, upTo: .max) { return reply }
            return try api.healthService(request) { $0.instances(ofService: $1) }
        },
        Route(reading: "/v1/health/connect/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.healthService(request) { $0.meshInstances(ofService: $1) }
        },
        Route(reading: "/v1/health/ingress/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.healthService(request, ofPeers: false) {
                $0.ingressInstances(ofService: $1)
            }
        },
        Route(reading: "/v1/health/state/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.healthState(request)
        },
    ]

    private func healthNode(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing node name") }
        let options = try readOptions(request)
        let filter = try RequestFilter(request, CheckFilter.fields)
        let result = try read(request, options) { $0.checks(onNode: name) }
        let checks = result.value.filter { check in
            filter.keeps { CheckFilter.member($0, of: check) }
        }
        try filter.finish()
        return reply(request, options, result) { CheckObject.write(checks, to: &$0) }
    }

    private func healthChecks(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing service name") }
        let options = try readOptions(request)
        let filter = try RequestFilter(request, CheckFilter.fields)
        let result = try read(request, options) { store in
            selected(store.checks(ofService: name), request, in: store)
        }
        let checks = result.value.filter { check in
            filter.keeps { CheckFilter.member($0, of: check) }
        }
        try filter.finish()
        return reply(request, options, result) { CheckObject.write(checks, to: &$0) }
    }

    private func healthState(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let state = request.argument
        guard !state.isEmpty else { throw .badRequest("Missing check state") }
        let options = try readOptions(request)
        let filter = try RequestFilter(request, CheckFilter.fields)
        let status = state == "any" ? nil : CheckStatus(rawValue: state)
        let result = try read(request, options) { store in
            selected(store.checks(inState: status), request, in: store)
        }
        let checks = result.value.filter { check in
            filter.keeps { CheckFilter.member($0, of: check) }
        }
        try filter.finish()
        return reply(request, options, result) { CheckObject.write(checks, to: &$0) }
    }

    /// The checks of the nodes that are selected; nodes then count for the index.
    private func selected(
        _ checks: Indexed<[CheckRow]>,
        _ request: APIRequest,
        in store: StateStore
    ) -> Indexed<[CheckRow]> {
        let selection = Selection(nodesOf: request)
        var result = checks
        if selection.selectsNodes {
            let nodes = store.nodes()
            let names = Set(nodes.value.filter { selection.includes($0) }.map(\.name))
            result = Indexed(
                checks.value.filter { names.contains($0.node) },
                index: max(checks.index, nodes.index),
                topics: checks.topics + nodes.topics
            )
        }
        return result.map { sorted($0, request) { $0.node } }
    }

    /// The instances of a service, of its proxies, or of the gateways that let it in.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - mayImport: whether a peer may be asked for; a gateway of a peer lets nobody in here.
    ///   - own: finds the instances.
    /// - Returns: the instances that the parameters leave.
    /// - Throws: 400 and 500 for parameters that are none, or that are refused.
    private func healthService(
        _ request: APIRequest,
        ofPeers mayImport: Bool = true,
        _ own: @escaping InstanceRead
    ) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing service name") }
        let options = try readOptions(request)
        let filter = try RequestFilter(request, InstanceFilter.fields)
        let isPassingOnly = try passingFlag(request)
        try refuseSamenessGroup(request)
        let selection = Selection(request)
        let instances = instanceRead(request, mayImport: mayImport, own)
        let result = try read(request, options, isAbsent: \.isEmpty) { instances($0, name) }
        noteService(
            name,
            section: "health",
            found: !result.value.isEmpty,
            tag: request.query.first("tag")
        )
        let kept = result.value.filter { instance in
            selection.includes(instance.node) && selection.includes(instance.service)
                && (!isPassingOnly || instance.health.isPassing)
                && filter.keeps(
                    members: InstanceFilter.members(of: instance, datacenter: datacenter)
                )
        }
        try filter.finish()
        let inOrder = sorted(kept, request) { $0.node.name }
        return reply(request, options, result, cacheable: true) { writer in
            HealthInstanceObject.write(inOrder, datacenter: datacenter, to: &writer)
        }
    }

    /// `?passing`, with or without a value.
    func passingFlag(_ request: APIRequest) throws(APIFailure) -> Bool {
        guard let text = request.query.first("passing") else { return false }
        guard !text.isEmpty else { return true }
        guard let flag = GoBool.parse(text) else {
            throw .badRequest("Invalid value for ?passing")
        }
        return flag
    }
}
