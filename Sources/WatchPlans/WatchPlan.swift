// SPDX-License-Identifier: Apache-2.0

/// What a watch reads: a path of the HTTP API, and what its answers are.
public struct WatchPlan: Hashable, Sendable {
    /// What is watched.
    public enum Subject: Hashable, Sendable {
        /// One key.
        case key(String)
        /// All keys that begin so.
        case keyPrefix(String)
        /// The names of all services with their tags.
        case services
        /// All nodes.
        case nodes
        /// The instances of a service.
        case service(String, tags: [String], passingOnly: Bool)
        /// The checks of a service.
        case checksOfService(String)
        /// The checks in a state; `any` for all.
        case checksInState(String)
        /// The events of a name; of all names if it is empty.
        case event(String)
        /// A service of the agent that is asked.
        case agentService(String)
    }

    /// What is watched.
    public let subject: Subject
    /// `?filter=`; empty for none.
    private let filter: String
    /// `?dc=`; empty for the agent's own.
    private let datacenter: String
    private let isStale: Bool

    /// The types that the command line knows; `agent_service` is for configurations.
    public static let types = [
        "key", "keyprefix", "services", "nodes", "service", "checks", "event", "agent_service",
    ]

    /// Makes the plan of some parameters.
    ///
    /// - Throws: ``WatchPlanError`` in Consul's words.
    public init(_ parameters: WatchParameters) throws(WatchPlanError) {
        subject = try Self.subject(parameters)
        let type = parameters.type
        let taken = WatchParameters.taken(by: type)
        let foreign = parameters.given.subtracting(taken).sorted()
        guard foreign.isEmpty else {
            throw WatchPlanError(
                "Invalid parameters: [\(foreign.joined(separator: " "))]: a watch of type \(type) takes "
                    + taken.joined(separator: ", ")
            )
        }
        filter = parameters.filter
        datacenter = parameters.datacenter
        isStale = parameters.isStale
    }

    private static func subject(
        _ parameters: WatchParameters
    ) throws(WatchPlanError) -> Subject {
        func needed(_ text: String, _ what: String) throws(WatchPlanError) -> String {
            if text.isEmpty { throw WatchPlanError("Must specify a single \(what) to watch") }
            return text
        }
        switch parameters.type {
        case "": throw WatchPlanError("Watch type must be specified")
        case "key": return .key(try needed(parameters.key, "key"))
        case "keyprefix": return .keyPrefix(try needed(parameters.prefix, "prefix"))
        case "services": return .services
        case "nodes": return .nodes
        case "service":
            return .service(
                try needed(parameters.service, "service"),
                tags: parameters.tags,
                passingOnly: parameters.passingOnly
            )
        case "checks":
            guard parameters.service.isEmpty else {
                guard parameters.state.isEmpty else {
                    throw WatchPlanError("Cannot specify service and state")
                }
                return .checksOfService(parameters.service)
            }
            return .checksInState(parameters.state.isEmpty ? "any" : parameters.state)
        case "event": return .event(parameters.name)
        case "agent_service":
            return .agentService(try needed(parameters.serviceID, "service ID"))
        case "connect_roots", "connect_leaf":
            throw WatchPlanError(
                "Watch type \(parameters.type) needs Connect's certificates, which Waypost "
                    + "does not issue"
            )
        default: throw WatchPlanError("Unsupported watch type: \(parameters.type)")
        }
    }

    /// The path to read, with its query: the agent is to wait beyond what was read before; without
    /// that it answers at once.
    public func path(after position: WatchPosition?) -> String {
        var query: [(String, String)] = []
        let path: String
        switch subject {
        case .key(let key): path = "/v1/kv/" + Self.encoded(key)
        case .keyPrefix(let prefix):
            path = "/v1/kv/" + Self.encoded(prefix)
            query.append(("recurse", ""))
        case .services: path = "/v1/catalog/services"
        case .nodes: path = "/v1/catalog/nodes"
        case .service(let name, let tags, let passingOnly):
            path = "/v1/health/service/" + Self.encoded(name)
            query += tags.map { ("tag", $0) }
            if passingOnly { query.append(("passing", "1")) }
        case .checksOfService(let name): path = "/v1/health/checks/" + Self.encoded(name)
        case .checksInState(let state): path = "/v1/health/state/" + Self.encoded(state)
        case .event(let name):
            path = "/v1/event/list"
            if !name.isEmpty { query.append(("name", name)) }
        case .agentService(let id): path = "/v1/agent/service/" + Self.encoded(id)
        }
        if !datacenter.isEmpty { query.append(("dc", datacenter)) }
        if !filter.isEmpty { query.append(("filter", filter)) }
        if isStale { query.append(("stale", "")) }
        switch position {
        case nil: break
        case .index(let index): query.append(("index", String(index)))
        case .hash(let hash): query.append(("hash", hash))
        }
        guard !query.isEmpty else { return path }
        return path + "?"
            + query.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
    }

    // RFC 3986 §2.1: whatever is not unreserved, slashes too.
    private static func encoded(_ text: String) -> String {
        var result = ""
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(octet))
            default:
                result += "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            }
        }
        return result
    }
}

/// Where a reader stands: what an answer said of itself, and the next request gives back.
public enum WatchPosition: Hashable, Sendable, CustomStringConvertible {
    /// `X-Consul-Index`.
    case index(UInt64)
    /// `X-Consul-ContentHash`, for services of the agent.
    case hash(String)

    /// As handlers get it (`CONSUL_INDEX`).
    public var description: String {
        switch self {
        case .index(let index): String(index)
        case .hash(let hash): hash
        }
    }
}
