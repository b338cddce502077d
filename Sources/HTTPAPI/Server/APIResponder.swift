// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore

/// The connection of a request; all that the API needs of Hummingbird's context.
struct APIContext: InitializableFromSource {
    /// `nil` for a request of this process itself.
    let channel: (any Channel)?

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// Makes the context of a request of this process itself.
    init() { channel = nil }

    /// Whether the connection is a unix socket.
    var isLocal: Bool {
        if case .unixDomainSocket? = channel?.localAddress { return true }
        return false
    }
}

/// Answers every request: the rules for paths, methods and common parameters, then the route.
struct APIResponder: HTTPResponder {
    typealias Context = APIContext

    let api: API
    let routes: RouteTable
    let configuration: HTTPServerConfiguration
    let policy: RequestPolicy
    let timers: RequestTimers

    func respond(to request: Request, context: APIContext) async throws -> Response {
        var reply: APIReply
        do throws(APIFailure) {
            try checkSource(request, context)
            reply = await self.reply(to: request, context)
        } catch { reply = .failure(error) }
        reply.headers[.vary] = "Accept-Encoding"
        reply.headers[ConsulHeader.defaultPolicy] = configuration.defaultPolicy
        for (name, value) in configuration.responseHeaders {
            if let name = HTTPField.Name(name) { reply.headers[name] = value }
        }
        if request.method == .head {
            // HEAD is refused everywhere; the refusal has no body then.
            reply.headers[.contentLength] = String(reply.body.readableBytes)
            reply.body.clear()
        }
        return Response(
            status: reply.status,
            headers: reply.headers,
            body: reply.stream ?? .init(byteBuffer: reply.body)
        )
    }

    /// The reply, without the headers that all replies get.
    func reply(to request: Request, _ context: APIContext) async -> APIReply {
        do { return try await answer(request, context) } catch { return .failure(error) }
    }

    /// Whether a browser was led here, or writes for a page of another origin.
    private func checkSource(_ request: Request, _ context: APIContext) throws(APIFailure) {
        try policy.checkSource(
            request.method,
            host: request.head.authority ?? "",
            request.headers,
            isLocal: context.isLocal
        )
    }

    private func answer(
        _ request: Request,
        _ context: APIContext
    ) async throws(APIFailure) -> APIReply {
        let rawPath = request.uri.path
        guard let path = PercentEncoding.decode(rawPath.utf8) else {
            return .text("400 Bad Request", status: .badRequest)
        }
        if configuration.refusesUnprintable, !RequestPath.isPrintable(path) {
            return APIReply(status: .badRequest)
        }
        let cleaned = RequestPath.cleaned(rawPath)
        if cleaned != rawPath { return redirect(to: cleaned, request) }
        switch routes.match(path) {
        case .none: return notFound(path)
        case .redirect(let path): return redirect(to: path, request)
        case .route(let route, let argument):
            let request = APIRequest(
                method: request.method,
                path: path,
                argument: argument,
                query: QueryParameters(request.uri.query ?? ""),
                headers: request.headers,
                isDevelopment: api.control.identity.isDevelopment,
                channel: context.channel,
                body: request.body
            )
            let start = ContinuousClock.now
            defer { timers.note(request.method, route.number, since: start) }
            return try await answer(request, route)
        }
    }

    private func answer(
        _ request: APIRequest,
        _ route: Route
    ) async throws(APIFailure) -> APIReply {
        if configuration.blockedEndpoints.contains(where: { request.path.hasPrefix($0) }) {
            throw APIFailure(.forbidden, "Endpoint is blocked by agent configuration")
        }
        if request.method == .options {
            var reply = APIReply()
            reply.headers[.allow] = route.allow
            return reply
        }
        guard route.methods.contains(request.method) else {
            var failure = APIFailure(
                .methodNotAllowed,
                "method \(request.method.rawValue) not allowed"
            )
            failure.headers[.allow] = route.allow
            throw failure
        }
        if request.method != .get { try checkWriter(request) }
        try refuseEnterprise(request, route)
        if route.reachesState {
            try policy.admit(isWrite: request.method != .get, now: .now)
        }
        return try await route.handler(api, request)
    }

    /// `http_config.allow_write_http_from`.
    private func checkWriter(_ request: APIRequest) throws(APIFailure) {
        guard !configuration.writersFrom.isEmpty else { return }
        let address = request.channel?.remoteAddress?.ipAddress ?? ""
        guard configuration.writersFrom.contains(where: { $0.contains(address) }) else {
            throw APIFailure(.forbidden, "Access is restricted")
        }
    }

    /// Namespaces and partitions (HTTP API 1.7).
    private func refuseEnterprise(
        _ request: APIRequest,
        _ route: Route
    ) throws(APIFailure) {
        if route.isNamespaced {
            try refuse("ns", ConsulHeader.namespace, "Namespaces", request)
        }
        try refuse("partition", ConsulHeader.partition, "Partitions", request)
    }

    private func refuse(
        _ parameter: String,
        _ header: HTTPField.Name,
        _ feature: String,
        _ request: APIRequest
    ) throws(APIFailure) {
        if request.query.first(parameter)?.isEmpty == false {
            throw .badRequest(
                "Invalid query parameter: \"\(parameter)\" - "
                    + "\(feature) are a Consul Enterprise feature"
            )
        }
        if request.headers[header]?.isEmpty == false {
            throw .badRequest(
                "Invalid header: \"\(header.rawName)\" - "
                    + "\(feature) are a Consul Enterprise feature"
            )
        }
    }

    private func redirect(to path: String, _ request: Request) -> APIReply {
        var reply = APIReply(status: .movedPermanently)
        let query = request.uri.query.map { "?" + $0 } ?? ""
        reply.headers[.location] = path + query
        return reply
    }

    private func notFound(_ path: String) -> APIReply {
        if path == "/" {
            return .text(
                "Consul Agent: UI disabled. To enable, set ui_config.enabled=true in the agent "
                    + "configuration and restart."
            )
        }
        let text =
            path.contains("/v1/")
            ? "Invalid URL path: not a recognized HTTP API endpoint\n"
            : "Invalid URL path: if attempting to use the HTTP API, ensure the path starts with "
                + "'/v1/'\n"
        return .text(text, status: .notFound)
    }
}
