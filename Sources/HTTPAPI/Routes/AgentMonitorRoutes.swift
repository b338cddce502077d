// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import NIOCore

/// `/v1/agent/monitor`: the log as it is written (HTTP API 4.2).
extension API {
    static let agentMonitorRoutes = [
        Route(.get, path: "/v1/agent/monitor") { api, request throws(APIFailure) in
            try api.monitor(request)
        }
    ]

    private func monitor(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let named = request.query.first("loglevel") ?? ""
        let level = named.isEmpty ? "info" : named
        let isJSON = request.query.has("logjson")
        guard let monitor = control.monitor(level: level, isJSON: isJSON) else {
            throw .badRequest("Unknown log level: \(level)")
        }
        var reply = APIReply()
        reply.headers[.contentType] = isJSON ? "application/json" : "text/plain; charset=utf-8"
        reply.stream = ResponseBody { writer in
            defer { monitor.close() }
            try await stream(request, to: &writer) {
                await monitor.next().map { ByteBuffer(string: $0) }
            }
            try await writer.finish(nil)
        }
        return reply
    }
}
