// SPDX-License-Identifier: Apache-2.0
import Definitions
import Filtering
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Filters over HTTP")
struct FilterTests {
    @Test("a filter that is too much work for the list is refused, wherever it is asked")
    func budget() async throws {
        try await TestAPI.run { api in
            // The tags of a service are one text each; outputs are the longest texts.
            let output = String(repeating: "a", count: 60_000)
            try await api.put(
                "/v1/catalog/register",
                #"{"Node":"m","Address":"10.0.0.1","Service":{"Service":"s"},"#
                    + #""Check":{"Name":"c","ServiceID":"s","Output":"\#(output)"}}"#
            )
            let pattern = "(a%3F)%7B100%7D(a%3F)%7B100%7D(a%3F)%7B100%7Db"
            let text =
                "Failed to filter results: the expression takes more than 30000000 steps for this list; "
                + "use a shorter pattern, begin it with ^, or ask for a shorter list"
            let output1 = "?filter=Output%20matches%20%22\(pattern)%22"
            let output2 = "?filter=Checks.Output%20matches%20%22\(pattern)%22"
            for path in ["/v1/health/state/any\(output1)", "/v1/health/service/s\(output2)"] {
                let reply = try await api.get(path)
                #expect(reply.status == 500)
                #expect(reply.text == text)
            }
        }
    }

