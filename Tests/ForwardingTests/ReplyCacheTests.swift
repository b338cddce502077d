// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("Bounds of the cache")
struct ReplyCacheTests {
    private func key(_ name: String) throws -> ReplyKey {
        ReplyKey(
            try #require(ForwardedQuery(try Queries.octets(name), overTCP: false)),
            rule: 0
        )
    }

    @Test("never takes more than its octets, whatever comes", arguments: 1...5)
    func bounded(seed: UInt64) throws {
        var generator = Xorshift(state: seed &* 0x9e37_79b9_7f4a_7c15)
        var cache = ReplyCache(limit: 20_000)
        for step in 0..<5000 {
            let key = try key("n\(Int.random(in: 0..<400, using: &generator)).example")
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: cache.remove(key)
            case 1: _ = cache.find(key)
            default:
                let now = UInt64(step)
                let until = now + UInt64.random(in: 1...500, using: &generator)
                cache.store(.failure(nil), for: key, from: now, until: until)
                #expect(cache.peek(key)?.until == until)
            }
            #expect(cache.octets <= cache.limit)
            #expect(cache.count <= 20_000 / ReplyCache.overhead)
        }
        #expect(cache.count > 30)
    }

    @Test("an entry that would displace much of the rest is not kept")
    func large() throws {
        var cache = ReplyCache(limit: 8 * ReplyCache.overhead)
        cache.store(.failure(nil), for: try key("x.example"), from: 0, until: 1)
        #expect(cache.count == 0)
    }

    @Test("what is in use survives a flood of names that are asked for once")
    func flood() throws {
        var cache = ReplyCache(limit: 100_000)
        let used = try (0..<50).map { try key("used\($0).example") }
        for key in used { cache.store(.failure(nil), for: key, from: 0, until: .max) }
        for number in 0..<20_000 {
            let flood = try key("flood\(number).example")
            cache.store(.failure(nil), for: flood, from: 0, until: .max)
            #expect(cache.find(used[number % used.count]) != nil, "after \(number)")
        }
        #expect(cache.evictions == UInt64(20_050 - cache.count))
    }

    @Test("what is past its time goes before what is not")
    func expired() throws {
        var cache = ReplyCache(limit: 10_000)
        var numbers = 0
        while cache.octets + 2 * ReplyCache.overhead < cache.limit {
            let until: UInt64 = numbers == 5 ? 10 : 1000
            cache.store(.failure(nil), for: try key("n\(numbers).example"), from: 0, until: until)
            numbers += 1
        }
        for number in 0..<numbers { _ = cache.find(try key("n\(number).example")) }
        for number in 0..<2 {
            cache.store(.failure(nil), for: try key("m\(number).example"), from: 500, until: 1000)
        }
        #expect(cache.peek(try key("n5.example")) == nil)
        #expect(cache.evictions == UInt64(numbers + 1 - cache.count))
    }
}

@Suite("Forward rules")
struct ForwardRulesTests {
    private func rules(_ zones: [String], own: [String] = []) throws -> ForwardRules {
        ForwardRules(
            try zones.map {
                ForwardRules.Rule(zone: try DomainName(text: $0).folded, upstreams: [])
            },
            ownDomains: try own.map { try DomainName(text: $0).folded }
        )
    }

    @Test(
        "the longest zone that holds the name counts, on label boundaries",
        arguments: [
            ("host.corp.example", 1), ("CORP.example", 1), ("xcorp.example", 2),
            ("a.b.c.corp.example", 3), ("other", nil), (".", nil),
        ] as [(String, Int?)]
    )
    func longest(name: String, expected: Int?) throws {
        let rules = try rules(["lab.test", "corp.example", "example", "b.c.corp.example"])
        #expect(rules.rule(for: try DomainName(text: name).folded) == expected)
    }

    @Test("own domains hold all below them")
    func own() throws {
        let rules = try rules(["."], own: ["consul", "lab.example"])
        for (name, isOwn) in [
            ("consul", true), ("a.b.Consul", true), ("example", false), ("x.lab.example", true),
            ("xconsul", false), (".", false),
        ] {
            #expect(rules.isOwn(try DomainName(text: name).folded) == isOwn, "\(name)")
        }
    }

    @Test("names below a zone cut are not ours, but those of an own domain below it are")
    func delegated() throws {
        func folded(_ text: String) throws -> CanonicalName { try DomainName(text: text).folded }
        let rules = ForwardRules(
            [],
            ownDomains: try ["corp", "own.sub.corp", "both.corp"].map(folded),
            delegated: try ["sub.corp", "both.corp", "elsewhere"].map(folded)
        )
        for (name, isOwn) in [
            ("corp", true), ("x.corp", true), ("sub.corp", false), ("x.SUB.corp", false),
            ("own.sub.corp", true), ("a.own.sub.corp", true), ("x.both.corp", true),
            ("x.elsewhere", false), ("xsub.corp", true),
        ] {
            #expect(try rules.isOwn(folded(name)) == isOwn, "\(name)")
        }
    }

    @Test("without a rule the question is refused; without any rule it fails as ever")
    func unmatched() throws {
        var some = try Desk([("corp.example", [0])])
        #expect(try some.ask("other.example").responseCode == .refused)
        #expect(some.asked.isEmpty)
        var none = try Desk([])
        #expect(try none.ask("other.example").responseCode == .serverFailure)
    }
}
