// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore

/// The catalogue that all cases ask: spec 7.1, each entry one `PUT /v1/catalog/register` with the
/// defaults that request has.
enum CatalogueK {
    /// The catalogue with the own node of a server agent, prepared queries and config entry.
    static let store = {
        var store = make(ownNode: "agent1", entries: entries)
        addQueries(to: &store)
        return store
    }()

    /// A store with an own node and registrations, in this order.
    static func make(ownNode: String, entries: [Registration]) -> StateStore {
        var store = StateStore()
        for entry in [own(ownNode)] + entries { register(entry, in: &store) }
        return store
    }

    /// Applies a registration.
    static func register(_ entry: Registration, in store: inout StateStore) {
        apply(.register(entry), to: &store)
    }

    /// What a server agent registers of itself.
    static func own(_ name: String) -> Registration {
        entry(
            name,
            "127.0.0.1",
            id: "6d1b3a52-7a43-4b52-9d4c-1f2f4d6a8e01",
            meta: ["consul-network-segment": "", "consul-version": "1.21.4"],
            service("consul", 8300),
            check("serfHealth", "passing")
        )
    }

    /// One registration.
    static func entry(
        _ node: String,
        _ address: String,
        id: String = "",
        tagged: [String: String]? = nil,
        meta: [String: String]? = nil,
        _ service: ServiceRow? = nil,
        _ check: CheckRow? = nil
    ) -> Registration {
        Registration(
            node: NodeRow(
                name: node,
                id: id,
                address: address,
                taggedAddresses: tagged,
                meta: meta
            ),
            service: service,
            checks: check.map { [$0] } ?? []
        )
    }

    /// A service of a registration; without an ID the name is the ID.
    static func service(
        _ name: String,
        _ port: Int = 0,
        id: String? = nil,
        address: String = "",
        tags: [String] = [],
        tagged: [String: ServiceAddress] = [:],
        weights: (passing: Int, warning: Int) = (1, 1)
    ) -> ServiceRow {
        // HTTP API: an invalid pair becomes 1/1 in silence.
        let isValid =
            (1...65535).contains(weights.passing) && (0...65535).contains(weights.warning)
        return ServiceRow(
            node: "",
            id: id ?? name,
            name: name,
            tags: tags,
            address: address,
            taggedAddresses: tagged,
            port: port,
            weights: isValid
                ? ServiceWeights(passing: weights.passing, warning: weights.warning)
                : ServiceWeights()
        )
    }

    /// A check of a registration.
    static func check(_ id: String, _ status: String, service: String = "") -> CheckRow {
        CheckRow(
            node: "",
            id: id,
            name: id,
            status: CheckStatus(rawValue: status),
            serviceID: service
        )
    }

    private static func proxy() -> ServiceRow {
        var row = service("web-proxy", 20000, id: "px", address: "198.18.9.1")
        row.kind = "connect-proxy"
        row.proxy = ProxyDefinition(destinationServiceName: "web")
        return row
    }

    private static func native() -> ServiceRow {
        var row = service("native", 20001, id: "nat")
        row.connectNative = true
        return row
    }

    private static func gateway() -> ServiceRow {
        var row = service("igw", 8888, address: "198.18.9.9")
        row.kind = "ingress-gateway"
        return row
    }

    static let entries: [Registration] =
        plain + health + many + external
        + [
            entry("px", "10.0.0.40", proxy()),
            entry("px", "10.0.0.40", native()),
            entry("gw", "10.0.0.50", gateway()),
        ] + odd

    private static let plain: [Registration] = [
        entry(
            "n1",
            "10.0.0.1",
            meta: ["env": "prod"],
            service("web", 8080, tags: ["v1", "Prod", "a.b"])
        ),
        entry("n2", "10.0.0.2", service("web", 8081, tags: ["v2"])),
        entry("n3", "10.0.0.3", service("api", 1, address: "198.18.0.1")),
        entry("n6", "2001:db8::6", service("six", 6)),
        entry("n7", "10.0.0.7", service("api6", 2, address: "2001:db8::66")),
        entry(
            "MixedNode",
            "10.0.0.9",
            id: "deadbeef-0000-4000-8000-00000000abcd",
            service("MixSvc", 99, address: "198.18.0.9")
        ),
        entry("ambi", "10.0.0.14", id: "deadbe00-0000-4000-8000-000000000001"),
        entry("n8", "10.0.0.8", service("v6x", 4, address: "2001:DB8::77")),
        entry("dot.ted", "10.0.0.10"),
        entry(
            "meta",
            "10.0.0.11",
            meta: [
                "k1": "v1", "rfc1035-x": "raw value", "RFC1035-Up": "UP", "tick": "a`b = c",
            ],
            service("metasvc", 7)
        ),
        entry("under_score", "10.0.0.13", service("s_v_c", 3)),
        entry("ptr2", "10.0.0.30"),
        entry("ptr1", "10.0.0.30"),
        entry("d1", "10.4.0.1", service("dup", 1, id: "d1a")),
        entry("d1", "10.4.0.1", service("dup", 2, id: "d1b")),
        entry("d1", "10.4.0.1", service("dup", 2, id: "d1c", tags: ["z"])),
        entry("d2", "10.4.0.1", service("dup", 2, id: "d2a")),
        entry("d1", "10.4.0.1", service("dip", 1, address: "198.18.4.4")),
        entry("d2", "10.4.0.1", service("dip", 1, address: "198.18.4.4")),
    ]

