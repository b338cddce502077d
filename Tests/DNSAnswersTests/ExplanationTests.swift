// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

@Suite("Explanations")
struct ExplanationTests {
    private func explain(
        _ name: String,
        _ type: RecordType = .a,
        _ configuration: String = "C0",
        changing change: (inout DNSSettings) -> Void = { _ in }
    ) throws -> Explanation {
        let server = try TestServer(configuration: configuration, changing: change)
        return try explain(name, type, server)
    }

    private func explain(
        _ name: String,
        _ type: RecordType,
        _ server: TestServer
    ) throws -> Explanation {
        Explanation(try DomainName(text: name), type, in: server.snapshot, now: 1_700_000_000)
    }

    /// Who is answered, and each reason.
    private func table(_ explanation: Explanation) -> [String] {
        explanation.instances.map { "\($0.node)/\($0.id) \($0.isAnswered): \($0.reason)" }
    }

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

    @Test("ns.<domain>: of types without an address nobody is answered, nor who lacks the family")
    func primaryServer() throws {
        var server = try TestServer()
        try server.register(
            NodeRow(name: "s1", address: "10.0.0.1"),
            ServiceRow(node: "s1", id: "consul", name: "consul", port: 8300)
        )
        try server.register(
            NodeRow(name: "s2", address: "2001:db8::2"),
            ServiceRow(node: "s2", id: "consul", name: "consul", port: 8300)
        )
        let location = try explain("ns.consul", .srv, server)
        #expect(location.code == .noError && location.answers.isEmpty)
        #expect(
            table(location) == [
                "s1/consul false: has no record of this type",
                "s2/consul false: has no record of this type",
            ]
        )
        #expect(
            table(try explain("ns.consul", .a, server)) == [
                "s1/consul true: passing", "s2/consul false: has no IPv4 address",
            ]
        )
        #expect(
            table(try explain("ns.consul", .aaaa, server)) == [
                "s1/consul false: has no IPv6 address", "s2/consul true: passing",
            ]
        )
    }

    @Test("host names as addresses give way to addresses; without any, one of them is answered")
    func aliases() throws {
        var server = try TestServer()
        try server.add(1) { $0.address = "one.example." }
        try server.add(2) { $0.address = "two.example." }
        let alone = try explain("web.service.consul", .a, server)
        #expect(
            table(alone) == [
                "n1/web true: passing; one of 2 host names a reply",
                "n2/web true: passing; one of 2 host names a reply",
            ]
        )
        #expect(alone.instances.map(\.address) == ["one.example.", "two.example."])
        try server.add(3)
        #expect(
            table(try explain("web.service.consul", .a, server)) == [
                "n1/web false: a host name gives way to addresses",
                "n2/web false: a host name gives way to addresses", "n3/web true: passing",
            ]
        )
        // No address of the family: nothing to give way to.
        #expect(
            table(try explain("web.service.consul", .aaaa, server)) == [
                "n1/web true: passing; one of 2 host names a reply",
                "n2/web true: passing; one of 2 host names a reply",
                "n3/web false: has no IPv6 address",
            ]
        )
        #expect(
            try explain("web.service.consul", .srv, server).instances.allSatisfy(\.isAnswered)
        )
        // A node's host name is the answer to all of the types.
        try server.register(NodeRow(name: "named", address: "host.example."))
        let node = try explain("named.node.consul", .aaaa, server)
        #expect(node.instances.map(\.isAnswered) == [true] && node.answers.count == 1)
    }

    @Test("what cannot be written, and what is nowhere, is not answered")
    func unwritable() throws {
        var server = try TestServer()
        try server.add(1) { $0.address = "a..b" }
        try server.register(
            NodeRow(name: "n2", address: "2001:db8::2"),
            ServiceRow(node: "n2", id: "web", name: "web", port: 80)
        )
        #expect(
            table(try explain("web.service.consul", .a, server)) == [
                "n1/web false: its address a..b cannot be written as a name",
                "n2/web false: has no IPv4 address",
            ]
        )
        #expect(
            table(try explain("web.service.consul", .srv, server)) == [
                "n1/web false: its address a..b cannot be written as a name",
                "n2/web true: passing",
            ]
        )
    }

    @Test("the address that is answered, tagged ones included")
    func taggedAddresses() throws {
        var server = try TestServer()
        try server.add(1) {
            $0.taggedAddresses["lan_ipv6"] = ServiceAddress(address: "2001:db8::1", port: 80)
        }
        func addresses(_ type: RecordType) throws -> [String] {
            try explain("web.service.consul", type, server).instances.map(\.address)
        }
        #expect(try addresses(.a) == ["10.0.0.1"])
        #expect(try addresses(.aaaa) == ["2001:db8::1"])
        #expect(try addresses(.any) == ["2001:db8::1"])
        server.settings.isDualStack = true
        server.store = StateStore()
        try server.add(1) {
            $0.taggedAddresses["lan_ipv4"] = ServiceAddress(address: "198.18.0.1", port: 80)
            $0.taggedAddresses["lan_ipv6"] = ServiceAddress(address: "2001:db8::1", port: 80)
        }
        #expect(try addresses(.any) == ["198.18.0.1, 2001:db8::1"])
        #expect(try addresses(.srv) == ["2001:db8::1, 198.18.0.1"])
    }

    @Test("addr: another family, or a type that is no address")
    func addressForms() throws {
        func notes(_ type: RecordType, strict: Bool = false) throws -> [String] {
            let explanation = try explain("c0000201.addr.consul", type) { $0.isStrict = strict }
            #expect(explanation.code == .noError)
            return Array(explanation.notes.dropFirst())
        }
        #expect(try notes(.a).isEmpty)
        #expect(try notes(.any).isEmpty)
        #expect(
            try notes(.aaaa) == ["it is of the other family and stands in the additional section"]
        )
        #expect(
            try notes(.srv) == ["there is no SRV; the address stands in the additional section"]
        )
        #expect(try notes(.aaaa, strict: true) == ["it is of the other family"])
        #expect(try notes(.srv, strict: true) == ["there is no SRV"])
    }

    @Test("ANY at a domain with a zone file: the TTLs of the catalog's SOA and NS are its own")
    func apexOfZone() throws {
        var server = try TestServer(configuration: "C1")
        try server.register(
            NodeRow(name: "s1", address: "10.0.0.1"),
            ServiceRow(node: "s1", id: "consul", name: "consul", port: 8300)
        )
        let text = RecordData.txt([Array("x".utf8)])
        server.zones = ZoneSet(zones: [try TestServer.zone("consul.", [("consul.", text)])])
        server.settings.soaMinimumTTL = 7
        #expect(
            try explain("consul", .any, server).ttl
                == "7 s of the SOA, dns_config.soa.min_ttl; 11 s of the NS, dns_config.node_ttl; "
                + "60 s of the rest, as in the zone file"
        )
        #expect(try explain("consul", .txt, server).ttl == "60 s, as in the zone file")
        // Without a zone file it is answered where the RFCs are followed.
        server.zones = ZoneSet()
        server.settings.isStrict = true
        let apex = try explain("consul", .any, server)
        #expect(
            apex.ttl == "7 s of the SOA, dns_config.soa.min_ttl; 11 s of the NS, dns_config.node_ttl"
        )
        #expect(apex.instances.contains { $0.node == "s1" && $0.isAnswered })
    }

    @Test("an alias of a zone into the catalog has a TTL, what is behind it another")
    func aliasOfZone() throws {
        var server = try TestServer(configuration: "C1")
        server.zones = ZoneSet(zones: [
            try TestServer.zone(
                "corp.",
                [("www.corp.", .cname(try DomainName(text: "n1.node.consul.")))]
            )
        ])
        #expect(
            try explain("www.corp", .a, server).ttl
                == "60 s of the alias, as in the zone file; 11 s behind it, from the catalog"
        )
        #expect(
            try explain("www.corp", .srv, server).ttl
                == "60 s of the alias, as in the zone file; "
                + "0 s for the absence, dns_config.soa.min_ttl"
        )
        for type in [RecordType.axfr, RecordType(rawValue: 251)] {
            let transfer = try explain("corp", type, server)
            #expect(transfer.code == .notImplemented && transfer.ttl.isEmpty)
        }
    }

    /// What one reply carries over UDP, over UDP with EDNS, over TCP.
    private func carried(_ explanation: Explanation) -> [String] {
        explanation.replies.map { reply in
            let size = reply.offeredSize.map { " \($0)" } ?? ""
            let count =
                reply.fewest == reply.most ? "\(reply.most)" : "\(reply.fewest)-\(reply.most)"
            let truncated = reply.isTruncated ? ", TC" : ""
            return "\(reply.transport)\(size): \(count) of \(explanation.candidates)\(truncated) "
                + reply.limit
        }
    }

    @Test("how many of the candidates one reply carries, and what keeps the others out")
    func limits() throws {
        var server = try TestServer()
        for number in 1...10 { try server.add(number) }
        let whole = try explain("web.service.consul", .a, server)
        #expect(
            carried(whole) == [
                "udp: 3 of 10 dns_config.udp_answer_limit", "udp 1232: 10 of 10 ", "tcp: 10 of 10 ",
            ]
        )
        #expect(whole.notes == ["which ones a reply carries is drawn at random"])
        #expect(whole.answers.count == 10 && whole.instances.allSatisfy(\.isAnswered))
        server.settings.aRecordLimit = 2
        let limited = try explain("web.service.consul", .a, server)
        #expect(
            carried(limited) == [
                "udp: 2 of 10 dns_config.a_record_limit",
                "udp 1232: 2 of 10 dns_config.a_record_limit",
                "tcp: 2 of 10 dns_config.a_record_limit",
            ]
        )
        // It is none of SRV's.
        #expect(carried(try explain("web.service.consul", .srv, server))[2] == "tcp: 10 of 10 ")
        server.settings.udpAnswerLimit = 0
        server.settings.enableTruncate = true
        server.settings.aRecordLimit = 0
        #expect(
            carried(try explain("web.service.consul", .a, server))[0]
                == "udp: 8 of 10, TC 8 records in 512 octets"
        )
        let few = try explain("n1.node.consul", .a, server)
        #expect(carried(few) == ["udp: 1 of 1 ", "udp 1232: 1 of 1 ", "tcp: 1 of 1 "])
        #expect(few.notes.isEmpty)
        #expect(try explain("www.example.net", .a, "C9").replies.isEmpty)
    }

    @Test("sizes cut, too: of a datagram, of a stream")
    func sizes() throws {
        var server = try TestServer()
        for number in 1...1100 {
            let node = NodeRow(
                name: "n\(number)",
                address: "10.0.\(number / 250).\(number % 250 + 1)"
            )
            try server.register(node, ServiceRow(node: node.name, id: "w", name: "w", port: 80))
        }
        let locations = carried(try explain("w.service.consul", .srv, server))
        #expect(locations[0] == "udp: 3 of 1100 dns_config.udp_answer_limit")
        #expect(locations[1].hasSuffix(" of 1100 1232 octets"))
        #expect(locations[2] == "tcp: 1024 of 1100 1024 records over TCP")
        server.settings.udpMaximumSize = 512
        #expect(
            carried(try explain("w.service.consul", .a, server))
                == [
                    "udp: 3 of 1100 dns_config.udp_answer_limit",
                    "udp 1232: 3 of 1100 dns_config.udp_answer_limit", "tcp: 1100 of 1100 ",
                ]
        )
    }

    @Test("who always comes behind others is never let in by a_record_limit")
    func lastOnes() throws {
        var server = try TestServer()
        for number in 1...4 {
            try server.add(number) {
                $0.weights = ServiceWeights(passing: number == 4 ? 0 : number, warning: 1)
            }
        }
        server.settings.weightsAddresses = true
        server.settings.aRecordLimit = 2
        let weighted = try explain("web.service.consul", .a, server)
        #expect(
            table(weighted)[3]
                == "n4/web false: weight 0 comes last, and dns_config.a_record_limit lets no more in"
        )
        #expect(weighted.instances.filter(\.isAnswered).count == 3)
        #expect(
            weighted.notes
                == ["which ones a reply carries is drawn by weight; weight 0 comes last"]
        )
        server.settings.aRecordLimit = 3
        let roomy = try explain("web.service.consul", .a, server)
        #expect(roomy.instances.filter(\.isAnswered).count == 3)
        server.settings.aRecordLimit = 4
        #expect(try explain("web.service.consul", .a, server).instances.allSatisfy(\.isAnswered))
    }

    @Test("a prepared query by distance: the nearest come first")
    func nearest() throws {
        var server = try TestServer()
        for number in 1...4 { try server.add(number) }
        let query = PreparedQueryRow(
            id: "0a1b2c3d-0000-4000-8000-0000000000fe",
            name: "near",
            service: ServiceQuery(service: "web", near: "n1")
        )
        CatalogueK.apply(.preparedQuery(PreparedQueryChange(.create, query)), to: &server.store)
        // n2 and n3 are as far as each other.
        let rows = [(1, 0.0), (2, 0.2), (3, 0.2), (4, 0.5)].map { number, place in
            CoordinateRow(
                node: "n\(number)",
                coordinate: NetworkCoordinate(
                    vector: [place, 0, 0, 0, 0, 0, 0, 0],
                    error: 0.5,
                    adjustment: 0,
                    height: 0.001
                )
            )
        }
        CatalogueK.apply(.coordinates(rows), to: &server.store)
        #expect(
            try explain("near.query.consul", .a, server).notes.last
                == "those nearest to n1 come first"
        )
        server.settings.aRecordLimit = 2
        let explanation = try explain("near.query.consul", .a, server)
        #expect(
            table(explanation) == [
                "n1/web true: passing", "n2/web true: passing", "n3/web true: passing",
                "n4/web false: others are nearer to n1, and dns_config.a_record_limit lets no "
                    + "more in",
            ]
        )
    }

    @Test("a status that Consul does not know is named")
    func oddStatus() throws {
        var server = try TestServer()
        try server.add(1, "web", CheckStatus(rawValue: "odd"))
        #expect(
            table(try explain("web.service.consul", .a, server)) == ["n1/web true: check c is odd"]
        )
    }

    @Test("instances with one record: whose it is")
    func twins() throws {
        var server = try TestServer()
        try server.add(1) { $0.address = "10.9.9.9" }
        try server.add(2) { $0.address = "10.9.9.9" }
        let explanation = try explain("web.service.consul", .a, server)
        #expect(
            table(explanation) == [
                "n1/web true: passing", "n2/web true: passing; its record is that of n1/web",
            ]
        )
        #expect(explanation.candidates == 1)
        #expect(try explain("web.service.consul", .srv, server).candidates == 2)
    }

    @Test("transfers are not made, whoever has the name", arguments: ["C0", "C9"])
    func transfers(configuration: String) throws {
        let inside = try explain("consul", .axfr, configuration)
        #expect(inside.code == .notImplemented)
        let outside = try explain("example.net", .axfr, configuration)
        #expect(outside.code == (configuration == "C9" ? .notImplemented : .refused))
        #expect(!outside.isForwarded)
    }
}
