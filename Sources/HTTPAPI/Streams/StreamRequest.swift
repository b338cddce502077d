// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import WatchPlans

/// What the query of `GET /v1/watch` asks for.
///
/// Unlike the endpoints that are Consul's, it refuses what it does not know: a parameter that is spelled wrong
/// would watch something else, in silence.
struct StreamRequest {
    /// What is watched.
    let plan: WatchPlan
    /// `type`, by which events are called.
    let type: String
    /// The index after which it goes on; 0 begins with the present state.
    let index: UInt64

    /// The parameters of each type besides those that all take.
    private static let parameters: [String: [String]] = [
        "key": ["key"],
        "keyprefix": ["prefix"],
        "services": ["filter"],
        "nodes": ["filter"],
        "service": ["service", "tag", "passing", "filter"],
        "checks": ["service", "state", "filter"],
        "event": ["name"],
    ]
    private static let common: Set = [
        "type", "index", "dc", "datacenter", "stale", "token",
    ]
    /// The types in the order in which errors name them.
    private static let types = "key, keyprefix, services, nodes, service, checks, event"

    /// - Throws: 400 with what is wrong.
    init(_ request: APIRequest) throws(APIFailure) {
        let query = request.query
        let type = query.first("type") ?? ""
        guard let own = Self.parameters[type] else {
            let wrong = type.isEmpty ? "Missing ?type=" : "Unknown watch type \"\(type)\""
            throw .badRequest("\(wrong): it is one of \(Self.types)")
        }
        let hint = "type=\(type) takes \(own.joined(separator: ", "))"
        for name in query.names where !own.contains(name) && !Self.common.contains(name) {
            throw .badRequest("Unknown parameter \"\(name)\": \(hint)")
        }
        var parameters = WatchParameters()
        parameters.type = type
        parameters.key = query.first("key") ?? ""
        parameters.prefix = query.first("prefix") ?? ""
        parameters.service = query.first("service") ?? ""
        parameters.tags = query.all("tag")
        parameters.passingOnly = try Self.flag("passing", query)
        parameters.state = query.first("state") ?? ""
        parameters.name = query.first("name") ?? ""
        parameters.filter = query.first("filter") ?? ""
        parameters.datacenter = query.first("datacenter") ?? query.first("dc") ?? ""
        // Events are never replicated: the parameter that all types take says nothing of them.
        parameters.isStale = query.has("stale") && type != "event"
        do {
            plan = try WatchPlan(parameters)
        } catch {
            throw .badRequest("\(error): \(hint)")
        }
        self.type = type
        // A client that comes again asks for the address it was given, so that the header is newer.
        if let id = request.headers[.lastEventID], !id.isEmpty {
            index = try Self.number(id, "Last-Event-ID")
        } else {
            index = try Self.number(query.first("index") ?? "", "index")
        }
    }

    private static func flag(
        _ name: String,
        _ query: QueryParameters
    ) throws(APIFailure) -> Bool {
        guard let text = query.first(name) else { return false }
        guard text.isEmpty || GoBool.parse(text) != nil else {
            throw .badRequest("Invalid value \"\(text)\" for ?\(name): it is true or false")
        }
        return GoBool.parse(text) ?? true
    }

    private static func number(_ text: String, _ name: String) throws(APIFailure) -> UInt64 {
        guard !text.isEmpty else { return 0 }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(text) else {
            throw .badRequest("Invalid \(name) \"\(text)\": it is the id of an event, a number")
        }
        return number
    }
}

extension HTTPField.Name {
    static var lastEventID: HTTPField.Name { ConsulHeader.lastEventID }
}
