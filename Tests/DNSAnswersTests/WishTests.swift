// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// What Consul does not have: priorities, weighted addresses, protection, both families, several
/// tags, reverse zones, records beside the catalog, reasons.
@Suite("Beyond Consul")
struct WishTests {
    @Test("W1: SRV has the instance's priority")
    func priority() throws {
        var server = try TestServer()
        try server.add(1)
        try server.add(2) { $0.priority = 20 }
        let answers = try server.ask("web.service.consul SRV").answers
        #expect(
            Set(texts(answers)) == [
                "web.service.consul. 0 SRV 1 1 80 n1.node.dc1.consul.",
                "web.service.consul. 0 SRV 20 1 80 n2.node.dc1.consul.",
            ]
        )
    }

    @Test("W2: with weighted_addresses the first A answer follows the weights")
    func weights() throws {
        var server = try TestServer { $0.weightsAddresses = true }
        try server.add(1) { $0.weights = ServiceWeights(passing: 1, warning: 1) }
        try server.add(2) { $0.weights = ServiceWeights(passing: 3, warning: 1) }
        try server.add(3) { $0.weights = ServiceWeights(passing: 0, warning: 1) }
        var firsts: [String: Int] = [:]
        for seed in 0..<2_000 {
            let reply = try server.ask(
                "web.service.consul A",
                seed: UInt64(seed),
                ofBothLines: false
            )
            let answers = texts(reply.answers)
            #expect(answers.count == 3)
            #expect(answers.last?.hasSuffix("10.0.0.3") == true)
            firsts[answers[0], default: 0] += 1
        }
        // 3 to 1, within five standard deviations of 2,000 draws.
        let heavy = firsts["web.service.consul. 0 A 10.0.0.2"] ?? 0
        #expect(abs(heavy - 1_500) < 97, "\(firsts)")
    }

    @Test("W13: a tag besides the protocol")
    func protocolAndTag() throws {
        var server = try TestServer()
        try server.add(1) { $0.tags = ["green", "grpc"] }
        try server.add(2) { $0.tags = ["green"] }
        try server.add(3) { $0.tags = ["grpc"] }
        #expect(try server.ask("_web._tcp.green.service.consul SRV").answers.count == 2)
        let both = try server.ask("_web._grpc.green.service.dc1.consul SRV").answers
        #expect(both.count == 1)
        let none = try server.ask("_web._tcp.blue.service.consul SRV")
        #expect(none.header.responseCode == .nameError)
    }

    @Test("W14: a+b asks for both tags, unless somebody has the tag a+b")
    func severalTags() throws {
        var server = try TestServer()
        try server.add(1) { $0.tags = ["A", "b"] }
        try server.add(2) { $0.tags = ["a"] }
        #expect(texts(try server.ask("a+b.web.service.consul A").answers).count == 1)
        #expect(try server.ask("a+c.web.service.consul A").header.responseCode == .nameError)
        try server.add(3) { $0.tags = ["a+b"] }
        let exact = try server.ask("a+b.web.service.consul A").answers
        #expect(texts(exact) == ["a+b.web.service.consul. 0 A 10.0.0.3"])
    }

    @Test("W17: below the threshold all are answered, but not what is in maintenance")
    func protection() throws {
        var server = try TestServer { $0.protectThresholds = ["web": 0.5] }
        try server.add(1)
        try server.add(2, "web", .critical)
        #expect(try server.ask("web.service.consul A").answers.count == 1)
        try server.add(3, "web", .critical)
        let reply = try server.ask("web.service.consul A (EDNS 1232)")
        #expect(reply.answers.count == 3)
        let reason = try #require(reply.edns?.extendedErrors.first)
        #expect(
            reason.text == "protect threshold: 1 of 3 instances of web are healthy, "
                + "all are answered"
        )
        try server.add(4, "web", .critical, check: "_service_maintenance:web")
        #expect(try server.ask("web.service.consul A").answers.count == 3)
        try server.add(1, "db", .critical)
        #expect(try server.ask("db.service.consul A").header.responseCode == .nameError)
    }

    @Test("W20: with dual_stack ANY and glue have both families")
    func dualStack() throws {
        let node = NodeRow(
            name: "both",
            address: "10.0.0.1",
            taggedAddresses: ["lan_ipv4": "10.0.0.1", "lan_ipv6": "2001:db8::1"]
        )
        let service = ServiceRow(node: "both", id: "web", name: "web", port: 80)
        for (isDual, count) in [(false, 1), (true, 2)] {
            var server = try TestServer { $0.isDualStack = isDual }
            try server.register(node, service)
            #expect(try server.ask("web.service.consul ANY").answers.count == count)
            #expect(try server.ask("both.node.consul ANY").answers.count == count)
            #expect(try server.ask("web.service.consul A").answers.count == 1)
            let locations = try server.ask("web.service.consul SRV")
            #expect(locations.answers.count == 1)
            #expect(locations.additionals.count == count)
            guard case .srv(let location)? = locations.answers.first?.data else { continue }
            #expect(locations.additionals.allSatisfy { $0.name == location.target })
        }
    }

    @Test("W20: the glue of name servers has both families")
    func dualServers() throws {
        let node = NodeRow(
            name: "s1",
            address: "10.0.0.1",
            taggedAddresses: ["lan_ipv4": "10.0.0.1", "lan_ipv6": "2001:db8::1"]
        )
        let service = ServiceRow(node: "s1", id: "consul", name: "consul", port: 8300)
        for (isDual, glue) in [(false, [RecordType.aaaa]), (true, [.a, .aaaa])] {
            var server = try TestServer { $0.isDualStack = isDual }
            try server.register(node, service)
            for query in ["consul NS", "consul SOA"] {
                #expect(try server.ask(query).additionals.map(\.type) == glue, "\(query)")
            }
            #expect(try server.ask("ns.consul ANY").answers.map(\.type) == glue)
            #expect(try server.ask("ns.consul A").answers.map(\.type) == [.a])
        }
    }

    @Test("W20: two addresses of an instance have one name, which answers both")
    func dualTargets() throws {
        let node = NodeRow(name: "n", address: "10.0.0.1")
        var service = ServiceRow(node: "n", id: "web", name: "web", address: "192.0.2.1", port: 80)
        service.taggedAddresses = ["lan_ipv6": ServiceAddress(address: "2001:db8::1", port: 0)]
        let hex = "c0000201-20010db8000000000000000000000001"
        var server = try TestServer { $0.isDualStack = true }
        try server.register(node, service)
        let reply = try server.ask("web.service.consul SRV")
        #expect(
            texts(reply.answers) == ["web.service.consul. 0 SRV 1 1 80 \(hex).addr.dc1.consul."]
        )
        let glue = [
            "\(hex).addr.dc1.consul. 0 AAAA 2001:db8::1", "\(hex).addr.dc1.consul. 0 A 192.0.2.1",
        ]
        #expect(texts(reply.additionals) == glue)
        // The glue is what the name itself answers.
        let name = "\(hex).addr.dc1.consul"
        #expect(texts(try server.ask("\(name) ANY").answers) == glue)
        #expect(texts(try server.ask("\(name) A").answers) == [glue[1]])
        #expect(texts(try server.ask("\(name) AAAA").answers) == [glue[0]])
        #expect(try server.ask("\(name) AAAA").additionals.isEmpty)
        #expect(texts(try server.ask("\(name) MX").additionals) == glue)
        for wrong in ["c0000201-", "-c0000201", "c0000201-c0000201", "c0000201-\(hex)"] {
            let code = try server.ask("\(wrong).addr.consul A").header.responseCode
            #expect(code == .nameError, "\(wrong)")
        }
        // Without the setting the name is none, and SRV names one address, as Consul's.
        server.settings.isDualStack = false
        #expect(try server.ask("\(name) A").header.responseCode == .nameError)
        #expect(try server.ask("web.service.consul SRV").additionals.count == 1)
    }

    @Test("W21: each instance is as likely as any other to be among those that fit")
    func fairness() throws {
        var server = try TestServer { $0.enableTruncate = true }
        for number in 1...20 { try server.add(number) }
        var seen: [String: Int] = [:]
        for seed in 0..<2_000 {
            let reply = try server.ask(
                "web.service.consul SRV",
                seed: UInt64(seed),
                ofBothLines: seed < 20
            )
            #expect(reply.header.isTruncated && reply.answers.count == 3)
            for text in texts(reply.answers) { seen[text, default: 0] += 1 }
        }
        #expect(seen.count == 20)
        // 3 of 20 in 2,000: 300 each, within five standard deviations.
        #expect(seen.values.allSatisfy { abs($0 - 300) < 80 }, "\(seen)")
    }

    @Test("D: a client with EDNS is told that no instance is healthy")
    func reasons() throws {
        var server = try TestServer()
        try server.add(1, "web", .critical) { $0.tags = ["v1"] }
        try server.add(2, "db")
        try server.add(3, "db", .critical) { $0.tags = ["v1"] }
        for name in ["web", "v1.web", "v1.db"] {
            let reply = try server.ask("\(name).service.consul A (EDNS 1232)")
            #expect(reply.header.responseCode == .nameError)
            let service = name.split(separator: ".").last.map(String.init) ?? ""
            #expect(
                reply.edns?.extendedErrors.map(\.text)
                    == ["no healthy instance of \(service): 1 registered"]
            )
        }
        let plain = try server.ask("web.service.consul A")
        #expect(plain.edns == nil)
        for name in ["nope.service.consul A", "db.service.consul A", "v2.db.service.consul A"] {
            let reply = try server.ask("\(name) (EDNS 1232)")
            #expect(reply.edns?.options == [], "\(name)")
        }
        server.settings.explainsErrors = false
        let silent = try server.ask("web.service.consul A (EDNS 1232)")
        #expect(silent.edns?.options == [])
    }

    @Test("W5: declared reverse zones are answered here, with reverse_ttl")
    func reverseZones() throws {
        var server = try TestServer {
            $0.hasRecursors = true
            $0.hasLocalReverseZones = false
            $0.reverseTTL = 30
        }
        let zone = try #require(DNSSettings.reverseZone(ofPrefix: "2001:db8::/32"))
        #expect("\(zone)" == "8.b.d.0.1.0.0.2.ip6.arpa.")
        server.settings.reverseZones = [zone, try DomainName(text: "20.in-addr.arpa")]
        try server.add(1)
        let known = try server.ask("1.0.0.10.in-addr.arpa PTR")
        #expect(texts(known.answers) == ["1.0.0.10.in-addr.arpa. 30 PTR n1.node.dc1.consul."])
        let missing = try server.ask("1.0.0.20.in-addr.arpa PTR")
        #expect(missing.header.responseCode == .nameError)
        #expect(missing.authorities.map { "\($0.name)" } == ["20.in-addr.arpa."])
        let between = try server.ask("0.20.in-addr.arpa PTR")
        #expect(between.header.responseCode == .noError && between.answers.isEmpty)
        #expect(try server.ask("20.in-addr.arpa SOA").answers.map(\.type) == [.soa])
        #expect(try server.ask("20.in-addr.arpa NS").answers.map(\.type) == [.ns])
        #expect(throws: TestServer.NoReply.self) { try server.ask("2.0.0.10.in-addr.arpa PTR") }
        #expect(throws: TestServer.NoReply.self) { try server.ask("1.0.0.21.in-addr.arpa PTR") }
    }

    @Test("W5: NODATA and SOA in a reverse zone have that zone's SOA, not the domain's")
    func reverseAuthority() throws {
        var server = try TestServer { $0.isStrict = true }
        server.settings.reverseZones = [try DomainName(text: "10.in-addr.arpa")]
        try server.add(1)
        let noData = try server.ask("1.0.0.10.in-addr.arpa A")
        #expect(noData.header.responseCode == .noError && noData.answers.isEmpty)
        #expect(noData.authorities.map { "\($0.name) \($0.type)" } == ["10.in-addr.arpa. SOA"])
        server.settings.isStrict = false
        let soa = try server.ask("1.0.0.10.in-addr.arpa SOA")
        #expect(soa.answers.map(\.type) == [.ptr])
        #expect(soa.authorities.map { "\($0.name)" } == ["10.in-addr.arpa."])
        server.settings.isStrict = true
        let ptr = RecordData.ptr(try DomainName(text: "z.corp"))
        server.zones = ZoneSet(zones: [
            try TestServer.zone("0.10.in-addr.arpa.", [("9.0.0.10.in-addr.arpa.", ptr)])
        ])
        let inZone = try server.ask("1.0.0.10.in-addr.arpa A")
        #expect(inZone.authorities.map { "\($0.name) \($0.ttl)" } == ["0.10.in-addr.arpa. 60"])
        server.zones = ZoneSet()
        server.settings.reverseZones = []
        let undeclared = try server.ask("1.0.0.10.in-addr.arpa A")
        #expect(undeclared.authorities.map { "\($0.name)" } == ["consul."])
    }

    @Test("W11: a domain has one SOA and one set of NS, the catalog's", arguments: [false, true])
    func oneStartOfAuthority(isStrict: Bool) throws {
        var server = try TestServer { settings in
            settings.isStrict = isStrict
            settings.soaMinimumTTL = 7
        }
        try server.register(
            NodeRow(name: "s1", address: "10.0.0.9"),
            ServiceRow(node: "s1", id: "consul", name: "consul", port: 8300)
        )
        let address = RecordData.a(IPv4Address(192, 0, 2, 7))
        let alias = RecordData.cname(try DomainName(text: "www.consul."))
        server.zones = ZoneSet(zones: [
            try TestServer.zone("consul.", [("consul.", address), ("www.consul.", address)]),
            try TestServer.zone("corp.", [("www.corp.", alias)]),
        ])
        let asked = try server.ask("consul SOA").answers
        #expect(asked.count == 1)
        for name in ["www.consul AAAA", "consul MX", "nope.consul A", "x.www.consul A"] {
            #expect(try server.ask(name).authorities == asked, "\(name)")
        }
        let servers = try server.ask("consul NS").answers
        #expect(texts(servers) == ["consul. 0 NS s1.node.dc1.consul."])
        let any = try server.ask("consul ANY").answers
        #expect(any.filter { $0.type == .soa } == asked)
        #expect(any.filter { $0.type == .ns } == servers)
        #expect(any.contains { $0.type == .a })
        // An alias of another zone is followed into the zone of the domain.
        #expect(
            texts(try server.ask("www.corp A").answers)
                == ["www.corp. 60 CNAME www.consul.", "www.consul. 60 A 192.0.2.7"]
        )
    }

    @Test("W11: what is said about zones inside a domain")
    func zoneWarnings() throws {
        let server = try TestServer { $0.alternateDomain = try? DomainName(text: "alt.") }
        func warning(_ apex: String) throws -> String? {
            server.settings.warning(aboutZone: try DomainName(text: apex))
        }
        #expect(try warning("CONSUL.")?.contains("its SOA and NS are the catalog's") == true)
        #expect(try warning("alt.")?.contains("its SOA and NS are the catalog's") == true)
        #expect(try warning("service.consul.")?.contains("hides the catalog's names") == true)
        #expect(try warning("dc1.consul.")?.contains("hides the catalog's names") == true)
        #expect(try warning("static.consul.") == nil)
        #expect(try warning("corp.") == nil)
    }

    @Test("C: private reverse names are not forwarded (RFC 6303), unless a rule says so")
    func localReverseZones() throws {
        var server = try TestServer { $0.hasRecursors = true }
        let names = [
            "9.9.9.10.in-addr.arpa", "1.1.20.172.in-addr.arpa", "1.1.168.192.in-addr.arpa",
            "1.0.0.127.in-addr.arpa", "1.2.100.100.in-addr.arpa",
        ]
        for name in names {
            let reply = try server.ask("\(name) PTR")
            #expect(reply.header.responseCode == .nameError, "\(name)")
            #expect(reply.authorities.map(\.type) == [.soa], "\(name)")
        }
        #expect(throws: TestServer.NoReply.self) { try server.ask("1.1.32.172.in-addr.arpa PTR") }
        server.settings.forwardedZones = [try DomainName(text: "10.in-addr.arpa")]
        #expect(throws: TestServer.NoReply.self) { try server.ask("9.9.9.10.in-addr.arpa PTR") }
        #expect(try server.ask("1.1.20.172.in-addr.arpa PTR").header.responseCode == .nameError)
        server.settings.hasLocalReverseZones = false
        #expect(throws: TestServer.NoReply.self) { try server.ask("1.1.20.172.in-addr.arpa PTR") }
        // Without recursors nothing leaves: Consul's answer stays.
        server.settings.hasRecursors = false
        server.settings.hasLocalReverseZones = true
        let reply = try server.ask("1.1.20.172.in-addr.arpa PTR")
        #expect(reply.authorities.map { "\($0.name)" } == ["consul."])
    }

    @Test("DNS-110: with forward zones alone a reverse name that nobody has does not exist")
    func reverseNamesBesideForwardZones() throws {
        var server = try TestServer {
            $0.hasRecursors = true
            $0.forwardsAllNames = false
        }
        server.settings.forwardedZones = [try DomainName(text: "9.in-addr.arpa")]
        let reply = try server.ask("9.9.9.8.in-addr.arpa PTR")
        #expect(reply.responseCode == .nameError && reply.header.isAuthoritative)
        #expect(reply.authorities.map(\.type) == [.soa])
        // It recurses all the same.
        #expect(reply.header.recursionAvailable)
        #expect(throws: TestServer.NoReply.self) { try server.ask("9.9.9.9.in-addr.arpa PTR") }
        server.settings.forwardsAllNames = true
        #expect(throws: TestServer.NoReply.self) { try server.ask("9.9.9.8.in-addr.arpa PTR") }
    }

    @Test("W11: the catalog comes first, then the zone of the domain, then that below it")
    func recordsBesides() throws {
        var server = try TestServer()
        try server.add(1)
        let address = RecordData.a(IPv4Address(192, 0, 2, 7))
        server.zones = ZoneSet(zones: [
            try TestServer.zone(
                "consul.",
                [("consul.", address), ("www.consul.", address), ("web.service.consul.", address)]
            ),
            try TestServer.zone("static.consul.", [("x.static.consul.", address)]),
        ])
        #expect(texts(try server.ask("www.consul A").answers) == ["www.consul. 60 A 192.0.2.7"])
        #expect(texts(try server.ask("consul A").answers) == ["consul. 60 A 192.0.2.7"])
        #expect(
            texts(try server.ask("web.service.consul A").answers)
                == ["web.service.consul. 0 A 10.0.0.1"]
        )
        #expect(
            texts(try server.ask("x.static.consul A").answers)
                == ["x.static.consul. 60 A 192.0.2.7"]
        )
        let missing = try server.ask("nope.consul A")
        #expect(missing.header.responseCode == .nameError)
        #expect(missing.authorities.first?.ttl == 0, "the SOA is the catalog's")
    }
}
