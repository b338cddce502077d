// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("Asked name chain")
struct NameChainTests {
    private func chain(
        _ name: String,
        _ type: RecordType = .a,
        _ code: ResponseCode = .noError,
        answers: [ResourceRecord] = [],
        authorities: [ResourceRecord] = [],
        additionals: [ResourceRecord] = [],
        withSignatures: Bool = false,
        own: String? = nil
    ) throws -> NameChain? {
        let query = try #require(
            ForwardedQuery(try Queries.octets(name, type), overTCP: false)
        )
        let domain = try own.map { try DomainName(text: $0).folded }
        return NameChain(
            Replies.message(
                to: query,
                code,
                answers: answers,
                authorities: authorities,
                additionals: additionals
            ),
            withSignatures: withSignatures,
            isOwn: { name in domain.map { name.isSubdomain(of: $0) } ?? false }
        )
    }

    @Test("siblings, parents, glue and other zones are left behind (MaginotDNS)")
    func strangers() throws {
        let zone = try DomainName(text: "example.net")
        let found = try #require(
            try chain(
                "www.example.net",
                answers: [
                    Replies.alias("www.example.net", "real.example.net"),
                    Replies.address("bank.example"), Replies.address("real.example.net"),
                    Replies.address("example.net"), Replies.address("web.service.consul"),
                ],
                authorities: [
                    Replies.record(zone, .ns(zone)), Replies.soa("consul"), Replies.soa("."),
                ],
                additionals: [Replies.address("ns.example.net"), Replies.address("consul")]
            )
        )
        #expect(found.end == .records)
        #expect(
            found.answers.map(\.name.description) == ["www.example.net.", "real.example.net."]
        )
        #expect(found.authorities.isEmpty)
        #expect(found.names.map(\.description) == ["www.example.net.", "real.example.net."])
    }

    @Test("a chain of 8 is kept, one of 9, 20 or a loop is not (CAMP)", arguments: [8, 9, 20])
    func length(links: Int) throws {
        let answers =
            try (0..<links).map { try Replies.alias("n\($0).example", "n\($0 + 1).example") }
            + [Replies.address("n\(links).example")]
        let found = try chain("n0.example", answers: answers)
        #expect(found?.answers.count == (links == 8 ? 9 : nil))
        // The order of records does not matter.
        #expect(try chain("n0.example", answers: answers.reversed())?.answers == found?.answers)
    }

    @Test("loops and forks are not kept")
    func loops() throws {
        #expect(try chain("a.example", answers: [Replies.alias("a.example", "a.example")]) == nil)
        let loop = try [
            Replies.alias("a.example", "b.example"), Replies.alias("b.example", "A.example"),
        ]
        #expect(try chain("a.example", answers: loop) == nil)
        let fork = try [
            Replies.alias("a.example", "b.example"), Replies.alias("a.example", "c.example"),
            Replies.address("b.example"),
        ]
        #expect(try chain("a.example", answers: fork) == nil)
    }

    @Test("a chain that enters an own domain is not kept, whichever name it begins with")
    func ownDomain() throws {
        let answers = try [
            Replies.alias("evil.example", "web.service.CONSUL"),
            Replies.address("web.service.consul"),
        ]
        #expect(try chain("evil.example", answers: answers) != nil)
        #expect(try chain("evil.example", answers: answers, own: "consul.") == nil)
        let dangling = [answers[0]]
        let soa = try [Replies.soa(".")]
        #expect(
            try chain("evil.example", answers: dangling, authorities: soa, own: "consul.") == nil
        )
    }

    @Test("absence needs the SOA of a zone that holds the name (RFC 2308 §5)")
    func absence() throws {
        #expect(try chain("a.example") == nil)
        #expect(try chain("a.example", .a, .nameError) == nil)
        #expect(try chain("a.example", authorities: [Replies.soa("other.example")]) == nil)
        #expect(try chain("a.example", authorities: [Replies.soa("b.a.example")]) == nil)
        let two = try [Replies.soa("example"), Replies.soa(".")]
        #expect(try chain("a.example", authorities: two) == nil)
        let noData = try #require(try chain("a.example", authorities: [Replies.soa("Example")]))
        #expect(noData.end == .noData && !noData.isWholeName)
        let error = try chain("a.example", .a, .nameError, authorities: [Replies.soa("example")])
        #expect(error?.isWholeName == true)
    }

    @Test("a name error behind an alias is about the target, not about the name asked for")
    func aliasOfNothing() throws {
        let found = try #require(
            try chain(
                "a.example",
                .a,
                .nameError,
                answers: [Replies.alias("a.example", "gone.other")],
                authorities: [Replies.soa("other")]
            )
        )
        #expect(found.end == .nameError && !found.isWholeName)
    }

    @Test("a name error with records of the name says two things, and none is kept")
    func contradiction() throws {
        let answers = try [Replies.address("a.example")]
        #expect(try chain("a.example", .a, .nameError, answers: answers) == nil)
        #expect(try chain("a.example", .a, .serverFailure, answers: answers) == nil)
    }

    @Test("signatures and proofs are kept for who asked for them", arguments: [false, true])
    func signatures(withSignatures: Bool) throws {
        let name = try DomainName(text: "a.example")
        func signature(_ owner: DomainName, _ covered: RecordType) -> ResourceRecord {
            let data = [UInt8(covered.rawValue >> 8), UInt8(covered.rawValue & 255)] + [1, 2, 3]
            return Replies.record(owner, .unknown(.rrsig, data))
        }
        let found = try #require(
            try chain(
                "a.example",
                answers: [
                    Replies.address("a.example"), signature(name, .a), signature(name, .mx),
                ],
                withSignatures: withSignatures
            )
        )
        #expect(found.answers.map(\.type) == (withSignatures ? [.a, .rrsig] : [.a]))
        let zone = try DomainName(text: "example")
        let denial = try #require(
            try chain(
                "a.example",
                .a,
                .nameError,
                authorities: [
                    Replies.soa("example"), signature(zone, .soa),
                    Replies.record(zone, .unknown(.nsec, [0])), signature(zone, .nsec),
                    Replies.record(try DomainName(text: "other"), .unknown(.nsec, [0])),
                    Replies.record(zone, .ns(zone)),
                ],
                withSignatures: withSignatures
            )
        )
        #expect(
            denial.authorities.map(\.type)
                == (withSignatures ? [.soa, .rrsig, .nsec, .rrsig] : [.soa])
        )
    }
}