    private static let health: [Registration] = [
        entry("h1", "10.2.0.1", service("hs", 1), check("c", "passing", service: "hs")),
        entry(
            "h2",
            "10.2.0.2",
            service("hs", 1, weights: (10, 2)),
            check("c", "warning", service: "hs")
        ),
        entry("h3", "10.2.0.3", service("hs", 1), check("c", "critical", service: "hs")),
        entry("h4", "10.2.0.4", service("hs", 1, weights: (7, 3))),
        entry("h5", "10.2.0.5", service("hs", 1), check("nc", "critical")),
        entry("h6", "10.2.0.6", service("hs", 1), check("_node_maintenance", "critical")),
        entry(
            "h7",
            "10.2.0.7",
            service("hs", 1),
            check("_service_maintenance:hs", "critical", service: "hs")
        ),
        entry("h9", "10.2.0.9", service("oth", 9), check("oc", "critical", service: "oth")),
        entry("h9", "10.2.0.9", service("hs", 1)),
    ]

    private static let many: [Registration] = (0..<40).map { number in
        let digits = number < 10 ? "0\(number)" : "\(number)"
        return entry("m\(digits)", "10.1.0.\(number + 1)", service("many", 1000 + number))
    }
}

extension CatalogueK {
    fileprivate static let external: [Registration] =
        [
            entry(
                "t1",
                "10.6.0.1",
                tagged: [
                    "lan": "10.6.0.1", "lan_ipv4": "10.6.0.1", "lan_ipv6": "2001:db8:6::1",
                    "wan": "203.0.113.61",
                ],
                service("tsn", 1)
            ),
            entry(
                "t2",
                "10.6.0.2",
                service(
                    "tss",
                    1,
                    address: "198.18.6.2",
                    tagged: [
                        "lan_ipv4": ServiceAddress(address: "198.18.6.22", port: 11),
                        "lan_ipv6": ServiceAddress(address: "2001:db8:6::2", port: 12),
                    ]
                )
            ),
        ]
        + [
            ("ext", "www.example.net"), ("ext10", "ten.example.net"),
            ("extnx", "nx.example.net"), ("incon", "web.service.consul"),
            ("innode", "meta.node.consul"), ("selfref", "selfref.service.consul"),
            ("loop1", "loop2.service.consul"), ("loop2", "loop1.service.consul"),
            ("nowhere", "nope.service.consul"), ("mixed", "www.example.net"),
            ("twocn", "www.example.net"),
        ].map { name, address in
            entry("e1", "10.0.0.20", service(name, 80, address: address))
        }
        + [
            entry("e2", "10.0.0.21", service("mixed", 81)),
            entry("e2", "10.0.0.21", service("twocn", 81, address: "other.example.net")),
            entry("exnode", "www.example.net", meta: ["m": "1"], service("exn", 90)),
            entry("innode2", "meta.node.consul"),
        ]

    fileprivate static let odd: [Registration] = [
        entry(
            "big",
            "10.9.9.9",
            meta: Dictionary(
                uniqueKeysWithValues: (0..<10).map {
                    ("k0\($0)", String(repeating: "x", count: 200))
                }
            )
        ),
        entry("long", "10.9.9.8", meta: ["k": String(repeating: "y", count: 300)]),
        entry("p1", "10.5.0.1", service("noport")),
        entry("p1", "10.5.0.1", service("bigport", 70000)),
        entry("p1", "10.5.0.1", service("badw", 5, weights: (70000, 1))),
        entry(
            "w1",
            "10.8.0.1",
            tagged: ["wan": "203.0.113.81"],
            meta: ["m": "1"],
            service("wsvc", 80)
        ),
        entry(
            "w2",
            "10.8.0.2",
            service(
                "wsa",
                80,
                address: "198.18.8.2",
                tagged: ["wan": ServiceAddress(address: "203.0.113.82", port: 8022)]
            )
        ),
        entry("w3", "10.8.0.3", tagged: ["wan": "wan.example.net"], service("wh", 80)),
        entry("p1", "10.5.0.1", service("db", 5)),
        entry("p1", "10.5.0.1", service("db-m1", 5)),
        entry("p1", "10.5.0.1", service("db-master", 5)),
    ]
}
