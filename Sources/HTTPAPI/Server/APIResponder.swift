// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers every request: the rules for paths, methods and common parameters, then the route.
struct APIResponder: HTTPResponder {
    typealias Context = APIContext

    let api: API
    let routes: RouteTable
    let configuration: HTTPServerConfiguration
    let policy: RequestPolicy
    let timers: RequestTimers
    let clients: ClientCounters
    /// Told of the parameters that are looked at; only in tests.
    var probe: ParameterProbe?

    func respond(to request: Request, context: APIContext) async throws -> Response {
        var reply: APIReply
        do throws(APIFailure) {
            try checkSource(request.head, context)
            reply = await self.reply(to: request.head, request.body, context)
        } catch { reply = .failure(error) }
        complete(&reply)
        if request.headers[.connection] == "close" { reply.headers[.connection] = "close" }
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

    /// What a request gets without a task that answers it.
    enum PromptAnswer {
        /// The reply, which has no stream.
        case reply(APIReply)
        /// A blocking query waits; the request is to be asked again afterwards.
        case parked(ParkedRead)
        /// A read of the state that may take long: to be done away from the event loop.
        case read(PlannedRead)
        /// Nothing: ``respond(to:context:)`` has to answer.
        case task
    }

    /// Answers a GET without a body as far as that needs no task.
    ///
    /// - Parameters:
    ///   - head: the request.
    ///   - context: its connection.
    ///   - parked: what it waited for when it was asked before.
    ///   - start: when it came.
    /// - Returns: the reply with all its headers, a wait, or that a task has to answer.
    func promptAnswer(
        to head: HTTPRequest,
        _ context: APIContext,
        after parked: ParkedRead?,
        since start: ContinuousClock.Instant
    ) -> PromptAnswer {
        var reply: APIReply
        do throws(APIFailure) {
            if parked == nil { try checkSource(head, context) }
            let body = RequestBody(buffer: ByteBuffer())
            switch begin(head, body, context, after: parked, since: start) {
            case .reply(let found): reply = found
            case .handler(let call):
                guard let reader = call.route.reader else { return .task }
                return .read(PlannedRead(call: call, reader: reader, start: start))
            }
        } catch { reply = .failure(error) }
        return answer(with: reply)
    }

    /// Reads what ``promptAnswer(to:_:after:since:)`` left for later; ``PromptAnswer/read(_:)`` and ``PromptAnswer/task`` are
    /// none of its answers.
    func answer(to planned: PlannedRead) -> PromptAnswer {
        let call = planned.call
        let reply: APIReply
        do throws(APIFailure) {
            if call.request.parked == nil { try admit(call) }
            reply = try planned.reader(api, call.request)
        } catch { reply = .failure(error) }
        note(reply, call, since: planned.start)
        return answer(with: reply)
    }

    private func answer(with reply: APIReply) -> PromptAnswer {
        if let parked = reply.parked { return .parked(parked) }
        var reply = reply
        complete(&reply)
        return .reply(reply)
    }

    /// Adds the headers that all replies have.
    private func complete(_ reply: inout APIReply) {
        reply.headers[ConsulHeader.defaultPolicy] = configuration.defaultPolicy
        if configuration.translatesAddresses {
            reply.headers[ConsulHeader.translateAddresses] = "true"
        }
        // Consul sets them before all others, which then take their place.
        for (name, value) in configuration.responseHeaders {
            guard let name = HTTPField.Name(name), !reply.headers.contains(name) else { continue }
            reply.headers[name] = value
        }
        if !reply.headers.contains(.vary) { reply.headers[.vary] = "Accept-Encoding" }
    }

    /// The reply, without the headers that all replies get.
    func reply(
        to head: HTTPRequest,
        _ body: RequestBody,
        _ context: APIContext
    ) async -> APIReply {
        let start = ContinuousClock.now
        var parked: ParkedRead?
        while true {
            var reply: APIReply
            switch begin(head, body, context, after: parked, since: start) {
            case .reply(let found): reply = found
            case .handler(let call): reply = await run(call, since: start)
            }
            guard let wait = reply.parked else { return reply }
            parked = await api.wait(wait, context.channel)
        }
    }

    /// Whether a browser was led here, or writes for a page of another origin.
    private func checkSource(_ head: HTTPRequest, _ context: APIContext) throws(APIFailure) {
        try policy.checkSource(
            head.method,
            host: head.authority ?? "",
            head.headerFields,
            isLocal: context.isLocal
        )
    }

    /// A request and the route that is to answer it.
    fileprivate struct Call: Sendable {
        let request: APIRequest
        let route: Route
    }

    /// A read of the state that is to be done away from the event loop.
    struct PlannedRead: Sendable {
        fileprivate let call: Call
        fileprivate let reader: Route.Reader
        fileprivate let start: ContinuousClock.Instant
    }

    private enum Beginning {
        case reply(APIReply)
        case handler(Call)
    }

    /// What comes before any waiting, and for most requests is all.
    @inline(never)
    private func begin(
        _ head: HTTPRequest,
        _ body: RequestBody,
        _ context: APIContext,
        after parked: ParkedRead?,
        since start: ContinuousClock.Instant
    ) -> Beginning {
        let (rawPath, query) = RequestPath.split(head.path ?? "/")
        let path: String
        switch RequestPath.decoded(rawPath) {
        case .path(let decoded): path = decoded
        case .malformed: return .reply(.text("400 Bad Request", status: .badRequest))
        case .noText:
            // Two keys that differ in such octets alone would be one.
            let text = "Invalid path: it is not UTF-8, and keys and names are texts here"
            return .reply(.text(text, status: .badRequest))
        }
        if configuration.refusesUnprintable, !RequestPath.isPrintable(path) {
            return .reply(APIReply(status: .badRequest))
        }
        let cleaned = RequestPath.cleaned(rawPath)
        if cleaned != rawPath { return .reply(redirect(to: cleaned, query)) }
        switch routes.match(path) {
        case .none: return .reply(notFound(path))
        case .redirect(let path): return .reply(redirect(to: path, query))
        case .route(let route, let argument):
            let method = head.method
            let look = probe.map { probe in { @Sendable name in probe(method, path, name) } }
            let call = Call(
                request: APIRequest(
                    method: method,
                    path: path,
                    argument: argument,
                    query: QueryParameters(query ?? "", look: look),
                    headers: head.headerFields,
                    isDevelopment: api.control.identity.isDevelopment,
                    channel: context.channel,
                    body: body,
                    parked: parked,
                    admit: { [policy] isWrite throws(APIFailure) in
                        try policy.admit(isWrite: isWrite, now: .now)
                    }
                ),
                route: route
            )
            let reply: APIReply?
            do throws(APIFailure) {
                reply = try immediate(call)
            } catch {
                reply = .failure(error)
            }
            guard let reply else { return .handler(call) }
            note(reply, call, since: start)
            return .reply(reply)
        }
    }

    /// Refusals that all routes have in common, then what the route can say at once.
    ///
    /// A read that has waited was let in when it came. What goes on to the handler is counted there, so that
    /// a request that changes from the event loop to a task counts once.
    private func immediate(_ call: Call) throws(APIFailure) -> APIReply? {
        let (request, route) = (call.request, call.route)
        // Consul: 500 without a body.
        if request.query.isMalformed { return APIReply(status: .internalServerError) }
        if request.parked == nil, let reply = try refuse(request, route) { return reply }
        guard request.method == .get, let answer = route.immediate else { return nil }
        let reply: APIReply?
        do throws(APIFailure) {
            reply = try answer(api, request)
        } catch {
            guard error.parked != nil else { throw error }
            reply = .failure(error)
        }
        if reply != nil, request.parked == nil { try admit(call) }
        return reply
    }

    /// Counts a request that reads or writes the state.
    private func admit(_ call: Call) throws(APIFailure) {
        guard call.route.reachesState else { return }
        clients.noteCall(call.route.number)
        guard !call.route.admitsItself else { return }
        try policy.admit(isWrite: call.request.method != .get, now: .now)
    }

    /// The refusals, and the reply to OPTIONS.
    private func refuse(_ request: APIRequest, _ route: Route) throws(APIFailure) -> APIReply? {
        if configuration.blockedEndpoints.contains(where: { request.path.hasPrefix($0) }) {
            throw APIFailure(.forbidden, "Endpoint is blocked by agent configuration")
        }
        if request.method == .options {
            var reply = APIReply()
            reply.headers[.allow] = route.allow(for: request.argument)
            return reply
        }
        guard route.methods(for: request.argument).contains(request.method) else {
            var failure = APIFailure(
                .methodNotAllowed,
                "method \(request.method.rawValue) not allowed"
            )
            failure.headers[.allow] = route.allow(for: request.argument)
            throw failure
        }
        if request.method != .get { try checkWriter(request) }
        try refuseEnterprise(request, route)
        return nil
    }

    /// Calls the handler; on the event loop only if it is done there soon.
    @inline(never)
    private func run(_ call: Call, since start: ContinuousClock.Instant) async -> APIReply {
        let reply: APIReply
        do throws(APIFailure) {
            if call.request.parked == nil { try admit(call) }
            let isRead = call.route.reader != nil && call.request.method == .get
            if call.route.isPrompt, !isRead {
                reply = try await call.route.answer(api, call.request)
            } else {
                reply = try await API.offLoop { () async throws(APIFailure) in
                    try await call.route.answer(api, call.request)
                }
            }
        } catch {
            reply = .failure(error)
        }
        note(reply, call, since: start)
        return reply
    }

    /// Measures a request that is answered.
    private func note(_ reply: APIReply, _ call: Call, since start: ContinuousClock.Instant) {
        guard reply.parked == nil else { return }
        timers.note(call.request.method, call.route.number, since: start)
        clients.noteReply(call.route.number, status: reply.status.code)
        if reply.status.code >= 500, call.route.reachesState { api.meters.noteFailure() }
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

    private func redirect(to path: String, _ query: String?) -> APIReply {
        var reply = APIReply(status: .movedPermanently)
        reply.headers[.location] = path + (query.map { "?" + $0 } ?? "")
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
