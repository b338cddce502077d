// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import NIOCore
import Telemetry

/// `/v1/agent/metrics` (HTTP API 9.2).
extension API {
    static let agentMetricsRoutes = [
        Route(.get, path: "/v1/agent/metrics") { api, request throws(APIFailure) in
            try api.agentMetrics(request)
        },
        Route(.get, path: "/v1/agent/metrics/stream") { api, request throws(APIFailure) in
            api.metricsStream(request)
        },
    ]

    private func agentMetrics(_ request: APIRequest) throws(APIFailure) -> APIReply {
        guard Self.wantsPrometheus(request) else {
            let report = control.metrics.report()
            return request.json { MetricsObject.write(report, to: &$0) }
        }
        guard let text = control.metrics.prometheusText() else {
            throw APIFailure(
                .unsupportedMediaType,
                "Prometheus is not enabled since its retention time is not positive"
            )
        }
        var reply = APIReply(body: ByteBuffer(string: text))
        reply.headers[.contentType] = PrometheusText.mediaType
        return reply
    }

    /// `?format=prometheus`, or what a Prometheus server says that it accepts.
    private static func wantsPrometheus(_ request: APIRequest) -> Bool {
        if request.query.first("format") == "prometheus" { return true }
        return (request.headers[.accept] ?? "").split(separator: ",").contains { element in
            let parts = element.split(separator: ";").map { $0.filter { $0 != " " } }
            return parts.first == "application/openmetrics-text"
                || (parts.first == "text/plain" && parts.contains("version=0.0.4"))
        }
    }

    /// One object for each interval, each on a line, until the client goes or the server stops.
    private func metricsStream(_ request: APIRequest) -> APIReply {
        var reply = APIReply()
        reply.headers[.contentType] = "application/json"
        let metrics = control.metrics
        reply.stream = ResponseBody { writer in
            try await stream(request, to: &writer) {
                guard let report = await metrics.nextReport() else { return nil }
                var json = JSONWriter()
                MetricsObject.write(report, to: &json)
                var line = json.buffer
                line.writeInteger(UInt8(ascii: "\n"))
                return line
            }
            try await writer.finish(nil)
        }
        return reply
    }
}
