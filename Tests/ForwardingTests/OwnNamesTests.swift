// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

/// What upstreams say about names of ours goes to nobody, from the upstream or from the cache.
@Suite("Names of ours in replies of upstreams")
struct OwnNamesTests {
    private func deliver(
        _ desk: inout Desk,
        _ name: String,
        _ type: RecordType = .a,
        edns: EDNS? = nil,
        _ reply: (ForwardedQuery) throws -> Message
    ) throws -> (message: Message, home: HomeLead?) {
        guard case .search(let plan) = try desk.arrive(Queries.octets(name, type, edns: edns))
        else {
            Issue.record("\(name) is not asked upstream")
            throw CancellationError()
        }
        let deliveries = desk.state.finish(
            plan.number,
            with: try Desk.answer(reply(plan.query)),
            now: desk.now
        )
        let delivery = try #require(deliveries.first)
        return (try Message(decoding: #require(delivery.reply)), delivery.home)
    }

    @Test("a chain that leads into our domain is cut before it, and says where it leads")
    func cut() throws {
        var desk = try Desk(own: ["consul"])
        for code in [ResponseCode.noError, .nameError] {
            let found = try deliver(&desk, "Evil.test") { query in
                try Replies.message(
                    to: query,
                    code,
                    answers: [
                        Replies.alias("evil.test", "b.test"),
                        Replies.alias("b.test", "X.service.Consul"),
                        Replies.address("x.service.consul", 66),
                    ],
                    authorities: [Replies.soa(".")],
                    additionals: [Replies.address("ns.consul", 66)]
                )
            }
            #expect(found.message.responseCode == .noError)
            #expect(found.message.answers.map(\.type) == [.cname, .cname])
            #expect(found.message.authorities.isEmpty && found.message.additionals.isEmpty)
            let home = try #require(found.home)
            #expect(home.question.name.description == "Evil.test.")
            #expect(home.aliases.map(\.name.description) == ["Evil.test.", "b.test."])
            #expect(
                home.aliases.last?.data == .cname(try DomainName(text: "X.service.Consul"))
            )
        }
        #expect(desk.state.cache.count == 0)
    }

    @Test("a reply without records of ours goes on octet for octet")
    func untouched() throws {
        var desk = try Desk(own: ["consul"])
        let found = try deliver(&desk, "www.test") { query in
            try Replies.message(
                to: query,
                answers: [Replies.alias("www.test", "notconsul"), Replies.address("notconsul")],
                authorities: [Replies.soa(".")]
            )
        }
        #expect(found.home == nil)
        #expect(found.message.answers.count == 2 && found.message.authorities.count == 1)
    }

    @Test("records of ours beside the chain are left out of every section")
    func beside() throws {
        var desk = try Desk(own: ["consul", "corp.example"])
        let found = try deliver(&desk, "_http._tcp.test", .srv) { query in
            let location = ServiceLocation(
                priority: 1,
                weight: 1,
                port: 80,
                target: try DomainName(text: "web.service.consul")
            )
            return try Replies.message(
                to: query,
                answers: [
                    Replies.record(query.name, .srv(location)), Replies.address("consul", 66),
                ],
                authorities: [
                    Replies.record(
                        try DomainName(text: "Corp.Example"),
                        .ns(try DomainName(text: "ns.evil.test"))
                    ), Replies.soa("test"),
                ],
                additionals: [
                    Replies.address("web.service.consul", 66), Replies.address("ns.test"),
                ]
            )
        }
        #expect(found.home == nil)
        #expect(found.message.answers.map(\.type) == [.srv])
        #expect(found.message.authorities.map(\.type) == [.soa])
        #expect(found.message.additionals.map(\.name.description) == ["ns.test."])
    }

    @Test("what others say of names below a zone cut of ours is theirs to say, and kept")
    func delegated() throws {
        var desk = try Desk(own: ["corp.example"], delegated: ["sub.corp.example"])
        let asked = try deliver(&desk, "x.sub.corp.example") { query in
            try Replies.message(to: query, answers: [Replies.address("x.sub.corp.example")])
        }
        #expect(asked.home == nil && asked.message.answers.map(\.type) == [.a])
        #expect(desk.state.cache.count == 1)
        let alias = try deliver(&desk, "t.test") { query in
            try Replies.message(
                to: query,
                answers: [
                    Replies.alias("t.test", "y.sub.corp.example"),
                    Replies.address("y.sub.corp.example"), Replies.address("www.corp.example", 66),
                ]
            )
        }
        #expect(alias.home == nil && alias.message.answers.map(\.type) == [.cname, .a])
    }

    @Test("a truncated reply that cannot be read to its end goes to nobody, only that it is one")
    func unreadable() throws {
        var desk = try Desk(own: ["consul"])
        guard case .search(let plan) = try desk.arrive(Queries.octets("www.test", .a)) else {
            Issue.record("it is not asked upstream")
            return
        }
        var message = try Replies.message(
            to: plan.query,
            answers: [Replies.address("web.service.consul", 66)]
        )
        message.header.isTruncated = true
        var reply = try message.encoded()
        // One more record is promised than there is.
        reply[11] += 1
        let delivery = try #require(
            desk.state.finish(plan.number, with: .reply(reply), now: desk.now).first
        )
        let found = try Message(decoding: #require(delivery.reply))
        #expect(found.header.isTruncated && found.answers.isEmpty)
    }

    @Test("signatures of the aliases stay for who asked for them")
    func signatures() throws {
        var desk = try Desk(own: ["consul"])
        let signature = RecordData.unknown(.rrsig, [0, 5] + [UInt8](repeating: 1, count: 20))
        let found = try deliver(
            &desk,
            "evil.test",
            edns: EDNS(udpPayloadSize: 1232, dnssecOK: true)
        ) { query in
            try Replies.message(
                to: query,
                answers: [
                    Replies.alias("evil.test", "x.consul"),
                    Replies.record(query.name, signature), Replies.address("x.consul", 66),
                ]
            )
        }
        #expect(found.message.answers.map(\.type) == [.cname, .rrsig])
        #expect(found.home?.aliases.map(\.type) == [.cname])
    }

    @Test("all who wait for one question get the cut reply, each in its own spelling")
    func coalesced() throws {
        var desk = try Desk(own: ["consul"])
        guard case .search(let plan) = try desk.arrive(Queries.octets("evil.test")),
            case .joined = try desk.arrive(Queries.octets("EVIL.test"), from: [10, 0, 0, 2])
        else {
            Issue.record("not one question")
            return
        }
        let reply = Replies.message(
            to: plan.query,
            answers: [
                try Replies.alias("evil.test", "x.consul"), try Replies.address("x.consul", 66),
            ]
        )
        let deliveries = desk.state.finish(
            plan.number,
            with: try Desk.answer(reply),
            now: desk.now
        )
        #expect(deliveries.count == 2)
        for (delivery, name) in zip(deliveries, ["evil.test.", "EVIL.test."]) {
            let message = try Message(decoding: #require(delivery.reply))
            #expect(message.answers.map(\.type) == [.cname])
            #expect(delivery.home?.aliases.map(\.name.description) == [name])
        }
    }

    @Test("the chain of a chase ends before a name of ours, and before one it has been to")
    func chain() throws {
        let rules = ForwardRules(
            [],
            ownDomains: [try DomainName(text: "consul").folded]
        )
        func names(_ records: [ResourceRecord], _ code: ResponseCode = .noError) throws -> [String]
        {
            let query = try #require(
                ForwardedQuery(try Queries.octets("a.test"), overTCP: false)
            )
            let reply = try Replies.message(to: query, code, answers: records).encoded()
            return rules.resolution(in: reply).records.map { "\($0.name) \($0.type)" }
        }
        let start = try Replies.alias("a.test", "b.test")
        #expect(
            try names([start, Replies.address("b.test"), Replies.address("bank.test")])
                == ["a.test. CNAME", "b.test. A"]
        )
        #expect(
            try names([
                start, Replies.alias("b.test", "x.consul"), Replies.address("x.consul"),
            ]) == ["a.test. CNAME", "b.test. CNAME"]
        )
        #expect(try names([start, Replies.alias("b.test", "A.test")]) == ["a.test. CNAME"])
        #expect(try names([start], .nameError) == ["a.test. CNAME"])
        #expect(try names([start], .serverFailure) == [])
        let long = try (0..<20).map { try Replies.alias("n\($0).test", "n\($0 + 1).test") }
        let first = try Replies.alias("a.test", "n0.test")
        #expect(try names([first] + long).count == NameChain.maximumLinks)
    }

    @Test("a name that no rule forwards is refused, what upstreams fail at is a failure")
    func refused() throws {
        var desk = try Desk([("corp", [0])])
        guard case .reply(let octets, _) = try desk.arrive(Queries.octets("a.test")) else {
            Issue.record("asked upstream")
            return
        }
        let rules = desk.state.rules
        #expect(rules.resolution(in: octets) == Resolution(records: [], code: .refused))
        guard case .search(let plan) = try desk.arrive(Queries.octets("a.corp")) else {
            Issue.record("not asked")
            return
        }
        let delivered = desk.state.finish(plan.number, with: .unresolved, now: desk.now)
        let failed = try #require(delivered.first?.reply)
        #expect(rules.resolution(in: failed) == .failure)
        #expect(rules.resolution(in: []) == .failure)
    }
}
