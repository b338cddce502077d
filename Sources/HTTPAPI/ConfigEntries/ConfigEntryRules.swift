// SPDX-License-Identifier: Apache-2.0
import StateStore

/// What each kind of config entry demands of its members, and what it fills in (Consul:
/// `Normalize` and `Validate` of each entry).
enum ConfigEntryRules {
    /// The row to store: defaults filled in, the listed services noted.
    ///
    /// - Throws: the rule that is broken.
    static func completed(
        _ row: ConfigEntryRow,
        _ content: ConfigContent
    ) throws(BodyError) -> ConfigEntryRow {
        var row = row
        row.name = try onlyName(of: row.kind, given: row.name)
        guard !row.name.isEmpty else { throw BodyError("Name is required") }
        var content = content
        switch row.kind {
        case .serviceIntentions: try completeIntentions(&content, of: row.name)
        case .serviceResolver: try checkResolver(content, of: row.name)
        case .serviceRouter: try completeRouter(&content)
        case .serviceSplitter: try checkSplitter(content, of: row.name)
        case .ingressGateway: row.services = try completeIngress(&content)
        case .terminatingGateway: row.services = try linkedServices(content)
        case .exportedServices: try checkExports(content)
        default: break
        }
        row.contentJSON = content.value.orderedText
        return row
    }

    /// The name of an entry, whose kind may have but one.
    static func onlyName(
        of kind: ConfigEntryKind,
        given name: String
    ) throws(BodyError) -> String {
        switch kind {
        case .proxyDefaults:
            if name.isEmpty || name == "global" { return "global" }
            throw BodyError("invalid name (\"\(name)\"), only \"global\" is supported")
        case .mesh:
            if name.isEmpty || name == "mesh" { return "mesh" }
            throw BodyError("invalid name (\"\(name)\"), only \"mesh\" is supported")
        case .exportedServices where name != "default":
            throw BodyError("exported-services Name must be \"default\"")
        default: return name
        }
    }

    private static func checkExports(_ content: ConfigContent) throws(BodyError) {
        for (number, service) in content.objects("Services").enumerated() {
            let place = "Services[\(number)]"
            if service.text("Name").isEmpty {
                throw BodyError("\(place): service name cannot be empty")
            }
            let consumers = service.objects("Consumers")
            if consumers.isEmpty { throw BodyError("\(place): must have at least one consumer") }
            for (number, consumer) in consumers.enumerated() {
                let members = ["Peer", "Partition", "SamenessGroup"]
                let count = members.filter { !consumer.text($0).isEmpty }.count
                if count == 1 { continue }
                throw BodyError(
                    "\(place).Consumers[\(number)]: must define at \(count == 0 ? "least" : "most")"
                        + " one of Peer, Partition, or SamenessGroup"
                )
            }
        }
    }

    private static func completeIntentions(
        _ content: inout ConfigContent,
        of destination: String
    ) throws(BodyError) {
        var sources = content.objects("Sources")
        if sources.isEmpty, content["JWT"] == nil {
            throw BodyError("At least one source is required")
        }
        var names: Set<String> = []
        for index in sources.indices {
            let source = sources[index]
            let name = source.text("Name")
            if name.isEmpty { throw BodyError("Sources[\(index)].Name is required") }
            guard names.insert("\(name)/\(source.text("Peer"))").inserted else {
                throw BodyError("Sources[\(index)] defines \"\(name)\" more than once")
            }
            let hasPermissions = source["Permissions"] != nil
            if hasPermissions, !source.text("Action").isEmpty {
                throw BodyError(
                    "Sources[\(index)].Action must be omitted if Permissions are specified"
                )
            }
            if !hasPermissions, !["allow", "deny"].contains(source.text("Action")) {
                throw BodyError("Sources[\(index)].Action must be set to 'allow' or 'deny'")
            }
            sources[index]["Precedence"] = .number(String(precedence(name, destination)))
            sources[index]["Type"] = .string("consul")
        }
        let ordered = sources.enumerated().sorted {
            let (a, b) = ($0.element.integer("Precedence"), $1.element.integer("Precedence"))
            return a == b ? $0.offset < $1.offset : a > b
        }
        content["Sources"] = .array(ordered.map(\.element.value))
    }

    // Consul: exact names weigh more than wildcards, the destination more than the source.
    private static func precedence(_ source: String, _ destination: String) -> Int {
        switch (destination == "*", source == "*") {
        case (false, false): 9
        case (false, true): 8
        case (true, false): 6
        case (true, true): 5
        }
    }

    private static func completeIngress(
        _ content: inout ConfigContent
    ) throws(BodyError) -> [String] {
        var listeners = content.objects("Listeners")
        var ports: Set<Int> = []
        var services: [String] = []
        for index in listeners.indices {
            let port = listeners[index].integer("Port")
            guard ports.insert(port).inserted else {
                throw BodyError("port \(port) declared on two listeners")
            }
            let given = listeners[index].text("Protocol").lowercased()
            let kind = given.isEmpty ? "tcp" : given
            guard ["tcp", "http", "http2", "grpc"].contains(kind) else {
                throw BodyError(
                    "protocol must be 'tcp', 'http', 'http2', or 'grpc'. '\(kind)' is an"
                        + " unsupported protocol"
                )
            }
            listeners[index]["Protocol"] = .string(kind)
            services += try names(in: listeners[index], kind, port: port)
        }
        if !listeners.isEmpty { content["Listeners"] = .array(listeners.map(\.value)) }
        return services
    }

    private static func names(
        in listener: ConfigContent,
        _ kind: String,
        port: Int
    ) throws(BodyError) -> [String] {
        let names = listener.objects("Services").map { $0.text("Name") }
        let place = "(listener on port \(port))"
        if names.isEmpty { throw BodyError("No service declared for listener with port \(port)") }
        if names.contains("") { throw BodyError("Service name cannot be blank \(place)") }
        if kind == "tcp", names.count > 1 {
            throw BodyError(
                "Multiple services per listener are only supported for L7 protocols, 'http',"
                    + " 'grpc' and 'http2' \(place)"
            )
        }
        if kind == "tcp", names.contains("*") {
            throw BodyError(
                "Wildcard service name is only valid for protocols 'http', 'grpc' and 'http2'"
                    + " \(place)"
            )
        }
        return names
    }

    private static func linkedServices(_ content: ConfigContent) throws(BodyError) -> [String] {
        let names = content.objects("Services").map { $0.text("Name") }
        var seen: Set<String> = []
        for name in names {
            if name.isEmpty { throw BodyError("Service name cannot be blank.") }
            guard seen.insert(name).inserted else {
                throw BodyError(
                    "service \"\(name)\" was specified more than once within a namespace"
                )
            }
        }
        return names
    }
}
