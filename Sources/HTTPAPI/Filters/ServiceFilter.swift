// SPDX-License-Identifier: Apache-2.0
import Definitions
import Filtering
import StateStore

/// The members of a service that filters may name (HTTP API 3.5).
enum ServiceFilter {
    static let fields: FilterFields = [
        "Kind": .string, "ID": .string, "Service": .string, "Tags": .strings,
        "Address": .string,
        "TaggedAddresses": .map(.object(["Address": .string, "Port": .integer])),
        "Meta": .map(.string), "Port": .integer, "SocketPath": .string,
        "Weights": .object(["Passing": .integer, "Warning": .integer]),
        "EnableTagOverride": .boolean, "Proxy": .object(ProxyFilter.fields),
        "Connect": .object(["Native": .boolean]), "PeerName": .string,
    ]

    /// Gives the members of a service by their names.
    ///
    /// - Parameters:
    ///   - service: the service.
    ///   - parse: reads the parts of a proxy that are kept as JSON text; see ``ProxyFilter``.
    /// - Returns: what gives a member by its name.
    static func members(
        of service: ServiceRow,
        parse: @escaping (String) -> JSONValue = ProxyFilter.parsed
    ) -> FilterLookup {
        // Made when it is first asked for: most instances are no proxies, most filters ask for none.
        var proxy: FilterLookup?
        return { name in
            guard name == "Proxy" else { return member(name, of: service) }
            let lookup = proxy ?? ProxyFilter.members(of: service.proxy, parse: parse)
            proxy = lookup
            return .object(lookup)
        }
    }

    private static func member(_ name: String, of service: ServiceRow) -> FilterValue {
        switch name {
        case "Kind": .string(service.kind)
        case "ID": .string(service.id)
        case "Service": .string(service.name)
        case "Tags": .strings(service.tags)
        case "Address": .string(service.address)
        case "TaggedAddresses": addresses(service.taggedAddresses)
        case "Meta": .map(service.meta)
        case "Port": .integer(service.port)
        case "SocketPath": .string(service.socketPath)
        case "Weights":
            .object {
                .integer($0 == "Passing" ? service.weights.passing : service.weights.warning)
            }
        case "EnableTagOverride": .boolean(service.enableTagOverride)
        case "Connect": .object { _ in .boolean(service.connectNative) }
        case "PeerName": .string("")
        default: .absent
        }
    }

    private static func addresses(_ addresses: [String: ServiceAddress]) -> FilterValue {
        .map(isEmpty: addresses.isEmpty) { key in
            guard let address = addresses[key] else { return .absent }
            return .object {
                $0 == "Port" ? .integer(address.port) : .string(address.address)
            }
        }
    }
}

/// The members of an instance flat with its node, as in `catalog/service` (HTTP API 3.5).
enum ServiceNodeFilter {
    static let fields: FilterFields = {
        var fields = NodeFilter.fields
        fields["NodeMeta"] = fields.removeValue(forKey: "Meta")
        for (name, member) in serviceMembers { fields[name] = ServiceFilter.fields[member] }
        return fields
    }()

    /// Gives the members by their names.
    static func members(
        of node: NodeRow,
        _ service: ServiceRow,
        datacenter: String
    ) -> FilterLookup {
        let ofService = ServiceFilter.members(of: service)
        return { name in
            if let member = serviceMembers[name] { return ofService(member) }
            return NodeFilter.member(
                name == "NodeMeta" ? "Meta" : name,
                of: node,
                datacenter: datacenter
            )
        }
    }

    /// What the members are called in the service itself.
    private static let serviceMembers = [
        "ServiceKind": "Kind", "ServiceID": "ID", "ServiceName": "Service",
        "ServiceTags": "Tags", "ServiceAddress": "Address",
        "ServiceTaggedAddresses": "TaggedAddresses", "ServiceWeights": "Weights",
        "ServiceMeta": "Meta", "ServicePort": "Port", "ServiceSocketPath": "SocketPath",
        "ServiceEnableTagOverride": "EnableTagOverride", "ServiceProxy": "Proxy",
        "ServiceConnect": "Connect",
    ]
}

/// The members of an instance with node and checks, as in `health/service` (HTTP API 3.5).
enum InstanceFilter {
    static let fields: FilterFields = [
        "Node": .object(NodeFilter.fields), "Service": .object(ServiceFilter.fields),
        "Checks": .objects(CheckFilter.fields),
    ]

    /// Gives the members by their names.
    static func members(of instance: InstanceView, datacenter: String) -> FilterLookup {
        var service: FilterLookup?
        return { name in
            switch name {
            case "Node":
                let node = instance.node
                return .object { NodeFilter.member($0, of: node, datacenter: datacenter) }
            case "Service":
                let lookup = service ?? ServiceFilter.members(of: instance.service)
                service = lookup
                return .object(lookup)
            case "Checks":
                return .objects(
                    instance.checks.map { check in { CheckFilter.member($0, of: check) } }
                )
            default: return .absent
            }
        }
    }
}
