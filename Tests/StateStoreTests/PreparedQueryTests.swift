// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import TestSupport
import Testing

@Suite("Prepared queries")
struct PreparedQueryTests {
    private static let uuids = (0..<10).map { "0a1b2c3d-0000-4000-8000-00000000000\($0)" }

    private static func query(
        _ name: String,
        _ service: ServiceQuery = ServiceQuery(service: "web"),
        id: Int = 1,
        template: QueryTemplateOptions = QueryTemplateOptions(),
        ttl: String = ""
    ) -> PreparedQueryRow {
        PreparedQueryRow(
            id: uuids[id],
            name: name,
            template: template,
            service: service,
            dnsTTL: ttl
        )
    }

    private static let plainTemplate = QueryTemplateOptions(type: "name_prefix_match")

    private static func change(
        _ catalog: inout Catalog,
        _ operation: PreparedQueryChange.Operation,
        _ query: PreparedQueryRow
    ) throws(CommandRefusal) -> Changes {
        try catalog.apply(.preparedQuery(PreparedQueryChange(operation, query)))
    }

    private func execute(
        _ catalog: Catalog,
        _ name: String,
        seed: UInt64 = 1,
        _ adjust: (inout PreparedQueryRequest) -> Void = { _ in }
    ) throws -> PreparedQueryResult? {
        var generator = SplitMix64(seed: seed)
        var request = PreparedQueryRequest(name, agentNode: "n1", datacenter: "dc1")
        adjust(&request)
        return try catalog.store.execute(request, using: &generator)
    }

    private func nodes(_ result: PreparedQueryResult?) -> [String]? {
        result?.instances.map(\.node.name)
    }

    /// Three instances of web on n1, n2 and n3.
    private static func web() throws -> Catalog {
        var catalog = Catalog()
        try catalog.register(
            "n1",
            address: "10.0.0.1",
            meta: ["rack": "a"],
            service("web", tags: ["V1", "prod"], meta: ["env": "x"])
        )
        try catalog.register(
            "n2",
            address: "10.0.0.2",
            meta: ["rack": "b"],
            service("web", tags: ["v2"]),
            checks: [check("warn", .warning, service: "web")]
        )
        try catalog.register(
            "n3",
            address: "2001:DB8::3",
            meta: ["rack": "b"],
            service("web", tags: ["v1"], meta: ["env": "y"]),
            checks: [check("bad", .critical, service: "web")]
        )
        return catalog
    }

    @Test("are found by ID, by name without case, and move one index")
    func kept() throws {
        var catalog = Catalog()
        let changes = try Self.change(&catalog, .create, Self.query("Web"))
        #expect(changes.topics == [.preparedQueries] && changes.services.isEmpty)
        let stored = catalog.store.preparedQuery(withID: Self.uuids[1].uppercased())
        #expect(stored.value?.name == "Web" && stored.value?.createIndex == catalog.index)
        #expect(stored.index == catalog.index && stored.topics == [.preparedQueries])
        #expect(try catalog.store.resolvePreparedQuery("wEB", segment: "")?.id == Self.uuids[1])
        let created = catalog.index
        #expect(try Self.change(&catalog, .update, Self.query("Web")).isEmpty)
        #expect(catalog.store.preparedQueries().index == created)
        try #require(try Self.change(&catalog, .update, Self.query("other")).isEmpty == false)
        #expect(try catalog.store.resolvePreparedQuery("web", segment: "") == nil)
        #expect(catalog.store.preparedQueries().value.map(\.name) == ["other"])
        #expect(catalog.store.preparedQueries().value[0].createIndex == created)
        _ = try Self.change(&catalog, .delete, Self.query(""))
        #expect(catalog.store.preparedQueries().value.isEmpty)
        #expect(catalog.store.preparedQueries().index == catalog.index)
        #expect(try catalog.store.resolvePreparedQuery("other", segment: "") == nil)
    }