    @Test("API-114 API-115 the services of the agent")
    func agentServices() async throws {
        try await TestAPI.run { api in
            for name in ["w1", "w2"] {
                try await api.put("/v1/agent/service/register", "{\"Name\": \"\(name)\"}")
            }
            let one = try await api.get("/v1/agent/services?filter=Service%20%3D%3D%20w1")
            #expect(one.json.names == ["w1"])
            #expect(one["X-Consul-Index"] == nil)
            let bad = try await api.get("/v1/agent/services?filter=Nope%20%3D%3D%20w1")
            #expect(bad.status == 500)
            #expect(
                bad.text == "Failed to create boolean expression evaluator: "
                    + #"Selector "Nope" is not valid"#
            )
            #expect(try await api.get("/v1/agent/services?filter=").json.count == 2)
        }
    }

    @Test("API-133 the checks of the agent")
    func agentChecks() async throws {
        try await TestAPI.run { api in
            for name in ["c1", "c2"] {
                try await api.put(
                    "/v1/agent/check/register",
                    "{\"Name\": \"\(name)\", \"TTL\": \"30s\"}"
                )
            }
            try await api.put("/v1/agent/check/pass/c1?note=fine")
            let checks = try await api.get("/v1/agent/checks?filter=CheckID%20%3D%3D%20c1").json
            #expect(checks.names == ["c1"])
            #expect(checks["c1"]["Status"] == "passing")
            #expect(checks["c1"]["Output"] == "fine")
        }
    }

    @Test("API-177 API-178 the catalog")
    func catalog() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            let nodes = try await api.get("/v1/catalog/nodes?filter=Node%20%3D%3D%20ext1")
            #expect(nodes.json.count == 1)
            #expect(nodes.json[0]["Node"] == "ext1")
            #expect(nodes.index == 2)
            let bad = try await api.get("/v1/catalog/service/xs?filter=ServicePort%20%3D%3D%20x")
            #expect(bad.status == 500)
            #expect(
                bad.text == "Failed to create boolean expression evaluator: Failed to coerce "
                    + #"value "x" for selector "ServicePort": strconv.ParseInt: "#
                    + #"parsing "x": invalid syntax"#
            )
        }
    }

    @Test("API-193 API-194 API-195 health of a service")
    func health() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            let path = "/v1/health/service/xs?filter="
            let any = try await api.get(path + "Checks.Status%20%3D%3D%20warning")
            #expect(any.json.count == 1)
            let both = try await api.get(
                path + "%22t1%22%20in%20Service.Tags%20and%20Service.Port%20%3D%3D%209"
            )
            #expect(both.json.count == 1)
            let bad = try await api.get(path + "Service.Port%20%3D%3D")
            #expect(bad.status == 500)
            #expect(
                bad.text.hasPrefix(
                    "Failed to create boolean expression evaluator: 1:16 (15): no match found, "
                        + "expected: "
                )
            )
        }
    }

    @Test(
        "every list is filtered by the members of its elements",
        arguments: [
            ("catalog/nodes", #"Meta.z == "1" and Address == "127.0.0.50""#, 1),
            ("catalog/nodes", "Datacenter != dc1 or TaggedAddresses.lan == x", 0),
            ("catalog/nodes", "ID is empty or PeerName is not empty", 1),
            ("catalog/services", "ServiceName == xs", 1),
            ("catalog/services", "Node == n1 or NodeMeta.z is not empty", 2),
            ("catalog/service/xs", "ServicePort == 9 and T2 in ServiceTags", 1),
            ("catalog/service/xs", "ServiceWeights.Warning == 2", 0),
            ("catalog/service/xs", #"NodeMeta["z"] == 1 and ServiceKind is empty"#, 1),
            ("catalog/service/xs", "ServiceMeta is not empty or ServiceConnect.Native == true", 0),
            ("health/node/ext1", "Status == warning and ServiceID == xs1", 1),
            ("health/node/ext1", "Status == passing", 0),
            ("health/checks/xs", "t1 in ServiceTags and ExposedPort == 0", 1),
            ("health/checks/xs", "Output is not empty", 0),
            ("health/state/any", "CheckID matches `^serf`", 1),
            ("health/service/xs", "Node.Node == ext1 and Node.Meta.z == 1", 1),
            ("health/service/xs", "not Checks.Status == warning", 0),
            ("health/service/xs", "Service.Proxy.Upstreams is not empty", 0),
            ("health/service/xs", "Service.TaggedAddresses.lan.Port == 1", 0),
            ("agent/members", "Name == n1 and Status == 1 and Tags.role == consul", 1),
            ("agent/members", "ProtocolCur == 3 or Port == 0", 0),
        ]
    )
    func lists(path: String, filter: String, count: Int) async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            let reply = try await api.get("/v1/\(path)?filter=\(Self.encoded(filter))")
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json.count == count)
        }
    }

    @Test("the services of a node are filtered, the node stays")
    func node() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            for (path, filter, count) in [
                ("node", "Port == 9", 1), ("node", "Port == 8", 0),
                ("node-services", "Service == xs and t1 in Tags", 1),
                ("node-services", "EnableTagOverride == true", 0),
            ] {
                let reply = try await api.get(
                    "/v1/catalog/\(path)/ext1?filter=\(Self.encoded(filter))"
                )
                #expect(reply.json["Node"]["Node"] == "ext1")
                #expect(reply.json["Services"].count == count)
            }
            let unknown = try await api.get("/v1/catalog/node/none?filter=Port%20%3D%3D%201")
            #expect(unknown.text == "null")
        }
    }

    @Test(
        "a bad filter is a 500 wherever filters are read",
        arguments: [
            "agent/services", "agent/checks", "agent/members", "catalog/nodes",
            "catalog/services", "catalog/service/x", "catalog/node/x", "catalog/node-services/x",
            "health/node/x", "health/checks/x", "health/service/x", "health/state/any",
        ]
    )
    func bad(path: String) async throws {
        try await TestAPI.run { api in
            for filter in ["CreateIndex == 1", "a ==", "("] {
                let reply = try await api.get("/v1/\(path)?filter=\(Self.encoded(filter))")
                #expect(reply.status == 500)
                #expect(
                    reply.text.hasPrefix("Failed to create boolean expression evaluator: ")
                )
            }
        }
    }

    @Test("a filter does not end a blocking read early, nor change its index")
    func blocking() async throws {
        try await TestAPI.run { api in
            let reply = try await api.blocked(
                "/v1/catalog/nodes?index=1&filter=Node%20%3D%3D%20n1"
            ) { try await api.registerExternal() }
            #expect(reply.index == 2)
            #expect(reply.json.count == 1)
            #expect(reply.json[0]["Node"] == "n1")
        }
    }

    @Test(
        "parts of a proxy that are kept as JSON are looked into",
        arguments: [
            ("Proxy.Upstreams.DestinationName == db", true),
            ("Proxy.Upstreams.LocalBindPort == 9000", true),
            ("Proxy.Upstreams.LocalBindPort == 1", false),
            ("Proxy.Upstreams.MeshGateway.Mode is empty", true),
            ("Proxy.Expose.Checks == true", true), ("Proxy.Expose.Paths.Path == `/x`", true),
            ("Proxy.Mode == direct and Proxy.MeshGateway.Mode == local", true),
            ("Proxy.TransparentProxy.DialedDirectly == false", true),
            ("TaggedAddresses.lan.Address == `10.0.0.1`", true),
            ("Weights.Passing == 3 and Weights.Warning == 2", true),
        ]
    )
    func proxy(filter: String, expected: Bool) throws {
        let service = ServiceRow(
            node: "n1",
            id: "p",
            name: "p",
            kind: "connect-proxy",
            taggedAddresses: ["lan": ServiceAddress(address: "10.0.0.1", port: 1)],
            weights: ServiceWeights(passing: 3, warning: 2),
            proxy: ProxyDefinition(
                mode: "direct",
                upstreamsJSON: #"[{"DestinationName":"db","LocalBindPort":9000}]"#,
                meshGatewayMode: "local",
                exposeJSON: #"{"Checks":true,"Paths":[{"Path":"/x"}]}"#
            )
        )
        let result = try Filter(filter, fields: ServiceFilter.fields)
            .matches(ServiceFilter.members(of: service))
        #expect(result == expected)
    }

    @Test("parts of a proxy that are kept as JSON are read once, however many terms look into them")
    func proxyParts() throws {
        let service = ServiceRow(
            node: "n1",
            id: "p",
            name: "p",
            kind: "connect-proxy",
            proxy: ProxyDefinition(upstreamsJSON: #"[{"DestinationName":"db"}]"#)
        )
        let term = "Proxy.Upstreams.DestinationName == x or Proxy.Expose.Checks == true"
        let text = Array(repeating: term, count: 50).joined(separator: " or ")
        for (fields, prefix) in [(ServiceFilter.fields, ""), (InstanceFilter.fields, "Service.")] {
            var read = 0
            func parse(_ text: String) -> JSONValue {
                read += 1
                return ProxyFilter.parsed(text)
            }
            let members = ServiceFilter.members(of: service, parse: parse)
            let lookup: FilterLookup =
                prefix.isEmpty ? members : { _ in .object(members) }
            let filter = try Filter(
                text.replacing("Proxy.", with: prefix + "Proxy."),
                fields: fields
            )
            #expect(!filter.matches(lookup))
            #expect(read == 2, "\(prefix)")
        }
    }

    @Test("lists and maps that are made for each term count as work")
    func madeParts() throws {
        let members = (0..<1000).map { JSONMember(name: "k\($0)", value: .string("v")) }
        let objects = JSONValue.array(Array(repeating: .object([]), count: 1000))
        for (text, field, value) in [
            ("A.k0 == x", FilterField.map(.string), JSONValue.object(members)),
            ("x in A", .map(.string), .object(members)),
            ("A is empty", .objects([:]), objects),
            ("A.B == x", .objects(["B": .string]), objects),
            ("A is empty", .strings, .array(Array(repeating: .string("a"), count: 1000))),
        ] {
            let filter = try Filter(
                Array(repeating: text, count: 20).joined(separator: " or "),
                fields: ["A": field]
            )
            var budget = FilterBudget(steps: 10_000)
            #expect(!filter.matches({ _ in JSONFilter.value(value, as: field) }, &budget))
            #expect(budget.isSpent, "\(text)")
        }
    }

    @Test("every member that filters may name is there")
    func members() {
        let node = TestAPI.node
        let service = ServiceRow(node: "n1", id: "s", name: "s")
        let check = CheckRow(node: "n1", id: "c", name: "c", status: .passing)
        let identity = TestAPI.identity()
        let members: [(FilterFields, FilterLookup)] = [
            (NodeFilter.fields, { NodeFilter.member($0, of: node, datacenter: "dc1") }),
            (ServiceFilter.fields, ServiceFilter.members(of: service)),
            (
                ServiceNodeFilter.fields,
                ServiceNodeFilter.members(of: node, service, datacenter: "dc1")
            ),
            (CheckFilter.fields, { CheckFilter.member($0, of: check) }),
            (MemberFilter.fields, { MemberFilter.member($0, of: identity, wan: false) }),
            (ProxyFilter.fields, ProxyFilter.members(of: nil)),
        ]
        for (fields, lookup) in members {
            for (name, field) in fields { #expect(Self.fits(lookup(name), field), "\(name)") }
        }
    }

    private static func fits(_ value: FilterValue, _ field: FilterField) -> Bool {
        switch (value, field) {
        case (.string, .string), (.integer, .integer), (.boolean, .boolean), (.map, .map),
            (.strings, .strings), (.objects, .objects):
            true
        case (.object(let lookup), .object(let fields)):
            fields.allSatisfy { fits(lookup($0.key), $0.value) }
        default: false
        }
    }

    /// The text for a query, all but letters and digits escaped.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { octet in
            let isPlain = octet < 0x80 && Character(Unicode.Scalar(octet)).isLetter
            let digits = String(octet, radix: 16)
            return isPlain
                ? String(Unicode.Scalar(octet)) : (digits.count < 2 ? "%0" : "%") + digits
        }.joined()
    }
}
