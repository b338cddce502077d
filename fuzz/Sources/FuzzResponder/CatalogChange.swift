// SPDX-License-Identifier: Apache-2.0

internal import Definitions
internal import StateStore

/// A change of the catalog in three octets: what, on which node, how.
struct CatalogChange {
    /// Octets of a change.
    static let size = 3

    static let services = ["web", "db", "mixed", "new", "fresh", "six", "named", "consul"]
    static let addresses = [
        "10.9.0.1", "2001:db8:9::1", "", "web.service.consul", "www.elsewhere.test", "10.0.0.1",
        "::ffff:192.0.2.1", "300.1.1.1", "n0.node.consul", "host.example.internal",
    ]
    static let metadata: [[String: String]?] = [
        nil, ["a": "b"], ["long": String(repeating: "y", count: 300)],
        ["rfc1035-t": "x", "ti`ck=s ": "a`b"],
        Dictionary(
            uniqueKeysWithValues: (0..<30).map { ("k\($0)", String(repeating: "z", count: 50)) }
        ),
    ]
    private static let tags: [[String]] = [
        [], ["v1"], ["a.b"], ["udp", "Primary"], ["tag-that-is-longer-than-16"],
    ]
    static let names = ["under_score", "dot.ted", "we!rd", "UPPER", "x"]

    /// What is done, and to what.
    private let kind: UInt8
    private let node: String
    let value: Int
    /// The same of a change of a wide service; `nil` for another one.
    let wideKind: UInt8?
    let place: Int

    /// Reads a change from its octets.
    init(_ octets: ArraySlice<UInt8>) {
        let first = octets[octets.startIndex]
        kind = first & 15
        wideKind = first >= 0xe0 ? first & 15 : nil
        place = Int(octets[octets.startIndex + 1])
        node = Catalog.nodes[Int(octets[octets.startIndex + 1]) % Catalog.nodes.count]
        value = Int(octets[octets.startIndex + 2])
    }

    /// The commands that make the change.
    func commands(in store: StateStore) -> [Command] {
        let row = store.node(named: node) ?? NodeRow(name: node, address: "10.9.9.9")
        let name = Self.services[value % Self.services.count]
        var service =
            store.services(onNode: node).value?.services.first { $0.name == name }
            ?? ServiceRow(node: node, id: name, name: name)
        switch kind {
        case 0:
            return [.register(Registration(node: row, checks: [check(of: "")]))]
        case 1:
            let checks = [check(of: service.id)]
            return [.register(Registration(node: row, service: service, checks: checks))]
        case 2:
            return [.deregister(Deregistration(node: node, serviceID: service.id))]
        case 3:
            return [.deregister(Deregistration(node: node))]
        case 4:
            var row = row
            row.meta = Self.metadata[value % Self.metadata.count]
            row.address = Self.addresses[value / 16 % Self.addresses.count]
            return [.register(Registration(node: row))]
        case 5:
            service.address = Self.addresses[value / 8 % Self.addresses.count]
            service.tags = Self.tags[value % Self.tags.count]
            service.port = 70_000 * (value & 1) + 80
            return [.register(Registration(node: row, service: service))]
        case 6:
            var row = row
            row.taggedAddresses = [
                "lan_ipv4": Self.addresses[value % Self.addresses.count],
                "lan_ipv6": Self.addresses[value / 16 % Self.addresses.count],
            ]
            service.taggedAddresses = [
                "lan_ipv6": ServiceAddress(
                    address: Self.addresses[value / 8 % Self.addresses.count],
                    port: 1
                )
            ]
            return [.register(Registration(node: row, service: value & 1 == 0 ? nil : service))]
        case 7:
            var row = row
            row.name = Self.names[value / 8 % Self.names.count]
            row.id = ""
            service.node = row.name
            return [.register(Registration(node: row, service: service))]
        default:
            return more(row, service)
        }
    }

    /// Changes of what few catalogs have: twins, proxies, weights, queries, entries, coordinates.
    private func more(_ row: NodeRow, _ service: ServiceRow) -> [Command] {
        var service = service
        switch kind {
        case 8, 9:
            service.id += kind == 8 ? "2" : "3"
            service.address = Self.addresses[value / 8 % Self.addresses.count]
            service.port = value & 1 == 0 ? service.port : 81
            return [.register(Registration(node: row, service: service))]
        case 10:
            service.weights = ServiceWeights(passing: value & 3, warning: value >> 2 & 3)
            service.priority = value >> 6
            return [.register(Registration(node: row, service: service))]
        case 11:
            service.connectNative = value & 8 != 0
            if !service.connectNative {
                service.proxy = ProxyDefinition(destinationServiceName: service.name)
                service.kind = value & 16 == 0 ? "connect-proxy" : "ingress-gateway"
                (service.id, service.name) = ("px", "px")
            }
            return [.register(Registration(node: row, service: service))]
        case 12:
            var query = PreparedQueryRow(
                id: Catalog.queryID(value & 15),
                name: "q\(value & 3)",
                service: ServiceQuery(
                    service: service.name,
                    onlyPassing: value & 16 != 0,
                    near: value & 32 == 0 ? "" : node
                ),
                dnsTTL: value & 64 == 0 ? "" : "90s"
            )
            if value & 128 != 0 {
                query.template.type = QueryTemplateOptions.namePrefixMatch
                query.service.service = "${name.suffix}"
            }
            return [.preparedQuery(PreparedQueryChange(value & 8 == 0 ? .create : .update, query))]
        case 13:
            let query = PreparedQueryRow(
                id: Catalog.queryID(value & 15),
                service: ServiceQuery(service: "web")
            )
            return [.preparedQuery(PreparedQueryChange(.delete, query))]
        case 14:
            let entry = ConfigEntryRow(
                kind: value & 8 == 0 ? .ingressGateway : .serviceIntentions,
                name: value & 16 == 0 ? "igw" : service.name,
                contentJSON: "{}",
                services: [service.name]
            )
            return [.configEntry(ConfigEntryChange(entry, isDeletion: value & 32 != 0))]
        default:
            let place = NetworkCoordinate(vector: [Double(value), 1, 0, 0, 0, 0, 0, 0])
            return [.coordinates([CoordinateRow(node: node, coordinate: place)])]
        }
    }

    private func check(of service: String) -> CheckRow {
        let states: [CheckStatus] = [
            .critical, .warning, .passing, CheckStatus(rawValue: "odd"),
        ]
        let isMaintenance = value & 0x80 != 0
        return CheckRow(
            node: node,
            id: isMaintenance ? HealthStatus.nodeMaintenanceID : "changed",
            name: "c",
            status: states[value / 8 % states.count],
            serviceID: service
        )
    }
}