    @Test(
        "API-219, API-220 and others: are refused in Consul's words",
        arguments: [
            (query("n", ServiceQuery(service: "")), "Must provide a Service name to query"),
            (query(""), "Must be bound to a session"),
            (query("WEB", id: 2), "name 'WEB' aliases an existing query name"),
            (query(uuids[1], id: 2), "name '\(uuids[1])' aliases an existing query ID"),
            (
                query("n", ServiceQuery(service: "s", failover: QueryFailover(nearestN: -1))),
                "Bad NearestN '-1', must be >= 0"
            ),
            (query("n", ttl: "10"), "Bad DNS TTL '10': time: missing unit in duration \"10\""),
            (query("n", ttl: "-1s"), "DNS TTL '-1000000000', must be >=0"),
            (
                query("n", ServiceQuery(service: "s", nodeMeta: ["": "x"])),
                "Invalid NodeMeta filter: Couldn't load metadata pair ('', 'x'): Key cannot be blank"
            ),
            (
                query("n", template: QueryTemplateOptions(type: "x")),
                "failed compiling template: Bad Template.Type 'x'"
            ),
            (
                query("n", template: QueryTemplateOptions(type: "name_prefix_match", regexp: "(")),
                "failed compiling template: Bad Regexp: error parsing regexp: missing closing ): `(`"
            ),
            (
                query(
                    "n",
                    template: QueryTemplateOptions(
                        type: "name_prefix_match",
                        regexp: String(repeating: "(.?)", count: 900)
                    )
                ),
                "Bad Regexp: error parsing regexp: expression too large: `(.?)(.?)"
            ),
            (
                query(
                    "n",
                    template: QueryTemplateOptions(
                        type: "name_prefix_match",
                        regexp: "x{600}y{600}"
                    )
                ),
                "at most 1000 steps: use fewer and smaller repetitions)"
            ),
            (
                query("n", ServiceQuery(service: "a${nope}"), template: plainTemplate),
                "Service.Service: unknown expression ${nope}; use ${name.full}"
            ),
            (
                query("n", ServiceQuery(service: "a", tags: ["${"]), template: plainTemplate),
                "Bad format '${' in Service.Tags[0]: ${ without }"
            ),
        ]
    )
    func refused(query: PreparedQueryRow, text: String) throws {
        var catalog = Catalog()
        _ = try Self.change(&catalog, .create, Self.query("web"))
        let before = catalog.store.preparedQueries()
        do throws(CommandRefusal) {
            _ = try Self.change(&catalog, .create, query)
            Issue.record("accepted")
        } catch {
            #expect(error.text.contains(text), "\(error.text)")
        }
        #expect(catalog.store.preparedQueries().value == before.value)
        #expect(catalog.store.preparedQueries().index == before.index)
    }

