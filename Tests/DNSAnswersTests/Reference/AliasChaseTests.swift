// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import StateStore
import Testing

/// What is asked for upstream, and what becomes of the answers: spec/dns.md 2.11.
@Suite("Chasing aliases")
struct AliasChaseTests {
    private func respond(
        _ text: String,
        _ configuration: String = "C9",
        store: StateStore? = nil,
        chased: [ChaseQuestion: [ResourceRecord]] = [:],
        seed: UInt64 = 1,
        change: (inout DNSSettings) -> Void = { _ in }
    ) throws -> ReferenceReply {
        var snapshot = try #require(try CaseConfiguration.snapshot(configuration))
        change(&snapshot.settings)
        if let store { snapshot.store = store }
        var generator = Generator(seed: seed)
        return ReferenceResponder().respond(
            to: try CaseQuery(text).octets,
            from: ClientContext(transport: .udp, address: [127, 0, 0, 1]),
            snapshot: snapshot,
            chased: chased.mapValues { Resolution(records: $0) },
            now: ReplyComparison.now,
            generator: &generator
        )
    }

    private func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

    private func question(_ text: String, _ type: RecordType = .a) throws -> ChaseQuestion {
        ChaseQuestion(try name(text), type)
    }

    @Test("names are asked for once, and not where an address answers")
    func names() throws {
        let four = try question("www.example.net")
        let six = try question("www.example.net", .aaaa)
        for (text, questions) in [
            ("ext.service.consul A", [four]), ("ext.service.consul AAAA", [six]),
            ("ext.service.consul SRV", [four, six]), ("ext.service.consul ANY", [four, six]),
            ("ext.service.consul MX", [four]), ("exnode.node.consul A", [four]),
            ("exnode.node.consul AAAA", [six]), ("exnode.node.consul ANY", [four, six]),
        ] {
            #expect(try respond(text) == .chase(questions), "\(text)")
        }
        for text in ["exnode.node.consul TXT", "mixed.service.consul A", "web.service.consul A"] {
            guard case .reply = try respond(text) else {
                Issue.record("\(text) is chased")
                continue
            }
        }
        guard case .reply = try respond("ext.service.consul A", "C0") else {
            Issue.record("chased without recursors")
            return
        }
    }

    @Test("of several aliases all are asked for at once, whichever comes first")
    func several() throws {
        let both = Set([try question("www.example.net"), try question("other.example.net")])
        for seed in 1...10 as ClosedRange<UInt64> {
            guard case .chase(let names) = try respond("twocn.service.consul A", seed: seed) else {
                Issue.record("not chased")
                continue
            }
            #expect(Set(names) == both && names.count == 2)
        }
    }

    @Test("a name that has no answer is not asked for again")
    func empty() throws {
        let chased = [try question("WWW.example.net"): [ResourceRecord]()]
        guard case .reply(let octets) = try respond("ext.service.consul A", chased: chased) else {
            Issue.record("no reply")
            return
        }
        #expect(try Message(decoding: octets).answers.map(\.type) == [.cname])
    }

    @Test("a host name that no recursor resolves: the bare alias, as Consul, and why")
    func unresolved() throws {
        let failed = Resolution.failure
        let none = Resolution(records: [])
        let refused = Resolution(records: [], code: .refused)
        for (found, isExplained) in [(failed, true), (none, false), (refused, false)] {
            for (text, types) in [
                ("ext.service.consul A", [.a]), ("ext.service.consul SRV", [.a, .aaaa]),
                ("exnode.node.consul AAAA", [.aaaa]),
            ] as [(String, [RecordType])] {
                var snapshot = try #require(try CaseConfiguration.snapshot("C9"))
                snapshot.settings.explainsErrors = true
                var generator = Generator(seed: 1)
                var chased: [ChaseQuestion: Resolution] = [:]
                for type in types { chased[try question("www.example.net", type)] = found }
                let reply = ReferenceResponder().respond(
                    to: try CaseQuery("\(text) (EDNS 4096)").octets,
                    from: ClientContext(transport: .udp, address: [127, 0, 0, 1]),
                    snapshot: snapshot,
                    chased: chased,
                    now: ReplyComparison.now,
                    generator: &generator
                )
                guard case .reply(let octets) = reply else {
                    Issue.record("\(text): no reply")
                    continue
                }
                let message = try Message(decoding: octets)
                #expect(message.responseCode == .noError && !message.answers.isEmpty)
                let errors = message.edns?.extendedErrors ?? []
                #expect(errors.map(\.code) == (isExplained ? [.noReachableAuthority] : []))
                #expect(errors.allSatisfy { $0.text.contains("www.example.net.") })
            }
        }
    }

