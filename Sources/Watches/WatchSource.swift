// SPDX-License-Identifier: Apache-2.0
public import WatchPlans

/// Where watches read: the HTTP API of this agent.
public protocol WatchSource: Sendable {
    /// Reads a path with its query and a token, which may be empty; waits as the query says, or
    /// until the task is cancelled.
    func get(_ path: String, token: String) async -> WatchReply
}

/// What watches tell of changes; whatever goes wrong is logged.
protocol WatchHandler: Sendable {
    /// Tells of a change, and returns when the handler is done with it.
    func handle(_ result: WatchResult) async
}
