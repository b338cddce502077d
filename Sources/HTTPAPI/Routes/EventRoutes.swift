// SPDX-License-Identifier: Apache-2.0
import Events
import HTTPTypes
import Publication

/// `/v1/event/…` (HTTP API 4.8).
extension API {
    static let eventRoutes = [
        Route(.put, path: "/v1/event/fire/") { api, request throws(APIFailure) in
            try await api.fireEvent(request)
        },
        Route(.get, path: "/v1/event/list") { api, request throws(APIFailure) in
            try await api.listEvents(request)
        },
    ]

    /// The longest that a reader waits for an event, and waits unless it says otherwise; the
    /// agent's own query times do not count here (Consul: EventList).
    private static let eventWait = Duration.seconds(600)

    private func fireEvent(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        guard !request.argument.isEmpty else { throw .badRequest("Missing name") }
        try checkDatacenter(request)
        let event = UserEvent(
            id: UUIDText.random(),
            name: request.argument,
            payload: try await request.octets(upTo: APIRequest.maximumBody),
            filter: EventFilter(
                node: request.query.first("node") ?? "",
                service: request.query.first("service") ?? "",
                tag: request.query.first("tag") ?? ""
            )
        )
        if let problem = event.problem { throw .server(problem) }
        do { try await control.fire(event) } catch { throw APIFailure(error) }
        return request.json { EventObject.write(event, to: &$0) }
    }

    private func listEvents(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let options = try ReadOptions(
            request,
            defaultWait: Self.eventWait,
            maximumWait: Self.eventWait
        )
        let name = request.query.first("name") ?? ""
        // No jitter: whoever waits is woken by the same events anyway.
        let deadline = ContinuousClock.now + options.wait
        var events: [UserEvent] = []
        var index: UInt64 = 0
        repeat {
            let watch = control.events.watches.register([.event])
            events = control.events.events(named: name)
            index = EventRing.index(of: events)
            // The index follows no order: a reader waits only while it has exactly this one.
            guard options.index > 0, index == options.index else { break }
            guard await wait(watch, until: deadline, request) else { break }
        } while true
        var reply = request.json { writer in
            writer.array(events) { EventObject.write($1, to: &$0) }
        }
        reply.headers[ConsulHeader.index] = String(index)
        return reply
    }
}
