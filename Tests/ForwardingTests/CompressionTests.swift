// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("Relayed replies without compression")
struct CompressionTests {
    /// An upstream with an alias, an address behind it and a name server, all compressed.
    private static func upstream(_ query: ForwardedQuery) throws -> SearchResult {
        try Desk.answer(
            Replies.message(
                to: query,
                answers: [
                    Replies.record(query.name, .cname(try DomainName(text: "www.example"))),
                    try Replies.address("www.example"),
                ],
                authorities: [
                    Replies.record(
                        try DomainName(text: "example"),
                        .ns(try DomainName(text: "ns.example"))
                    )
                ]
            )
        )
    }

    private static func settings(compresses: Bool) -> ForwardingSettings {
        var settings = ForwardingSettings()
        settings.compresses = compresses
        return settings
    }

    private func hasPointer(_ octets: [UInt8]) throws -> Bool {
        octets.count < (try Message(decoding: octets).encoded(compress: false).count)
    }

    private func text(_ record: ResourceRecord) -> String {
        "\(record.name) \(record.ttl) \(record.data)".lowercased()
    }

    private func replies(_ settings: ForwardingSettings, own: [String]) throws -> [[UInt8]] {
        var desk = try Desk(own: own, settings: settings)
        let octets = try Queries.octets("x.Example")
        var found: [[UInt8]] = []
        for _ in 0..<2 {
            switch try desk.arrive(octets) {
            case .reply(let reply, _): found.append(reply)
            case .search(let plan):
                let result = try Self.upstream(plan.query)
                found += desk.state.finish(plan.number, with: result, now: desk.now)
                    .compactMap(\.reply)
            case .joined: Issue.record("joined nothing that is open")
            }
        }
        return found
    }

    @Test(
        "disable_compression: what is relayed and what is kept have no pointer",
        arguments: [[], ["consul"]]
    )
    func relayed(own: [String]) throws {
        let plain = try replies(Self.settings(compresses: false), own: own)
        let packed = try replies(Self.settings(compresses: true), own: own)
        #expect(plain.count == 2 && packed.count == 2)
        #expect(try packed.allSatisfy(hasPointer))
        for (one, other) in zip(plain, packed) {
            #expect(try !hasPointer(one) && one.count > other.count)
            let (one, other) = (try Message(decoding: one), try Message(decoding: other))
            // Pointers into the question bring its spelling along.
            #expect(one.answers.map(text) == other.answers.map(text))
            #expect(one.authorities.map(text) == other.authorities.map(text))
            // What is kept is nobody's spelling; what is relayed is the client's.
            #expect(one.answers[0].name.folded == one.questions[0].name.folded)
        }
        #expect(try Message(decoding: plain[0]).answers[0].name.description == "x.Example.")
    }

    @Test("a reply that fits only compressed stays whole")
    func tooLong() throws {
        let label = String(repeating: "n", count: 63)
        let long = try DomainName(text: "\(label).\(label).\(label).example")
        let octets = try Queries.octets(long.description)
        var desk = try Desk(settings: Self.settings(compresses: false))
        guard case .search(let plan) = try desk.arrive(octets, purpose: .overTCP) else {
            Issue.record("not asked")
            return
        }
        let answers = (0..<400).map { number in
            Replies.record(long, .a(IPv4Address(bits: UInt32(number))))
        }
        let reply = try Replies.message(to: plan.query, answers: answers).encoded()
        let found = desk.state.finish(plan.number, with: .reply(reply), now: desk.now)
        let message = try Message(decoding: try #require(found.first?.reply))
        #expect(message.answers.count == 400 && !message.header.isTruncated)
    }

    @Test("other settings for names, and lower limits, forget what was kept")
    func update() throws {
        var lower = ForwardingSettings()
        lower.maximumTTL = 60
        var lowerNegative = ForwardingSettings()
        lowerNegative.maximumNegativeTTL = 1
        var higher = ForwardingSettings()
        higher.maximumTTL = 1_000_000
        for (settings, left) in [
            (Self.settings(compresses: false), 0), (lower, 0), (lowerNegative, 0), (higher, 1),
        ] {
            var desk = try Desk()
            _ = try desk.ask("x.example", by: Desk.addresses(ttl: 300))
            #expect(desk.state.cache.count == 1)
            desk.state.update(
                settings: settings,
                rules: desk.state.rules,
                upstreams: (0..<4).map { [192, 0, 2, 100 + UInt8($0)] },
                keepsUpstreams: true
            )
            #expect(desk.state.cache.count == left)
        }
    }
}
