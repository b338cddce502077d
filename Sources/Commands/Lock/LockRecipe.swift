// SPDX-License-Identifier: Apache-2.0

/// How a lock is taken and given back by means of keys (spec cli.md 4.2; Consul's Go client).
protocol LockRecipe: Sendable {
    /// Waits until the lock is held.
    ///
    /// - Parameter deadline: when to give up; `nil` for never.
    /// - Returns: whether the lock is held.
    /// - Throws: ``CommandFailure`` when the agent refuses, or the keys are of another use.
    func acquire(
        until deadline: ContinuousClock.Instant?
    ) async throws(CommandFailure) -> Bool

    /// Looks at what the lock is made of once, or waits until it changed.
    ///
    /// - Parameter index: the index that was read before; 0 to read at once.
    /// - Returns: the index that was read; `nil` when the lock is not held any more.
    /// - Throws: ``CommandFailure`` when the agent cannot be asked.
    func check(after index: UInt64) async throws(CommandFailure) -> UInt64?

    /// Gives the lock back.
    func release() async throws(CommandFailure)

    /// Removes what the lock was made of, unless others use it.
    ///
    /// - Returns: `false` when others use it.
    func removeUnused() async throws(CommandFailure) -> Bool
}

/// What both recipes do with keys, for one session.
struct LockKeys: Sendable {
    /// How long one blocking read lasts.
    static let wait = Duration.seconds(15)
    /// How long to wait before a lock is tried again that nobody holds, as in its lock-delay.
    static let retry = Duration.seconds(1)

    let agent: AgentClient
    /// `?dc=`.
    let query: [(String, String)]
    let session: String

    /// Reads the keys that a path names; waits for an index beyond `index` unless it is 0.
    func read(
        _ path: String,
        _ parameters: [(String, String)] = [],
        after index: UInt64,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(CommandFailure) -> (pairs: [KVPair], index: UInt64) {
        var query = query + parameters + [("consistent", "")]
        if index > 0 {
            var wait = Self.wait
            if let deadline {
                wait = min(wait, max(.milliseconds(1), deadline - ContinuousClock.now))
            }
            query.append(("index", "\(index)"))
            query.append(("wait", "\(wait.components.seconds * 1000 + wait.milliseconds)ms"))
        }
        let reply = try await agent.reply("GET", KVAccess.path(path), query)
        guard reply.status == 200 || reply.status == 404 else { throw AgentClient.failure(reply) }
        let pairs: [KVPair] = reply.status == 404 ? [] : try agent.decode(reply.body, of: path)
        return (pairs, reply.index)
    }

    /// Writes a key; `false` when the agent says so.
    func put(
        _ path: String,
        _ parameters: [(String, String)],
        flags: UInt64,
        _ value: [UInt8] = []
    ) async throws(CommandFailure) -> Bool {
        let query = query + parameters + [("flags", "\(flags)")]
        return KVAccess.isTrue(
            try await agent.request("PUT", KVAccess.path(path), query, body: value)
        )
    }

    /// Removes a key; `false` when the agent says so.
    func delete(
        _ path: String,
        _ parameters: [(String, String)] = []
    ) async throws(CommandFailure) -> Bool {
        KVAccess.isTrue(
            try await agent.request("DELETE", KVAccess.path(path), query + parameters)
        )
    }

    /// Waits before a try; `false` when there is no time for it.
    func pause(until deadline: ContinuousClock.Instant?) async -> Bool {
        let end = ContinuousClock.now + Self.retry
        if let deadline, deadline < end { return false }
        do { try await Task.sleep(until: end) } catch { return false }
        return true
    }
}

extension Duration {
    /// What is left of a second, in milliseconds.
    fileprivate var milliseconds: Int64 { components.attoseconds / 1_000_000_000_000_000 }
}
