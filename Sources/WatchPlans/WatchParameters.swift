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

    /// The names of parameters that were given with a value that says nothing, as
    /// `passingonly = false` and `prefix = ""` do: a type that does not take them refuses them too.
    public var emptyGiven: Set<String> = []

    /// Makes parameters that say nothing.
    public init() {}

    /// The names of those that were given, of those that depend on the type.
    var given: Set<String> {
        let told = [
            ("key", !key.isEmpty), ("prefix", !prefix.isEmpty), ("service", !service.isEmpty),
            ("service_id", !serviceID.isEmpty), ("tag", !tags.isEmpty),
            ("passingonly", passingOnly), ("state", !state.isEmpty), ("name", !name.isEmpty),
            ("filter", !filter.isEmpty), ("stale", isStale),
        ]
        return emptyGiven.union(told.filter(\.1).map(\.0))
    }

    /// The names of those that a type takes besides `datacenter` and `token`, which all take
    /// (Consul, `api/watch`: what the type's watch takes out of the parameters).
    static func taken(by type: String) -> [String] {
        switch type {
        case "key": ["key", "stale"]
        case "keyprefix": ["prefix", "stale"]
        case "services", "nodes": ["filter", "stale"]
        case "service": ["service", "tag", "passingonly", "filter", "stale"]
        case "checks": ["service", "state", "filter", "stale"]
        // Events and the agent's own services are in one place only.
        case "event": ["name"]
        case "agent_service": ["service_id"]
        default: []
        }
    }
}

/// Why parameters are no watch, in Consul's words.
public struct WatchPlanError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var description: String

    init(_ description: String) { self.description = description }
}