    @Test("that do not exist cannot be changed")
    func missing() throws {
        var catalog = Catalog()
        for operation in [PreparedQueryChange.Operation.update, .delete] {
            #expect(
                throws: CommandRefusal.invalid(
                    "Cannot modify non-existent prepared query: '\(Self.uuids[1])'"
                )
            ) { try Self.change(&catalog, operation, Self.query("web")) }
        }
    }

    @Test(
        "filter by tags, metadata and health",
        arguments: [
            (ServiceQuery(service: "WEB"), ["n1", "n2"]),
            (ServiceQuery(service: "web", onlyPassing: true), ["n1"]),
            (ServiceQuery(service: "web", ignoreCheckIDs: ["bad"]), ["n1", "n2", "n3"]),
            (
                ServiceQuery(service: "web", onlyPassing: true, ignoreCheckIDs: ["bad", "warn"]),
                ["n1", "n2", "n3"]
            ),
            (ServiceQuery(service: "web", tags: ["v1"]), ["n1"]),
            (ServiceQuery(service: "web", tags: ["!v1"]), ["n2"]),
            (ServiceQuery(service: "web", tags: ["V1", "!PROD"]), []),
            (ServiceQuery(service: "web", nodeMeta: ["rack": "b"]), ["n2"]),
            (ServiceQuery(service: "web", nodeMeta: ["rack": "c"]), []),
            (ServiceQuery(service: "web", serviceMeta: ["env": "x"]), ["n1"]),
            (ServiceQuery(service: "web", connect: true), []),
            (ServiceQuery(service: "web", peer: "p"), []),
            (
                ServiceQuery(
                    service: "no",
                    failover: QueryFailover(nearestN: 3, datacenters: ["x"])
                ),
                []
            ),
        ]
    )
    func filters(query: ServiceQuery, expected: [String]) throws {
        var catalog = try Self.web()
        _ = try Self.change(&catalog, .create, Self.query("q", query, ttl: "3s"))
        let result = try execute(catalog, "q")
        #expect(nodes(result)?.sorted() == expected)
        #expect(result?.failovers == 0 && result?.datacenter == "dc1" && result?.dnsTTL == "3s")
        #expect(result?.service == query.service)
    }

    @Test("are shuffled, and bring the nearest node to the front")
    func order() throws {
        var catalog = try Self.web()
        let all = ServiceQuery(service: "web", ignoreCheckIDs: ["bad"])
        _ = try Self.change(&catalog, .create, Self.query("q", all))
        let orders = try Set((1...40).map { nodes(try execute(catalog, "q", seed: $0)) })
        #expect(orders.count == 6)
        for seed in 1...10 as ClosedRange<UInt64> {
            func first(_ near: String, _ address: String = "") throws -> String? {
                nodes(
                    try execute(catalog, "q", seed: seed) {
                        $0.near = near
                        $0.address = address
                    }
                )?.first
            }
            #expect(try first("N2") == "n2")
            #expect(try first("_agent") == "n1")
            #expect(try first("_ip", "2001:db8::3") == "n3")
        }
        #expect(
            try Set((1...40).map { nodes(try execute(catalog, "q", seed: $0) { $0.near = "_ip" }) })
                .count == 6
        )
        #expect(nodes(try execute(catalog, "q") { $0.limit = 2 })?.count == 2)
    }

    @Test("find proxies where the request wants Connect")
    func connect() throws {
        var catalog = try Self.web()
        var proxy = service("web-proxy")
        proxy.kind = "connect-proxy"
        proxy.proxy = ProxyDefinition(destinationServiceName: "web")
        try catalog.register("n2", address: "10.0.0.2", skip: true, proxy)
        _ = try Self.change(&catalog, .create, Self.query("q"))
        let result = try execute(catalog, "q") { $0.connect = true }
        #expect(result?.instances.map(\.service.name) == ["web-proxy"])
        // A terminating gateway that leads to the service is another way to it.
        var gateway = service("tgw")
        gateway.kind = "terminating-gateway"
        try catalog.register("n2", address: "10.0.0.2", skip: true, gateway)
        let link = ConfigEntryRow(kind: .terminatingGateway, name: "tgw", services: ["web"])
        try catalog.apply(.configEntry(ConfigEntryChange(link)))
        let both = try execute(catalog, "q") { $0.connect = true }
        #expect(Set(both?.instances.map(\.service.name) ?? []) == ["web-proxy", "tgw"])
    }

    @Test("sort by distance where there are coordinates")
    func distance() throws {
        var catalog = try Self.web()
        let all = ServiceQuery(service: "web", ignoreCheckIDs: ["bad"])
        _ = try Self.change(&catalog, .create, Self.query("q", all))
        try catalog.register("far", address: "10.9.9.9")
        func place(_ node: String, _ x: Double) -> CoordinateRow {
            var coordinate = NetworkCoordinate()
            coordinate.vector[0] = x
            return CoordinateRow(node: node, coordinate: coordinate)
        }
        let rows = [place("far", 0), place("n2", 0.5), place("N3", 0.1), place("nobody", 1)]
        let changes = try catalog.apply(.coordinates(rows))
        #expect(changes.topics == [.coordinates])
        #expect(try catalog.apply(.coordinates(rows)).isEmpty)
        #expect(catalog.store.coordinates().value.map(\.node) == ["far", "n2", "n3"])
        for seed in 1...10 as ClosedRange<UInt64> {
            let result = try execute(catalog, "q", seed: seed) { $0.near = "far" }
            // n1 has no coordinate: it goes last.
            #expect(nodes(result) == ["n3", "n2", "n1"])
        }
        try catalog.deregister("n2")
        #expect(catalog.store.coordinates(ofNode: "n2").value.isEmpty)
        #expect(catalog.store.coordinates().index == catalog.index)
    }

    @Test("as templates are filled in, the longest prefix first")
    func templates() throws {
        var catalog = Catalog()
        let wide = ServiceQuery(
            service: "${name.full}",
            tags: ["${match(1)}", "$${x}", "${ match( 2 ) }", "${agent.segment}"],
            serviceMeta: ["k": "${name.suffix}/${name.prefix}"]
        )
        let options = QueryTemplateOptions(
            type: "name_prefix_match",
            regexp: "^Geo-(\\w+)-",
            removeEmptyTags: true
        )
        _ = try Self.change(&catalog, .create, Self.query("Geo-", wide, id: 1, template: options))
        let all = ServiceQuery(service: "all-${name.suffix}")
        _ = try Self.change(
            &catalog,
            .create,
            Self.query("", all, id: 2, template: Self.plainTemplate)
        )
        let exact = ServiceQuery(service: "exact")
        _ = try Self.change(&catalog, .create, Self.query("geo-x", exact, id: 3))

        let store = catalog.store
        let filled = try #require(try store.resolvePreparedQuery("Geo-Web-1", segment: "s"))
        #expect(filled.service.service == "Geo-Web-1")
        #expect(filled.service.tags == ["Web", "${x}", "s"])
        #expect(filled.service.serviceMeta == ["k": "Web-1/Geo-"])
        // With regard to case: the prefix is found without, but not cut off.
        let lower = try #require(try store.resolvePreparedQuery("geo-web-1", segment: ""))
        #expect(lower.service.serviceMeta == ["k": "geo-web-1/Geo-"])
        #expect(lower.service.tags == ["${x}"])
        #expect(try store.resolvePreparedQuery("GEO-X", segment: "")?.id == Self.uuids[3])
        #expect(try store.resolvePreparedQuery("ge", segment: "")?.service.service == "all-ge")
        #expect(try store.resolvePreparedQuery("", segment: "") == nil)
        #expect(
            throws: PreparedQueryFailure(
                description: "prepared query templates can only be resolved up by name, not by ID"
            )
        ) { try store.resolvePreparedQuery(Self.uuids[1], segment: "") }
        do throws(CommandRefusal) {
            _ = try Self.change(
                &catalog,
                .create,
                Self.query("", all, id: 4, template: Self.plainTemplate)
            )
            Issue.record("accepted")
        } catch {
            #expect(error.text == "a query template with an empty name already exists")
        }
        _ = try Self.change(&catalog, .delete, Self.query("", id: 2))
        #expect(try catalog.store.resolvePreparedQuery("ge", segment: "") == nil)
    }
}
