// SPDX-License-Identifier: Apache-2.0

internal import Definitions
internal import StateStore

extension Catalog {
    /// Instances that share a node, an address or a location with another one.
    static var twins: [Command] {
        let rows = [
            ("t0", "a", "10.5.0.1", 80), ("t0", "b", "10.5.0.1", 80), ("t0", "c", "10.5.0.1", 81),
            ("t1", "a", "2001:db8:5::1", 80), ("t1", "b", "", 80), ("t2", "a", "10.5.0.1", 80),
            ("t2", "b", "2001:db8:5::1", 82), ("t3", "a", "", 80), ("t3", "b", "", 81),
        ]
        return rows.flatMap { node, id, address, port -> [Command] in
            let isSix = node == "t3"
            let row = NodeRow(
                name: node,
                address: isSix ? "2001:db8:6::3" : "10.6.0.\(port)",
                taggedAddresses: node == "t2" ? ["lan_ipv6": "2001:db8:6::2"] : nil,
                meta: node == "t1" ? nil : ["rack": "of \(node)"]
            )
            // Of `pair` all live on nodes, of `shared` all have addresses of their own.
            return ["twin", "pair", "shared"].compactMap { name in
                if name == "pair", !address.isEmpty || node == "t1" { return nil }
                if name == "shared", address.isEmpty || isSix { return nil }
                let service = ServiceRow(
                    node: node,
                    id: name + id,
                    name: name,
                    tags: id == "b" ? ["v1", "blue"] : ["v1"],
                    address: name == "pair" ? "" : address,
                    port: port
                )
                return .register(Registration(node: row, service: service))
            }
        }
    }

    /// Proxies, gateways, virtual addresses, weights and priorities.
    static var mesh: [Command] {
        let node = NodeRow(
            name: "m0",
            id: "00000000-0000-0000-0000-0000000000a0",
            address: "10.7.0.1",
            taggedAddresses: ["lan_ipv6": "2001:db8:7::1", "wan": "203.0.113.7"]
        )
        var rows = [
            ServiceRow(
                node: "m0",
                id: "px",
                name: "web-proxy",
                kind: "connect-proxy",
                port: 20_000
            ),
            ServiceRow(node: "m0", id: "nat", name: "native", port: 20_001, connectNative: true),
            ServiceRow(node: "m0", id: "gw", name: "igw", kind: "ingress-gateway", port: 8888),
        ]
        rows[0].proxy = ProxyDefinition(destinationServiceName: "web")
        for number in 0..<5 {
            rows.append(
                ServiceRow(
                    node: "m0",
                    id: "weighted\(number)",
                    name: "weighted",
                    address: "10.7.1.\(number)",
                    port: 80 + number,
                    weights: ServiceWeights(passing: number * number, warning: 1)
                )
            )
            rows.append(
                ServiceRow(
                    node: "m0",
                    id: "first\(number)",
                    name: "first",
                    address: "10.7.2.\(number)",
                    port: 80,
                    priority: number
                )
            )
        }
        var down = ServiceRow(node: "m0", id: "down", name: "down", port: 7)
        down.tags = ["v1"]
        let registrations = rows.map { Registration(node: node, service: $0) }
        let ill = Registration(node: node, service: down, checks: [check("d", .critical, of: down)])
        let entries = [
            ConfigEntryRow(
                kind: .ingressGateway,
                name: "igw",
                contentJSON:
                    #"{"Listeners":[{"Port":9999,"Protocol":"tcp","Services":[{"Name":"db"}]}]}"#,
                services: ["db"]
            ),
            ConfigEntryRow(kind: .serviceIntentions, name: "six"),
        ]
        return (registrations + [ill]).map { Command.register($0) }
            + entries.map { .configEntry(ConfigEntryChange($0)) }
    }

    /// Prepared queries of every kind.
    static var queries: [Command] {
        let template = PreparedQueryRow(
            name: "geo-",
            template: QueryTemplateOptions(
                type: QueryTemplateOptions.namePrefixMatch,
                regexp: "^geo-(.*?)-([^\\-]+?)$",
                removeEmptyTags: true
            ),
            service: ServiceQuery(service: "${match(1)}", tags: ["${match(2)}"])
        )
        let rows = [
            PreparedQueryRow(name: "Q-One", service: ServiceQuery(service: "web")),
            PreparedQueryRow(
                name: "ttlq",
                service: ServiceQuery(service: "mixed", tags: ["v1"]),
                dnsTTL: "10s"
            ),
            PreparedQueryRow(name: "dot.name", service: ServiceQuery(service: "db", tags: ["!v1"])),
            PreparedQueryRow(name: "gone", service: ServiceQuery(service: "nosuch")),
            PreparedQueryRow(name: "fit", service: ServiceQuery(service: "db", onlyPassing: true)),
            PreparedQueryRow(name: "near", service: ServiceQuery(service: "db", near: "n2")),
            PreparedQueryRow(name: "nearip", service: ServiceQuery(service: "db", near: "_ip")),
            PreparedQueryRow(name: "agent", service: ServiceQuery(service: "db", near: "_agent")),
            PreparedQueryRow(name: "named", service: ServiceQuery(service: "named")),
            PreparedQueryRow(name: "mesh", service: ServiceQuery(service: "web", connect: true)),
            PreparedQueryRow(
                name: "fo",
                service: ServiceQuery(
                    service: "nosuch",
                    failover: QueryFailover(datacenters: ["dc9"])
                )
            ),
            template,
            PreparedQueryRow(name: "peer", service: ServiceQuery(service: "db", peer: "p1")),
            PreparedQueryRow(
                name: "lax",
                service: ServiceQuery(service: "db", ignoreCheckIDs: ["c-db"], tags: ["v1"])
            ),
            PreparedQueryRow(
                name: "meta",
                service: ServiceQuery(service: "twin", nodeMeta: ["rack": "of t0"])
            ),
            PreparedQueryRow(
                name: "nometa",
                service: ServiceQuery(service: "db", serviceMeta: ["no": "where"])
            ),
        ]
        let coordinates = ["n0", "n1", "n2", "n4", "agent1"].enumerated().map { number, node in
            CoordinateRow(
                node: node,
                coordinate: NetworkCoordinate(
                    vector: [Double(number) / 100, 0, 0, 0, 0, 0, 0, 0],
                    error: 0.5,
                    adjustment: 0,
                    height: 0.001
                )
            )
        }
        return rows.enumerated().map { number, row in
            var row = row
            // 16 IDs are those that changes may take.
            row.id = queryID(number < 12 ? number : number + 20)
            return Command.preparedQuery(PreparedQueryChange(.create, row))
        } + [.coordinates(coordinates)]
    }

    /// The ID of a prepared query by its place.
    static func queryID(_ number: Int) -> String {
        "0a1b2c3d-0000-4000-8000-000000000" + String(number + 100)
    }
}
