// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Definitions
import StateStore

/// `/v1/agent/check…`: the checks of this agent (HTTP API 4.2, 4.3).
extension API {
    static let agentCheckRoutes = [
        Route(.get, path: "/v1/agent/checks", namespaced: true) { api, request throws(APIFailure) in
            let filter = try RequestFilter(request, CheckFilter.fields)
            let checks = api.control.localSnapshot().checks.filter { _, check in
                filter.keeps { CheckFilter.member($0, of: check) }
            }
            try filter.finish()
            return request.json { writer in
                writer.map(checks) { CheckObject.write($1, to: &$0) }
            }
        },
        Route(.put, path: "/v1/agent/check/register", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.registerCheck(request)
        },
        Route(.put, path: "/v1/agent/check/deregister/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.perform { () throws(AgentFailure) in
                try await api.control.deregisterCheck(id: request.argument)
            }
        },
        Route(.put, path: "/v1/agent/check/pass/", namespaced: true, prompt: true) {
            api,
            request throws(APIFailure) in
            try await api.updateCheck(request, .passing)
        },
        Route(.put, path: "/v1/agent/check/warn/", namespaced: true, prompt: true) {
            api,
            request throws(APIFailure) in
            try await api.updateCheck(request, .warning)
        },
        Route(.put, path: "/v1/agent/check/fail/", namespaced: true, prompt: true) {
            api,
            request throws(APIFailure) in
            try await api.updateCheck(request, .critical)
        },
        Route(.put, path: "/v1/agent/check/update/", namespaced: true, prompt: true) {
            api,
            request throws(APIFailure) in
            try await api.updateCheckFromBody(request)
        },
    ]

    private func registerCheck(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let body = try await request.decodedBody()
        var definition: CheckDefinition
        do {
            definition = try CheckBody.registration(body)
        } catch { throw APIFailure(error) }
        do { try definition.validateRegistration() } catch { throw APIFailure(error) }
        try refuseScripts([definition])
        if definition.token.isEmpty { definition.token = request.token }
        let complete = definition
        return try await perform { () throws(AgentFailure) in
            try await control.registerCheck(complete)
        }
    }

    private func updateCheck(
        _ request: APIRequest,
        _ status: CheckStatus
    ) async throws(APIFailure) -> APIReply {
        let note = request.query.first("note") ?? ""
        return try await perform { () throws(AgentFailure) in
            try await control.updateTTLCheck(
                id: request.argument,
                status: status,
                output: note
            )
        }
    }

    private func updateCheckFromBody(
        _ request: APIRequest
    ) async throws(APIFailure) -> APIReply {
        let body = try await request.decodedBody()
        let status: CheckStatus
        let output: String
        do {
            var reader = try JSONObjectReader(body, type: "agent.checkUpdate")
            status = CheckStatus(rawValue: try reader.string("Status"))
            output = try reader.string("Output")
            try reader.finish()
        } catch { throw APIFailure(error) }
        guard [.passing, .warning, .critical].contains(status) else {
            throw .badRequest("Invalid check status: '\(status.rawValue)'")
        }
        return try await perform { () throws(AgentFailure) in
            try await control.updateTTLCheck(
                id: request.argument,
                status: status,
                output: output
            )
        }
    }
}
