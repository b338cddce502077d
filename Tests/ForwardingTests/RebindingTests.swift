// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("DNS rebinding")
struct RebindingTests {
    private static let edns = EDNS(udpPayloadSize: 1232)

    private func desk(dropsPrivate: Bool = true, allowed: [String] = []) throws -> Desk {
        var desk = try Desk()
        desk.state = ForwardingState(
            settings: ForwardingSettings(),
            rules: ForwardRules(
                [
                    .init(zone: try DomainName(text: "corp").folded, upstreams: [1]),
                    .init(
                        zone: try DomainName(text: ".").folded,
                        upstreams: [0],
                        dropsPrivate: dropsPrivate
                    ),
                ],
                privateDomains: try allowed.map { try DomainName(text: $0).folded }
            ),
            upstreams: [[192, 0, 2, 100], [192, 0, 2, 101]]
        )
        return desk
    }

    private func upstream(_ data: [RecordData], ttl: UInt32 = 300) -> Desk.Upstream {
        { query in
            var reply = Replies.message(
                to: query,
                answers: data.map { Replies.record(query.name, $0, ttl: ttl) },
                isAuthentic: true
            )
            reply.additionals = [Replies.record(query.name, .a(IPv4Address(10, 9, 9, 9)))]
            return try Desk.answer(reply)
        }
    }

    @Test(
        "private, loopback, link-local and unspecified addresses, in IPv4 and in IPv6",
        arguments: [
            ("0.0.0.0", true), ("0.1.2.3", true), ("10.0.0.1", true), ("127.0.0.1", true),
            ("100.64.0.1", true), ("100.127.255.255", true), ("100.128.0.0", false),
            ("100.63.255.255", false), ("169.254.169.254", true), ("169.253.0.1", false),
            ("172.15.255.255", false), ("172.16.0.0", true), ("172.31.255.255", true),
            ("172.32.0.0", false), ("192.168.1.1", true), ("192.169.0.1", false),
            ("192.0.2.1", false), ("255.255.255.255", true), ("8.8.8.8", false),
            ("11.0.0.0", false), ("::", true), ("::1", true), ("::ffff:10.0.0.1", true),
            ("::ffff:8.8.8.8", false), ("::10.0.0.1", true), ("64:ff9b::192.168.0.1", true),
            ("64:ff9b::8.8.8.8", false), ("fc00::1", true), ("fdff::1", true), ("fe80::1", true),
            ("febf::1", true), ("fec0::1", true), ("fe00::1", false), ("ff02::1", false),
            ("2001:db8::1", false), ("2001:4860:4860::8888", false),
        ]
    )
    func addresses(text: String, isPrivate: Bool) throws {
        let address = try #require(IPAddress(text: text))
        #expect(PrivateAddresses.contains(address.octets) == isPrivate)
    }

    @Test("nothing is left: an empty answer that says why, and nothing is kept")
    func dropped() throws {
        var desk = try desk()
        let data: [RecordData] = [.a(IPv4Address(127, 0, 0, 1)), .a(IPv4Address(10, 0, 0, 1))]
        for _ in 0..<2 {
            let reply = try desk.ask("evil.example", edns: Self.edns, by: upstream(data))
            #expect(reply.responseCode == .noError && reply.answers.isEmpty)
            #expect(reply.additionals.isEmpty && !reply.header.authenticatedData)
            #expect(reply.edns?.extendedErrors.map(\.code.rawValue) == [15])
        }
        #expect(desk.asked.count == 2 && desk.state.cache.count == 0)
        // Without EDNS there is no room for a reason.
        let plain = try desk.ask("evil.example", by: upstream(data))
        #expect(plain.edns == nil && plain.answers.isEmpty)
    }

    @Test("public addresses beside them stay, and are kept alone")
    func mixed() throws {
        var desk = try desk()
        let good = RecordData.a(IPv4Address(192, 0, 2, 7))
        let data: [RecordData] = [.a(IPv4Address(192, 168, 0, 1)), good]
        for _ in 0..<2 {
            let reply = try desk.ask("some.example", edns: Self.edns, by: upstream(data))
            #expect(reply.answers.map(\.data) == [good])
        }
        #expect(desk.asked.count == 1)
    }

    @Test("AAAA too; other replies go through octet for octet")
    func untouched() throws {
        var desk = try desk()
        let mapped = try #require(
            IPv6Address(octets: [UInt8](repeating: 0, count: 10) + [255, 255, 10, 0, 0, 1])
        )
        let six = try desk.ask("six.example", .aaaa, by: upstream([.aaaa(mapped)]))
        #expect(six.answers.isEmpty)
        let query = try #require(
            ForwardedQuery(try Queries.octets("x.example"), overTCP: false)
        )
        let octets = try Replies.message(to: query, answers: [try Replies.address("x.example")])
            .encoded()
        #expect(PrivateAddresses.removed(from: octets) == octets)
    }

    @Test("off, in forward zones, and for domains that are allowed nothing is dropped")
    func allowed() throws {
        let data = RecordData.a(IPv4Address(10, 0, 0, 1))
        var off = try desk(dropsPrivate: false)
        #expect(try off.ask("evil.example", by: upstream([data])).answers.count == 1)
        var desk = try desk(allowed: ["Home.Example"])
        #expect(try desk.ask("nas.corp", by: upstream([data])).answers.count == 1)
        #expect(try desk.ask("nas.home.example", by: upstream([data])).answers.count == 1)
        #expect(try desk.ask("HOME.example", by: upstream([data])).answers.count == 1)
        #expect(try desk.ask("nothome.example", by: upstream([data])).answers.isEmpty)
    }

    @Test("an alias into a domain that is allowed is no way around")
    func alias() throws {
        var desk = try desk(allowed: ["home.example"])
        let reply = try desk.ask("evil.example") { query in
            try Desk.answer(
                Replies.message(
                    to: query,
                    answers: [
                        try Replies.alias("evil.example", "nas.home.example"),
                        Replies.record(
                            try DomainName(text: "nas.home.example"),
                            .a(IPv4Address(10, 0, 0, 1))
                        ),
                    ]
                )
            )
        }
        #expect(reply.answers.map(\.type) == [.cname])
    }

    @Test("a truncated reply that cannot be read gives nothing but TC")
    func truncated() throws {
        let query = try #require(
            ForwardedQuery(try Queries.octets("x.example"), overTCP: false)
        )
        var octets = try Replies.message(
            to: query,
            answers: [Replies.record(query.name, .a(IPv4Address(10, 0, 0, 1)))]
        ).encoded()
        octets[2] |= 0x02
        octets.removeLast()
        let reply = try Message(decoding: query.reply(from: PrivateAddresses.removed(from: octets)))
        #expect(reply.header.isTruncated && reply.answers.isEmpty)
    }

    @Test("protection and its exceptions are part of the rules: a reload empties the cache")
    func reload() throws {
        var desk = try desk(dropsPrivate: false)
        let data = RecordData.a(IPv4Address(10, 0, 0, 1))
        _ = try desk.ask("evil.example", by: upstream([data]))
        #expect(desk.state.cache.count == 1)
        let fresh = try self.desk()
        desk.state.update(
            settings: desk.state.settings,
            rules: fresh.state.rules,
            upstreams: [[192, 0, 2, 100], [192, 0, 2, 101]],
            keepsUpstreams: true
        )
        #expect(desk.state.cache.count == 0)
        #expect(fresh.state.rules != (try self.desk(allowed: ["a"])).state.rules)
    }
}
