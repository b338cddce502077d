// SPDX-License-Identifier: Apache-2.0
import Definitions
import HTTPTypes
import StateStore

/// `/v1/session/…` (HTTP API 4.7).
extension API {
    static let sessionRoutes = [
        Route(.put, path: "/v1/session/create", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.createSession(request)
        },
        Route(.put, path: "/v1/session/destroy/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try await api.destroySession(request)
        },
        Route(.put, path: "/v1/session/renew/", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.renewSession(request)
        },
        Route(reading: "/v1/session/info/", namespaced: true) {
            api,
            request throws(APIFailure) in
            let id = try api.sessionID(request)
            return try api.sessions(request) { store in
                store.session(id).map { $0.map { [$0] } ?? [] }
            }
        },
        Route(reading: "/v1/session/node/", namespaced: true) {
            api,
            request throws(APIFailure) in
            guard !request.argument.isEmpty else { throw .badRequest("Missing node name") }
            return try api.sessions(request) { $0.sessions(ofNode: request.argument) }
        },
        Route(reading: "/v1/session/list", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.sessions(request) { $0.sessions() }
        },
    ]

    private func sessionID(_ request: APIRequest) throws(APIFailure) -> String {
        guard !request.argument.isEmpty else { throw .badRequest("Missing session") }
        return request.argument
    }

    private func sessions(
        _ request: APIRequest,
        _ body: (StateStore) -> Indexed<[SessionRow]>
    ) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let result = try read(request, options, isAbsent: \.isEmpty, body)
        var reply = request.json { writer in
            writer.array(result.value) { SessionObject.write($1, to: &$0) }
        }
        Self.describe(result, in: &reply)
        return reply
    }

    private func createSession(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        var session = SessionRow(
            id: "",
            node: control.identity.nodeName,
            nodeChecks: [StateStore.serfHealthID]
        )
        if let value = try await request.decodedBodyIfAny() {
            let unknown: String?
            do throws(BodyError) {
                unknown = try SessionBody.fill(&session, from: value)
            } catch {
                throw APIFailure(error)
            }
            if let unknown { throw .server("Invalid Behavior setting '\(unknown)'") }
        }
        try checkTTL(session.ttl)
        session.id = UUIDText.random()
        do throws(SubmitError) {
            _ = try await submitter.submit(.session(SessionChange(.create, session)))
        } catch {
            guard case .refused(let refusal) = error else { throw APIFailure(error) }
            throw .server("apply failed: \(refusal.text)")
        }
        sessionTimers.begin(session)
        return request.json { writer in
            writer.object { $0.member("ID", session.id) }
        }
    }

    /// Consul: Session.Apply.
    private func checkTTL(_ text: String) throws(APIFailure) {
        guard !text.isEmpty else { return }
        let ttl: Duration
        do {
            ttl = try GoDuration.parse(text)
        } catch {
            throw .server("Session TTL '\(text)' invalid: \(error)")
        }
        let least = configuration.minimumSessionTTL
        guard ttl == .zero || (least...max(least, SessionRow.maximumTTL)).contains(ttl) else {
            throw .server(
                "Invalid Session TTL '\(GoDuration.nanoseconds(ttl))', must be between "
                    + "[\(GoDuration.print(least))=\(GoDuration.print(SessionRow.maximumTTL))]"
            )
        }
    }

    private func destroySession(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let id = try sessionID(request)
        try checkDatacenter(request)
        // One that is not there is no error, and nothing to put into the log.
        if let session = snapshots.snapshot().session(id).value {
            try await submit(.session(.destroy(id: session.id)))
            sessionTimers.end(session.id)
        }
        return request.json { $0.bool(true) }
    }

    private func renewSession(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let id = try sessionID(request)
        try checkDatacenter(request)
        let result = snapshots.snapshot().session(id)
        guard let session = result.value else {
            throw APIFailure(.notFound, "Session id '\(id)' not found")
        }
        sessionTimers.begin(session)
        return request.json { writer in
            writer.array([session]) { SessionObject.write($1, to: &$0) }
        }
    }
}
