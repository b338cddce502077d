// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

@Suite("Explanations")
struct ExplanationTests {
    @Test("a service: every instance with the reason why it is answered or not")
    func instances() throws {
        let explanation = try explain("hs.service.consul", .srv)
        #expect(explanation.route == "catalog: service")
        #expect(explanation.code == .noError)
        let answered = explanation.instances.filter(\.isAnswered)
        #expect(answered.count == explanation.answers.count)
        let hidden = explanation.instances.filter { !$0.isAnswered }
        #expect(!hidden.isEmpty)
        #expect(hidden.allSatisfy { $0.reason.contains(" is critical") })
    }

    @Test("nobody is answered elsewhere, and to types that no instance has")
    func obstacles() throws {
        let elsewhere = try explain("web.service.dc9.consul")
        #expect(elsewhere.code == .nameError && !elsewhere.instances.isEmpty)
        #expect(elsewhere.instances.allSatisfy { !$0.isAnswered })
        #expect(
            elsewhere.instances.allSatisfy {
                $0.reason == "is in this datacenter, not where the name asks"
            }
        )
        let unknown = try explain("web.service.consul", RecordType(rawValue: 65))
        #expect(unknown.code == .noError && unknown.answers.isEmpty)
        #expect(unknown.instances.allSatisfy { !$0.isAnswered })
        #expect(unknown.instances.allSatisfy { $0.reason == "has no record of this type" })
    }

    @Test("a tag that is missing")
    func tags() throws {
        let explanation = try explain("nope.web.service.consul")
        #expect(explanation.code == .nameError)
        #expect(explanation.instances.allSatisfy { $0.reason == "does not have the tag" })
        #expect(!explanation.instances.isEmpty)
    }

    @Test("the TTL with the key that it is from")
    func ttl() throws {
        #expect(
            try explain("db-master.service.consul", .a, "C1").ttl
                == "3 s, dns_config.service_ttl[\"db-master\"]"
        )
        #expect(try explain("web.service.consul").ttl == "0 s, the default")
        #expect(try explain("n1.node.consul", .a, "C1").ttl == "11 s, dns_config.node_ttl")
    }

    @Test("who answers")
    func routes() throws {
        #expect(try explain("nope.node.consul").notes.count == 1)
        #expect(try explain("foo.consul").route == "catalog: no form of name")
        let refused = try explain("www.example.net")
        #expect(refused.route == "forwarder" && refused.code == .refused)
        let forwarded = try explain("www.example.net", .a, "C9")
        #expect(forwarded.isForwarded && forwarded.code == nil)
        let pointer = try explain("1.0.0.10.in-addr.arpa", .ptr)
        #expect(pointer.route == "reverse" && pointer.answers.count == 1)
        let local = try explain("7.7.7.10.in-addr.arpa", .ptr, "C9")
        #expect(!local.isForwarded && local.code == .nameError)
        // On the way to addresses, and beyond one.
        #expect(try explain("7.10.in-addr.arpa", .ptr, "C9").code == .noError)
        #expect(try explain("a.b.7.7.7.10.in-addr.arpa", .ptr, "C9").code == .nameError)
    }

    @Test("with forward zones alone only their names are forwarded, and the zone is named")
    func forwardZones() throws {
        let corp = try DomainName(text: "corp.test")
        let change = { (settings: inout DNSSettings) in
            settings.forwardsAllNames = false
            settings.forwardedZones = [corp, (try? DomainName(text: "10.in-addr.arpa")) ?? .root]
        }
        let inside = try explain("x.corp.test", .a, "C9", changing: change)
        #expect(inside.isForwarded && inside.code == nil)
        #expect(inside.notes == ["the recursors of the forward zone corp.test. are asked"])
        let outside = try explain("y.test", .a, "C9", changing: change)
        #expect(!outside.isForwarded && outside.code == .refused)
        #expect(outside.notes.contains { $0.contains("no forward zone holds the name") })
        let pointer = try explain("9.9.9.9.in-addr.arpa", .ptr, "C9", changing: change)
        #expect(!pointer.isForwarded && pointer.code == .nameError && !pointer.ttl.isEmpty)
        #expect(try explain("7.7.7.10.in-addr.arpa", .ptr, "C9", changing: change).isForwarded)
        let chased = try explain("ext.service.consul", .a, "C9", changing: change)
        #expect(chased.notes.contains { $0.hasPrefix("nobody is asked for www.example.net. A") })
        // A transfer of a reverse name that nobody is asked for is answered here.
        let transfer = try explain("9.9.9.9.in-addr.arpa", .axfr, "C9", changing: change)
        #expect(transfer.code == .nameError)
    }

    @Test("a virtual name without an address sends nobody anywhere")
    func virtual() throws {
        var server = try TestServer()
        try server.add(1)
        let explanation = try explain("web.virtual.consul", .a, server)
        #expect(explanation.answers.isEmpty)
        #expect(table(explanation) == ["n1/web false: its service has no virtual address"])
    }

    @Test("the same records as the answer, in any order")
    func sameRecords() throws {
        for testCase in ConformanceTests.all where testCase.configuration == "C0" {
            let query = try CaseQuery(testCase.query)
            guard query.recursors.isEmpty, query.question.class == .in,
                case .reply(let expected) = testCase.expectation, expected.code == "NXDOMAIN"
            else { continue }
            let explanation = try explain("\(query.question.name)", query.question.type)
            if explanation.code != nil {
                #expect(explanation.code == .nameError, "\(testCase.number)")
            }
            #expect(explanation.answers.isEmpty, "\(testCase.number)")
        }
    }

    @Test("a prepared query: each instance with the filter that keeps it out")
    func preparedQueries() throws {
        let tagged = try explain("ttlq.query.consul")
        #expect(tagged.ttl == "10 s, DNS.TTL of the prepared query")
        let answered = tagged.instances.filter(\.isAnswered)
        #expect(answered.count == tagged.answers.count && !answered.isEmpty)
        let others = tagged.instances.filter { !$0.isAnswered }
        #expect(!others.isEmpty)
        #expect(others.allSatisfy { $0.reason == "does not have the tag v1" })
        let negated = try explain("nottag.query.consul").instances.filter { !$0.isAnswered }
        #expect(!negated.isEmpty && negated.allSatisfy { $0.reason == "has the tag v2" })
        let passing = try explain("warn.query.consul", .srv, "C1")
        #expect(passing.ttl == "5 s, dns_config.service_ttl[\"*\"]")
        let ill = passing.instances.filter { !$0.isAnswered }
        #expect(ill.contains { $0.reason.contains(" is warning") })
        #expect(ill.contains { $0.reason.contains(" is critical") })
        let gone = try explain("gone.query.consul")
        #expect(gone.notes.contains("no service is registered as nosuch"))
        #expect(gone.ttl == "0 s for the absence, dns_config.soa.min_ttl")
        let template = try explain("geo-web-v1.query.consul")
        #expect(template.instances.count == 2 && template.answers.count == 1)
        #expect(try explain("nope.query.consul").notes == ["no prepared query is called nope"])
    }

    @Test("a prepared query: metadata, and checks that it ignores")
    func queryMetadata() throws {
        var server = try TestServer(configuration: "C0")
        let query = PreparedQueryRow(
            id: "0a1b2c3d-0000-4000-8000-0000000000fe",
            name: "meta",
            service: ServiceQuery(service: "web", nodeMeta: ["rack": "7"])
        )
        CatalogueK.apply(.preparedQuery(PreparedQueryChange(.create, query)), to: &server.store)
        let explanation = try explain("meta.query.consul", .a, server)
        #expect(explanation.code == .nameError && !explanation.instances.isEmpty)
        #expect(
            explanation.instances.allSatisfy { $0.reason == "its node has no metadata rack=7" }
        )
        let ignoring = try explain("ign.query.consul")
        #expect(ignoring.instances.contains { $0.isAnswered })
        #expect(ignoring.instances.contains { $0.reason.contains("; the query ignores ") })
    }

    @Test(
        "every form says where its TTL is from",
        arguments: [
            ("web.virtual.consul", RecordType.a, "11 s, dns_config.node_ttl"),
            ("c0000201.addr.consul", .a, "11 s, dns_config.node_ttl"),
            ("c0000201.addr.consul", .aaaa, "0 s for the absence, dns_config.soa.min_ttl"),
            ("ns.consul", .a, "11 s, dns_config.node_ttl"),
            ("consul", .ns, "11 s, dns_config.node_ttl"),
            ("consul", .soa, "0 s, dns_config.soa.min_ttl"),
            ("web.connect.consul", .a, "30 s, dns_config.service_ttl[\"web\"]"),
            ("api.ingress.consul", .a, "5 s, dns_config.service_ttl[\"*\"]"),
            ("q-one.query.consul", .a, "5 s, dns_config.service_ttl[\"*\"]"),
            ("1.0.0.10.in-addr.arpa", .ptr, "0 s, dns_config.reverse_ttl"),
            ("9.9.9.9.in-addr.arpa", .ptr, "0 s for the absence, dns_config.soa.min_ttl"),
            ("foo.consul", .a, "0 s for the absence, dns_config.soa.min_ttl"),
        ]
    )
    func ttlOfEveryForm(name: String, type: RecordType, ttl: String) throws {
        #expect(try explain(name, type, "C1").ttl == ttl)
    }

    @Test("the SOA has the serial of the time")
    func serial() throws {
        guard case .soa(let soa)? = try explain("consul", .soa).answers.first?.data else {
            Issue.record("no SOA")
            return
        }
        #expect(soa.serial == 1_700_000_000)
    }

    @Test("nodes, servers, addresses: who is meant, and who is not answered")
    func tables() throws {
        #expect(
            table(try explain("n1.node.consul")) == [
                "n1/ true: a node is answered whatever its health"
            ]
        )
        var server = try TestServer()
        try server.register(
            NodeRow(name: "s1", address: "10.0.0.1"),
            ServiceRow(node: "s1", id: "consul", name: "consul", port: 8300)
        )
        try server.register(
            NodeRow(name: "s_2", address: "10.0.0.2"),
            ServiceRow(node: "s_2", id: "consul", name: "consul", port: 8300)
        )
        try server.register(
            NodeRow(name: "s3", address: "10.0.0.1"),
            ServiceRow(node: "s3", id: "consul", name: "consul", port: 8300),
            .critical
        )
        for (name, type) in [("consul", RecordType.ns), ("consul", .soa), ("ns.consul", .a)] {
            let beside = type == .soa ? "; in the authority section" : ""
            #expect(
                table(try explain(name, type, server)) == [
                    "s1/consul true: passing\(beside)", "s3/consul false: check c is critical",
                    "s_2/consul false: its node's name is no host name",
                ]
            )
        }
        #expect(
            table(try explain("1.0.0.10.in-addr.arpa", .ptr, server)) == [
                "s1/ true: has the address",
                "s3/ false: one name is answered; dns_config.strict gives all",
            ]
        )
        server.settings.isStrict = true
        let strict = try explain("1.0.0.10.in-addr.arpa", .ptr, server)
        #expect(strict.instances.allSatisfy { $0.isAnswered })
        let other = try explain("1.0.0.10.in-addr.arpa", .a, server)
        #expect(other.answers.isEmpty && other.code == .noError)
        #expect(other.instances.count == 2 && !other.instances.contains { $0.isAnswered })
    }

    @Test("what a zone beside the catalog answers, with its TTL")
    func zones() throws {
        var server = try TestServer()
        let address = RecordData.a(IPv4Address(192, 0, 2, 7))
        server.zones = ZoneSet(zones: [
            try TestServer.zone("consul.", [("www.consul.", address)]),
            try TestServer.zone("corp.", [("www.corp.", address)]),
        ])
        let beside = try explain("www.consul", .a, server)
        #expect(beside.zone?.description == "consul.")
        #expect(beside.ttl == "60 s, as in the zone file")
        let absent = try explain("www.consul", .aaaa, server)
        #expect(absent.ttl == "0 s for the absence, dns_config.soa.min_ttl")
        let zone = try explain("www.corp", .aaaa, server)
        #expect(zone.ttl == "60 s for the absence, as in the zone's SOA")
    }
}