    @Test("a service whose instances lead in circles is answered in time")
    func circles() throws {
        let entries = (0..<200).map { number in
            CatalogueK.entry(
                "c\(number)",
                "10.3.0.1",
                CatalogueK.service("circle", number, address: "c\(number).circle.service.consul")
            )
        }
        let store = CatalogueK.make(ownNode: "agent1", entries: entries)
        for type in ["A", "SRV"] {
            guard case .reply = try respond("circle.service.consul \(type)", store: store) else {
                Issue.record("\(type): no reply")
                continue
            }
        }
    }

    @Test("an address that cannot be a name is left out")
    func unwritable() throws {
        let entries = [
            CatalogueK.entry("u1", "10.3.0.1", CatalogueK.service("u", 1, address: "a..b")),
            CatalogueK.entry("u2", "10.3.0.2", CatalogueK.service("v", 1, address: "a..b")),
            CatalogueK.entry("u3", "10.3.0.3", CatalogueK.service("v", 1)),
        ]
        let store = CatalogueK.make(ownNode: "agent1", entries: entries)
        for (text, count) in [
            ("u.service.consul A", 0), ("u.service.consul SRV", 0), ("v.service.consul A", 1),
            ("v.service.consul SRV", 1),
        ] {
            guard case .reply(let octets) = try respond(text, "C0", store: store) else {
                Issue.record("\(text): no reply")
                continue
            }
            #expect(try Message(decoding: octets).answers.count == count)
        }
    }

    private func address(_ text: String, ttl: UInt32 = 300) throws -> ResourceRecord {
        ResourceRecord(name: try name(text), ttl: ttl, data: .a(IPv4Address(192, 0, 2, 10)))
    }

    private func sixth(_ text: String, ttl: UInt32 = 300) throws -> ResourceRecord {
        let six = try #require(IPv6Address(text: "2001:db8::10"))
        return ResourceRecord(name: try name(text), ttl: ttl, data: .aaaa(six))
    }

    private func alias(_ text: String, _ target: String, ttl: UInt32 = 300) throws -> ResourceRecord
    {
        ResourceRecord(name: try name(text), ttl: ttl, data: .cname(try name(target)))
    }

    private func answers(_ reply: ReferenceReply) throws -> [String] {
        guard case .reply(let octets) = reply else {
            Issue.record("\(reply)")
            return []
        }
        let message = try Message(decoding: octets)
        return (message.answers + message.additionals).map { "\($0.name) \($0.ttl) \($0.type)" }
    }

