// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore

/// `/v1/agent/health/service/…`: the health of this agent's services, for load balancers that look
/// at the status code (HTTP API 4.2).
extension API {
    static let agentHealthRoutes = [
        Route(.get, path: "/v1/agent/health/service/id/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.agentHealth(ofID: request)
        },
        Route(.get, path: "/v1/agent/health/service/name/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.agentHealth(ofName: request)
        },
    ]

    /// A service of this agent with its health.
    private struct ServiceHealth {
        var service: ServiceRow
        var checks: [CheckRow]
        var status: HealthStatus
    }

    private func agentHealth(ofID request: APIRequest) throws(APIFailure) -> APIReply {
        guard !request.argument.isEmpty else { throw .badRequest("Missing serviceID") }
        let local = control.localSnapshot()
        guard let service = local.services[request.argument] else {
            return absent(request, "ServiceId \(request.argument) not found") { writer in
                writer.object { writer in
                    writer.member("AggregatedStatus", "critical")
                    writer.key("Service")
                    writer.null()
                    writer.key("Checks")
                    writer.null()
                }
            }
        }
        let health = health(of: service, in: local)
        let code = code(of: health.status)
        var reply =
            wantsText(request)
            ? healthText(health.status.text, code)
            : request.json(status: code) { write(health, to: &$0) }
        reply.headers[ConsulHeader.reason] = health.status.text
        return reply
    }

    private func agentHealth(ofName request: APIRequest) throws(APIFailure) -> APIReply {
        let name = request.argument
        guard !name.isEmpty else { throw .badRequest("Missing service Name") }
        let local = control.localSnapshot()
        let instances = local.services.sortedByKey().map(\.value)
            .filter { $0.name == name }
            .map { health(of: $0, in: local) }
        guard let worst = instances.max(by: { rank($0.status) < rank($1.status) }) else {
            return absent(request, "ServiceName \(name) Not Found") { $0.strings([]) }
        }
        let code = code(of: worst.status)
        var reply =
            wantsText(request)
            ? healthText(worst.status.text, code)
            : request.json(status: code) { writer in
                writer.array(instances) { write($1, to: &$0) }
            }
        reply.headers[ConsulHeader.reason] = worst.status.text
        return reply
    }

    /// 404, with the reason in a header that every reply here has.
    private func absent(
        _ request: APIRequest,
        _ reason: String,
        _ write: (inout JSONWriter) -> Void
    ) -> APIReply {
        var reply =
            wantsText(request)
            ? healthText(reason, .notFound) : request.json(status: .notFound, write)
        reply.headers[ConsulHeader.reason] = reason
        return reply
    }

    /// The service with its own checks and those of the node.
    private func health(of service: ServiceRow, in local: LocalSnapshot) -> ServiceHealth {
        let checks = local.checks.sortedByKey().map(\.value)
            .filter { $0.serviceID.isEmpty || $0.serviceID == service.id }
        return ServiceHealth(
            service: service,
            checks: checks,
            status: InstanceHealth(checks).status
        )
    }

    private func write(_ health: ServiceHealth, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("AggregatedStatus", health.status.text)
            writer.key("Service")
            AgentServiceObject.write(health.service, datacenter: datacenter, to: &writer)
            writer.key("Checks")
            CheckObject.write(health.checks, to: &writer)
        }
    }

    private func wantsText(_ request: APIRequest) -> Bool {
        if let format = request.query.first("format") { return format == "text" }
        return (request.headers[.accept] ?? "").hasPrefix("text/plain")
    }

    /// `Content-Type: text/plain` without a charset (HTTP API, API-147).
    private func healthText(_ text: String, _ status: HTTPResponse.Status) -> APIReply {
        var reply = APIReply.text(text, status: status)
        reply.headers[.contentType] = "text/plain"
        return reply
    }

    private func code(of status: HealthStatus) -> HTTPResponse.Status {
        switch status {
        case .passing: .ok
        case .warning: .tooManyRequests
        case .critical, .maintenance, .unknown: .serviceUnavailable
        }
    }

    private func rank(_ status: HealthStatus) -> Int {
        switch status {
        case .passing: 0
        case .warning: 1
        case .unknown: 2
        case .critical: 3
        case .maintenance: 4
        }
    }
}
