// SPDX-License-Identifier: Apache-2.0

/// What a watch is told, on the command line or in `watches` (spec cli.md 4.1); which of them
/// count depends on the type.
public struct WatchParameters: Hashable, Sendable {
    /// `type`: what is watched.
    public var type = ""
    /// `key`.
    public var key = ""
    /// `prefix`: of keys.
    public var prefix = ""
    /// `service`.
    public var service = ""
    /// `service_id`: a service of this agent.
    public var serviceID = ""
    /// `tag`: all of them an instance must have.
    public var tags: [String] = []
    /// `passingonly`: only instances whose checks all pass.
    public var passingOnly = false
    /// `state`: of checks.
    public var state = ""
    /// `name`: of events.
    public var name = ""
    /// `filter`: a filter expression, for lists.
    public var filter = ""
    /// `datacenter`; empty means the agent's.
    public var datacenter = ""
    /// `stale`: any server may answer.
    public var isStale = false

    /// Makes parameters that say nothing.
    public init() {}
}

/// Why parameters are no watch, in Consul's words.
public struct WatchPlanError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var description: String

    init(_ description: String) { self.description = description }
}