    @Test("both families stand behind one alias, which is given once, whatever its TTL")
    func families() throws {
        let four = [
            try alias("www.example.net", "real.example.net"), try address("real.example.net"),
        ]
        let six = [
            try alias("www.example.net", "REAL.example.net", ttl: 299),
            try sixth("real.example.net"),
        ]
        let chased = [
            try question("www.example.net"): four, try question("www.example.net", .aaaa): six,
        ]
        #expect(
            try answers(respond("ext.service.consul SRV", chased: chased)) == [
                "ext.service.consul. 5 SRV", "www.example.net. 5 CNAME", "real.example.net. 5 A",
                "real.example.net. 5 AAAA",
            ]
        )
        #expect(
            try answers(respond("ext.service.consul AAAA", chased: chased)) == [
                "ext.service.consul. 5 CNAME", "www.example.net. 5 CNAME",
                // Compressed: as the alias spells it.
                "REAL.example.net. 5 AAAA",
            ]
        )
    }

    @Test("families that take different ways: the first goes alone, a name has one alias")
    func forks() throws {
        let chased = [
            try question("www.example.net"): [
                try alias("www.example.net", "four.example.net"), try address("four.example.net"),
            ],
            try question("www.example.net", .aaaa): [
                try alias("www.example.net", "six.example.net"), try sixth("six.example.net"),
            ],
        ]
        #expect(
            try answers(respond("ext.service.consul SRV", chased: chased)).map {
                $0.split(separator: " ").last
            } == ["SRV", "CNAME", "A"]
        )
    }

    @Test("a chain of recursors that leads to a name of ours ends with our answer")
    func home() throws {
        let chased = [
            try question("www.example.net"): [try alias("www.example.net", "web.service.consul")]
        ]
        #expect(
            try answers(respond("ext.service.consul A (EDNS 4096)", chased: chased)) == [
                "ext.service.consul. 5 CNAME", "www.example.net. 5 CNAME",
                "web.service.consul. 5 A", "web.service.consul. 5 A",
            ]
        )
        // Back to where it began: nothing twice.
        let circle = [
            try question("www.example.net"): [try alias("www.example.net", "ext.service.consul")]
        ]
        #expect(
            try answers(respond("ext.service.consul A", chased: circle)) == [
                "ext.service.consul. 5 CNAME", "www.example.net. 5 CNAME",
            ]
        )
    }

    @Test("with keep_alias_ttl no TTL behind an alias grows")
    func keptTTL() throws {
        let chased = [
            try question("www.example.net"): [
                try alias("www.example.net", "real.example.net"),
                try address("real.example.net", ttl: 2),
            ]
        ]
        for (keeps, ttl) in [(false, 5), (true, 2)] {
            let reply = try respond("ext.service.consul A", chased: chased) {
                $0.keepsAliasTTL = keeps
            }
            #expect(
                try answers(reply) == [
                    "ext.service.consul. 5 CNAME", "www.example.net. 5 CNAME",
                    "real.example.net. \(ttl) A",
                ]
            )
        }
    }

    @Test("a foreign name whose aliases lead to ours is answered to its end, by us")
    func foreign() throws {
        let lead = try question("evil.test")
        #expect(try respond("evil.test A") == .forward)
        let reply = try respond(
            "evil.test A",
            chased: [lead: [try alias("evil.test", "web.service.consul", ttl: 60)]]
        )
        #expect(
            try answers(reply) == [
                "evil.test. 60 CNAME", "web.service.consul. 5 A", "web.service.consul. 5 A",
            ]
        )
        guard case .reply(let octets) = reply else { return }
        let message = try Message(decoding: octets)
        #expect(!message.header.isAuthoritative && message.header.recursionAvailable)
        // A name of ours that does not exist is a name error, with our SOA.
        guard
            case .reply(let none) = try respond(
                "evil.test A",
                chased: [lead: [try alias("evil.test", "nope.service.consul")]]
            )
        else {
            Issue.record("no reply")
            return
        }
        let denial = try Message(decoding: none)
        #expect(denial.responseCode == .nameError)
        #expect(denial.authorities.map(\.type) == [.soa])
        // From there it may lead outside again, or back: neither without an end.
        let outer = [lead: [try alias("evil.test", "ext.service.consul")]]
        #expect(
            try respond("evil.test A", chased: outer) == .chase([try question("www.example.net")])
        )
        let circle = outer.merging(
            [
                try question("www.example.net"): [
                    try alias("www.example.net", "ext.service.consul")
                ]
            ],
            uniquingKeysWith: { first, _ in first }
        )
        #expect(
            try answers(respond("evil.test A", chased: circle)) == [
                "evil.test. 300 CNAME", "ext.service.consul. 5 CNAME", "www.example.net. 5 CNAME",
            ]
        )
    }
}
