// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Definitions
import Publication
import StateStore

/// `/v1/agent/service…`: the services of this agent (HTTP API 4.2, 4.3).
extension API {
    static let agentServiceRoutes = [
        Route(.get, path: "/v1/agent/services", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.agentServices(request)
        },
        Route(.get, path: "/v1/agent/service/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.agentService(request)
        },
        Route(.put, path: "/v1/agent/service/register", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.registerService(request)
        },
        Route(.put, path: "/v1/agent/service/deregister/", namespaced: true) {
            api,
            request throws(APIFailure) in
            guard !request.argument.isEmpty else { throw .server("ServiceID missing") }
            return try await api.perform { () throws(AgentFailure) in
                try await api.control.deregisterService(id: request.argument)
            }
        },
        Route(.put, path: "/v1/agent/service/maintenance/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.setServiceMaintenance(request)
        },
    ]

    private func agentServices(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let filter = try RequestFilter(request, ServiceFilter.fields)
        let services = control.localSnapshot().services.filter { _, service in
            filter.keeps(members: ServiceFilter.members(of: service))
        }
        try filter.finish()
        return request.json { writer in
            writer.map(services) { writer, service in
                AgentServiceObject.write(service, datacenter: datacenter, to: &writer)
            }
        }
    }

    /// One service; with `?hash=` waits until it differs (HTTP API 3.1, hash blocking).
    private func agentService(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let id = request.argument
        let options = try ReadOptions(
            waitOf: request,
            defaultWait: control.identity.defaultQueryTime,
            maximumWait: control.identity.maximumQueryTime
        )
        let hash = request.query.first("hash") ?? ""
        var (service, current, isCompleted) = try localService(id)
        if current == hash {
            let deadline = Self.deadline(after: options.wait)
            let registry = control.localWatches ?? .init()
            var isWaiting = true
            while isWaiting {
                let watch = registry.register([.service(id)])
                let entries = watches.register([.configEntries])
                (service, current, isCompleted) = try localService(id)
                guard current == hash else { break }
                isWaiting =
                    isCompleted
                    ? await wait(watch, or: entries, until: deadline, request)
                    : await wait(watch, until: deadline, request)
            }
            (service, current, isCompleted) = try localService(id)
        }
        var reply = request.json { writer in
            AgentServiceObject.write(
                service,
                contentHash: current,
                datacenter: datacenter,
                to: &writer
            )
        }
        reply.headers[ConsulHeader.contentHash] = current
        return reply
    }

    /// A service of this agent, with what config entries say of it where it is a proxy or a gateway
    /// (`enable_central_service_config`).
    private func localService(
        _ id: String
    ) throws(APIFailure) -> (service: ServiceRow, hash: String, isCompleted: Bool) {
        guard var service = control.localSnapshot().services[id] else {
            throw APIFailure(.notFound, "unknown service ID: \(id)")
        }
        var isCompleted = false
        if configuration.mergesCentralConfig, !service.kind.isEmpty {
            var central = CentralConfiguration(snapshots.snapshot())
            isCompleted = central.complete(&service)
        }
        return (service, ContentHash.hash(of: service), isCompleted)
    }

    private func registerService(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let body = try await request.decodedBody()
        var definition: ServiceDefinition
        do {
            definition = try ServiceBody.registration(body)
        } catch { throw APIFailure(error) }
        do { try definition.validateRegistration() } catch { throw APIFailure(error) }
        try refuseScripts(definition.checks)
        if definition.token.isEmpty { definition.token = request.token }
        let replaces = try replacesChecks(request)
        let complete = definition
        return try await perform { () throws(AgentFailure) in
            try await control.registerService(complete, replacingChecks: replaces)
        }
    }

    /// Checks that run programs need `enable_script_checks` when they come over HTTP.
    func refuseScripts(_ checks: [CheckDefinition]) throws(APIFailure) {
        guard !control.identity.scriptChecksEnabled, checks.contains(where: \.runsProgram) else {
            return
        }
        throw .badRequest(
            "Invalid check: Scripts are disabled on this agent from remote calls; to enable, "
                + "configure 'enable_script_checks' to true"
        )
    }

    /// `?replace-existing-checks`, with or without a value.
    private func replacesChecks(_ request: APIRequest) throws(APIFailure) -> Bool {
        guard let text = request.query.first("replace-existing-checks") else { return false }
        guard !text.isEmpty else { return true }
        guard let flag = GoBool.parse(text) else {
            throw .badRequest("Invalid value for ?replace-existing-checks")
        }
        return flag
    }

    private func setServiceMaintenance(
        _ request: APIRequest
    ) async throws(APIFailure) -> APIReply {
        guard !request.argument.isEmpty else { throw .badRequest("Missing service ID") }
        let isEnabled = try maintenanceFlag(request)
        return try await perform { () throws(AgentFailure) in
            try await control.setServiceMaintenance(
                id: request.argument,
                enabled: isEnabled,
                reason: request.query.first("reason") ?? ""
            )
        }
    }
}

/// The hash of a service's content (HTTP API 3.1): everything but hash and datacenter.
enum ContentHash {
    static func hash(of service: ServiceRow) -> String {
        var writer = JSONWriter()
        AgentServiceObject.write(service, datacenter: nil, to: &writer)
        // FNV-1a, 64 bits: stable across processes, and clients only compare it.
        let hash = writer.text.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, octet in
            (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01b3
        }
        return String(hash, radix: 16)
    }
}
