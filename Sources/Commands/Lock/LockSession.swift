// SPDX-License-Identifier: Apache-2.0

/// The session that holds a lock, kept alive while the lock is held.
struct LockSession: Sendable {
    /// How long it lives without being renewed.
    private static let ttl = 15

    let agent: AgentClient
    /// `?dc=`.
    let query: [(String, String)]
    let id: String

    private struct Created: Decodable {
        var id: String

        enum CodingKeys: String, CodingKey { case id = "ID" }
    }

    /// Creates a session; with `deletes` its keys go with it.
    static func create(
        named name: String,
        deletes: Bool,
        _ agent: AgentClient,
        _ query: [(String, String)]
    ) async throws(CommandFailure) -> LockSession {
        let body =
            "{\"Name\":\(GoJSON.quoted(name)),\"TTL\":\"\(ttl)s\","
            + "\"Behavior\":\"\(deletes ? "delete" : "release")\"}"
        let path = "/v1/session/create"
        let reply = try await agent.request("PUT", path, query, body: Array(body.utf8))
        let created: Created = try agent.decode(reply, of: path)
        return LockSession(agent: agent, query: query, id: created.id)
    }

    /// Renews it again and again, until the task is cancelled.
    ///
    /// A renewal that fails is tried again sooner; that the session is gone is seen at its keys.
    func keepAlive() async {
        var pause = Duration.seconds(Self.ttl) / 2
        while true {
            do { try await Task.sleep(for: pause) } catch { return }
            let path = "/v1/session/renew/\(PercentEncoding.encode(id, alsoSlashes: true))"
            let isRenewed = (try? await agent.request("PUT", path, query)) != nil
            pause = isRenewed ? .seconds(Self.ttl) / 2 : .seconds(1)
        }
    }

    /// Ends it.
    func destroy() async throws(CommandFailure) {
        let path = "/v1/session/destroy/\(PercentEncoding.encode(id, alsoSlashes: true))"
        _ = try await agent.request("PUT", path, query)
    }
}
