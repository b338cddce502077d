// SPDX-License-Identifier: Apache-2.0
import Events
import HTTPTypes
import HummingbirdCore
import NIOCore
import WatchPlans

/// `/v1/watch`: changes as server-sent events, by the rules of blocking queries. Not Consul's (W38).
extension API {
    static let watchRoutes = [
        Route(.get, path: "/v1/watch") { api, request throws(APIFailure) in
            try await api.watch(request)
        }
    ]

    private func watch(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let stream = try StreamRequest(request)
        // Before anything is sent, so that what cannot be read is answered with its status.
        let first = try await firstState(stream, request)
        var reply = APIReply()
        reply.headers[.contentType] = ServerSentEvent.contentType
        reply.headers[.cacheControl] = "no-store"
        // nginx would hold events back until they fill a buffer.
        reply.headers[ConsulHeader.accelBuffering] = "no"
        reply.stream = ResponseBody { writer in
            try await tell(stream, from: first, request, to: &writer)
            try await writer.finish(nil)
        }
        return reply
    }

    private func firstState(
        _ stream: StreamRequest,
        _ request: APIRequest
    ) async throws(APIFailure) -> StreamState {
        try checkDatacenter(request)
        do throws(APIFailure) {
            return try await state(stream, after: 0, request)
        } catch {
            // Consul's endpoints answer a filter that is none with 500.
            guard error.status == .internalServerError, request.query.has("filter") else {
                throw error
            }
            throw .badRequest("Invalid filter: " + error.message)
        }
    }

    /// Reads what is watched; after an index, once it has moved on, or when the longest wait is over.
    ///
    /// - Throws: what the endpoint that is read would answer.
    func state(
        _ stream: StreamRequest,
        after index: UInt64,
        _ request: APIRequest
    ) async throws(APIFailure) -> StreamState {
        var path = stream.plan.path(after: index == 0 ? nil : .index(index))
        if index > 0 { path += "&wait=10m" }
        let reply = try await read(path, as: request)
        if case .event(let name) = stream.plan.subject {
            return events(named: name, after: index == 0 ? stream.index : index)
        }
        // A key, or a prefix, that is absent is a state as well.
        guard reply.status == .ok || reply.status == .notFound else {
            throw APIFailure(reply.status, String(buffer: reply.body))
        }
        return StreamState(
            index: reply.headers[ConsulHeader.index].flatMap { UInt64($0) } ?? 1,
            data: reply.status == .ok ? reply.body : ByteBuffer(string: "null")
        )
    }

    /// The events that came after the one with an index; all that there are when it is not kept.
    private func events(named name: String, after index: UInt64) -> StreamState {
        let all = control.events.events(named: name)
        let known = all.lastIndex { $0.index == index }
        var writer = JSONWriter()
        writer.array(all[(known.map { $0 + 1 } ?? 0)...]) { EventObject.write($1, to: &$0) }
        return StreamState(index: EventRing.index(of: all), data: writer.buffer)
    }

    /// What an endpoint answers to a path; compact, whatever the agent is wont to.
    private func read(
        _ path: String,
        as request: APIRequest
    ) async throws(APIFailure) -> APIReply {
        let parts = path.split(separator: "?", maxSplits: 1)
        var inner = request
        inner.path = PercentEncoding.decode(parts[0].utf8) ?? ""
        guard case .route(let route, let argument) = RouteTable.all.match(inner.path) else {
            throw .server("no endpoint \(inner.path)")
        }
        if configuration.blockedEndpoints.contains(where: { inner.path.hasPrefix($0) }) {
            throw APIFailure(.forbidden, "Endpoint is blocked by agent configuration")
        }
        inner.argument = argument
        inner.query = QueryParameters(parts.count > 1 ? String(parts[1]) : "")
        inner.headers = HTTPFields()
        inner.isDevelopment = false
        // The stream itself looks after the connection.
        inner.channel = nil
        while true {
            do throws(APIFailure) {
                return try await route.answer(self, inner)
            } catch {
                guard let parked = error.parked else { throw error }
                inner.parked = await wait(parked, nil)
            }
        }
    }
}
