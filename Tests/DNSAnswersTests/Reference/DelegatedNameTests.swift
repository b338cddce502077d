// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import StateStore
import Testing

@testable import DNSAnswers

/// Names below the zone cuts of static zones, where others answer.
@Suite("Names below zone cuts")
struct DelegatedNameTests {
    private static func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

    private static let address = RecordData.a(IPv4Address(192, 0, 2, 1))

    private static func zones() throws -> ZoneSet {
        ZoneSet(zones: [
            try TestServer.zone(
                "corp",
                [
                    ("sub.corp", .ns(try name("ns.sub.corp"))), ("ns.sub.corp", address),
                    ("al.corp", .cname(try name("x.sub.corp"))),
                    ("in.corp", .cname(try name("x.served.corp"))),
                    ("served.corp", .ns(try name("ns.example"))),
                ]
            ),
            try TestServer.zone("served.corp", [("x.served.corp", address)]),
            try TestServer.zone("consul", [("sub.consul", .ns(try name("ns.example")))]),
            try TestServer.zone("10.in-addr.arpa", [("5.10.in-addr.arpa", .ns(try name("ns.a")))]),
        ])
    }

    private func server(_ change: (inout TestServer) throws -> Void) throws -> TestServer {
        var server = try TestServer(configuration: "C9")
        server.zones = try Self.zones()
        try change(&server)
        return server
    }

    private func reply(
        _ text: String,
        _ chased: [ChaseQuestion: Resolution] = [:],
        change: (inout TestServer) throws -> Void = { _ in }
    ) throws -> ReferenceReply {
        var generator = Generator(seed: 1)
        return ReferenceResponder().respond(
            to: try CaseQuery(text).octets,
            from: ClientContext(transport: .tcp, address: [127, 0, 0, 1]),
            snapshot: try server(change).snapshot,
            chased: chased,
            now: ReplyComparison.now,
            generator: &generator
        )
    }

    private func message(
        _ text: String,
        _ chased: [ChaseQuestion: Resolution] = [:],
        change: (inout TestServer) throws -> Void = { _ in }
    ) throws -> Message {
        let reply = try reply(text, chased, change: change)
        guard case .reply(let octets) = reply else { throw TestServer.NoReply(reply: reply) }
        return try Message(decoding: octets)
    }

    @Test(
        "they are asked of the recursors",
        arguments: [
            "x.sub.corp A", "sub.corp NS", "a.b.SUB.corp TXT", "x.sub.corp DS", "x.sub.consul A",
            "9.9.5.10.in-addr.arpa PTR",
        ]
    )
    func forwarded(question: String) throws {
        #expect(try reply(question) == .forward)
    }

    @Test("DS of the cut, and what a zone of ours has below it, are answered here")
    func own() throws {
        #expect(try message("sub.corp DS").authorities.map(\.type) == [.soa])
        #expect(try message("x.served.corp A").answers.map(\.type) == [.a])
        #expect(try message("in.corp A").answers.map(\.type) == [.cname, .a])
        #expect(try message("served.corp DS").authorities.map { "\($0.name)" } == ["corp."])
    }

    @Test("the referral is for who does not want recursion, or where nobody can be asked")
    func referral() throws {
        func isReferral(_ message: Message) -> Bool {
            !message.header.isAuthoritative && message.authorities.map(\.type) == [.ns]
                && message.responseCode == .noError
        }
        #expect(isReferral(try message("x.sub.corp A (RD=0)")))
        #expect(isReferral(try message("x.sub.corp A") { $0.settings.hasRecursors = false }))
        let rules = ["elsewhere", "sub.corp"]
        for rule in rules {
            let reply = try reply("x.sub.corp A") { server in
                server.settings.forwardsAllNames = false
                server.settings.forwardedZones = [try Self.name(rule)]
            }
            #expect((reply == .forward) == (rule == "sub.corp"))
        }
        let alias = try message("al.corp A") { $0.settings.forwardsAllNames = false }
        #expect(alias.answers.map(\.type) == [.cname] && alias.authorities.map(\.type) == [.ns])
    }

    @Test("an alias to one is followed through the recursors")
    func alias() throws {
        let question = ChaseQuestion(try Self.name("x.sub.corp"), .a)
        #expect(try reply("al.corp A") == .chase([question]))
        let record = ResourceRecord(name: question.name, ttl: 30, data: Self.address)
        let found = try message("al.corp A", [question: Resolution(records: [record])])
        #expect(
            texts(found.answers) == ["al.corp. 60 CNAME x.sub.corp.", "x.sub.corp. 30 A 192.0.2.1"]
        )
        #expect(found.authorities.isEmpty && found.additionals.isEmpty)
        let none = try message("al.corp A", [question: Resolution(records: [], code: .nameError)])
        #expect(none.responseCode == .nameError && none.answers.map(\.type) == [.cname])
        let failed = try message("al.corp A", [question: .failure])
        #expect(failed.responseCode == .serverFailure)
        #expect(try message("al.corp A (RD=0)").authorities.map(\.type) == [.ns])
    }

    @Test("the alias of a recursor that leads to one goes on with the recursors")
    func home() throws {
        let asked = ChaseQuestion(try Self.name("t.example"), .a)
        let alias = ResourceRecord(
            name: asked.name,
            ttl: 30,
            data: .cname(try Self.name("al.corp"))
        )
        #expect(
            try reply("t.example A", [asked: Resolution(records: [alias])])
                == .chase([ChaseQuestion(try Self.name("x.sub.corp"), .a)])
        )
    }

    @Test(
        "host names of instances and nodes below a cut are chased",
        arguments: ["x.sub.corp", "al.corp"]
    )
    func hosts(address: String) throws {
        let change: (inout TestServer) throws -> Void = { server in
            try server.add(1, "hosted") { $0.address = address }
            try server.register(NodeRow(name: "hostednode", address: address))
        }
        let question = ChaseQuestion(try Self.name("x.sub.corp"), .a)
        let record = ResourceRecord(name: question.name, ttl: 30, data: Self.address)
        for text in ["hosted.service.consul A", "hostednode.node.consul A"] {
            #expect(try reply(text, change: change) == .chase([question]))
            let found = try message(
                text,
                [question: Resolution(records: [record])],
                change: change
            )
            #expect(found.answers.last?.data == Self.address)
        }
    }

    @Test("strict: the end of a host name below a cut is what the recursors say")
    func strictEnd() throws {
        let question = ChaseQuestion(try Self.name("x.sub.corp"), .a)
        let none = Resolution(records: [], code: .nameError)
        let found = try message("hosted.service.consul A", [question: none]) { server in
            server.settings.isStrict = true
            try server.add(1, "hosted") { $0.address = "x.sub.corp" }
        }
        #expect(found.responseCode == .nameError && found.answers.map(\.type) == [.cname])
    }

    @Test("an explanation says that recursors are asked")
    func explained() throws {
        let snapshot = try server { _ in }.snapshot
        let found = Explanation(try Self.name("x.sub.corp"), .a, in: snapshot, now: 1)
        #expect(found.isForwarded && found.zone?.description == "corp.")
    }

    @Test("names of the catalog are nobody else's, whatever a zone delegates")
    func catalogNames() throws {
        let settings = try server { _ in }.settings
        for (name, isCatalogs) in [
            ("service.consul", true), ("dc1.consul", true), ("x.node.consul", true),
            ("consul", true), ("_tcp.consul", true), ("sub.consul", false), ("corp", false),
        ] {
            #expect(try settings.holdsCatalogNames(Self.name(name)) == isCatalogs, "\(name)")
        }
    }
}
