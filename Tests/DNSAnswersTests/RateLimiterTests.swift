// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSAnswers

/// What a flood with forged sources can send to its victim.
@Suite("Response rate limiting")
struct RateLimiterTests {
    private static func address(_ text: String) throws -> ClientAddress {
        ClientAddress(try #require(IPAddress(text: text)))
    }

    /// How many of `count` queries at one time are answered.
    private static func answered(
        _ limiter: inout RateLimiter,
        _ client: ClientAddress,
        count: Int
    ) -> Int {
        var answered = 0
        for _ in 0..<count where limiter.decide(client) == .answer { answered += 1 }
        return answered
    }

    @Test(
        "a second's worth at once after a quiet second, then one at a time",
        arguments: [1, 3, 7, 100, 1000, 65_537]
    )
    func burst(rate: Int) throws {
        let limit = RateLimit(repliesPerSecond: rate, slip: 0)
        var limiter = RateLimiter(limit, table: RateTable(seed: 1), seed: 2)
        let client = try Self.address("192.0.2.1")
        limiter.beginBatch(now: 5000)
        #expect(Self.answered(&limiter, client, count: rate + 50) == rate)
        limiter.beginBatch(now: 5000 + UInt64((1000 + rate - 1) / rate))
        #expect(Self.answered(&limiter, client, count: rate + 50) == max(1, rate / 1000))
        limiter.beginBatch(now: 9000)
        #expect(Self.answered(&limiter, client, count: rate + 50) == rate)
    }

    @Test("over ten seconds of a flood ten times the rate leave, and the burst")
    func rate() throws {
        let limit = RateLimit(repliesPerSecond: 100, slip: 0)
        var limiter = RateLimiter(limit, table: RateTable(seed: 1), seed: 2)
        let client = try Self.address("192.0.2.1")
        var answered = 0
        for now in 0..<10_000 {
            limiter.beginBatch(now: UInt64(now))
            answered += Self.answered(&limiter, client, count: 10)
        }
        #expect((1095...1100).contains(answered), "\(answered)")
    }

    @Test("who stays below the limit never meets it")
    func below() throws {
        let limit = RateLimit(repliesPerSecond: 100, slip: 0)
        var limiter = RateLimiter(limit, table: RateTable(seed: 1), seed: 2)
        let client = try Self.address("192.0.2.1")
        for now in 0..<10_000 {
            limiter.beginBatch(now: UInt64(now * 10))
            #expect(limiter.decide(client) == .answer)
        }
    }

    @Test("one in `slip` over the limit is truncated", arguments: [0, 1, 2, 5, 10])
    func slip(slip: Int) throws {
        let limit = RateLimit(repliesPerSecond: 1, slip: slip)
        var limiter = RateLimiter(limit, table: RateTable(seed: 1), seed: 2)
        let client = try Self.address("192.0.2.1")
        #expect(limiter.decide(client) == .answer)
        var truncated = 0
        for _ in 0..<10_000 {
            switch limiter.decide(client) {
            case .answer: Issue.record("answered over the limit")
            case .truncate: truncated += 1
            case .drop: continue
            }
        }
        switch slip {
        case 0: #expect(truncated == 0)
        case 1: #expect(truncated == 10_000)
        default:
            let share = 10_000 / slip
            #expect((share - share / 10...share + share / 10).contains(truncated))
        }
    }

    @Test(
        "clients that are one network, and those that are not",
        arguments: [
            ("192.0.2.1", "192.0.2.254", true),
            ("192.0.2.1", "192.0.3.1", false),
            ("192.0.2.1", "::ffff:192.0.2.7", true),
            ("2001:db8:0:100::1", "2001:db8:0:1ff:ffff::9", true),
            ("2001:db8:0:100::1", "2001:db8:0:200::1", false),
            ("192.0.2.1", "0:ffff:c000:200::1", false),
            ("192.0.2.1", "::192.0.2.1", false),
        ]
    )
    func networks(first: String, second: String, isOne: Bool) throws {
        let limit = RateLimit(repliesPerSecond: 1, slip: 0)
        var limiter = RateLimiter(limit, table: RateTable(seed: 1), seed: 2)
        #expect(limiter.decide(try Self.address(first)) == .answer)
        #expect(limiter.decide(try Self.address(second)) == (isOne ? .drop : .answer))
    }

    @Test("loopback and exempt networks have no limit")
    func exempt() throws {
        let texts = ["10.0.0.0/8", "2001:db8::/32", "198.51.100.7/32", "::ffff:203.0.113.0/120"]
        let exempt = texts.compactMap { ClientNetwork($0) }
        try #require(exempt.count == texts.count)
        let limit = RateLimit(repliesPerSecond: 1, slip: 0, exempt: exempt)
        var limiter = RateLimiter(limit, table: RateTable(seed: 1), seed: 2)
        for text in [
            "127.0.0.1", "127.255.0.9", "::1", "10.0.0.1", "10.255.255.255", "2001:db8:ffff::1",
            "198.51.100.7", "203.0.113.200",
        ] {
            let client = try Self.address(text)
            #expect(Self.answered(&limiter, client, count: 100) == 100, "\(text)")
        }
        for text in ["11.0.0.1", "9.255.255.255", "2001:db9::1", "203.0.114.1", "::2"] {
            let client = try Self.address(text)
            #expect(Self.answered(&limiter, client, count: 100) == 1, "\(text)")
        }
        // Of the network of 198.51.100.7 the exempt address alone: what it took counts for all.
        #expect(limiter.decide(try Self.address("198.51.100.8")) == .drop)
    }

    @Test("all of one family is not the other's")
    func wholeFamilies() throws {
        let v4 = try Self.address("192.0.2.1")
        let v6 = try Self.address("2001:db8::1")
        let all4 = try #require(ClientNetwork("0.0.0.0/0"))
        let all6 = try #require(ClientNetwork("::/0"))
        #expect(all4.contains(v4) && !all4.contains(v6))
        #expect(all6.contains(v6) && !all6.contains(v4))
        // Bits behind the length.
        #expect(ClientNetwork("10.9.8.7/8") == ClientNetwork("10.0.0.0/8"))
    }

    @Test(
        "what is no network",
        arguments: ["", "/", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "a/8", "::/8/8"]
    )
    func noNetwork(text: String) { #expect(ClientNetwork(text) == nil) }

    @Test("a million forged networks do not free one that is at its limit, nor limit another")
    func pressure() throws {
        let limit = RateLimit(repliesPerSecond: 100, slip: 0)
        var limiter = RateLimiter(limit, table: RateTable(seed: 11), seed: 2)
        var random = Generator(seed: 12)
        let victim = try Self.address("192.0.2.1")
        let other = try Self.address("2001:db8:1::1")
        var answered = 0
        var forged = 0
        for now in 0..<1000 {
            limiter.beginBatch(now: UInt64(now))
            for _ in 0..<1000 {
                let number = random.next()
                let client =
                    number & 1 == 0
                    ? ClientAddress(v4: UInt32(truncatingIfNeeded: number &>> 32))
                    : ClientAddress(high: 0x2001_0db8_ffff_0000 ^ number &>> 16, low: number)
                if limiter.decide(client) == .answer { forged += 1 }
            }
            answered += Self.answered(&limiter, victim, count: 10)
            if now % 20 == 0 { #expect(limiter.decide(other) == .answer) }
        }
        // The burst and a second's worth.
        #expect((190...205).contains(answered), "\(answered)")
        // Each of them asked once or twice.
        #expect(forged > 999_000)
    }

    @Test("threads with one table share the limit, to the reply")
    func shared() async throws {
        let table = RateTable(seed: 1)
        let client = try Self.address("192.0.2.1")
        let total = await withTaskGroup(of: Int.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let limit = RateLimit(repliesPerSecond: 10_000, slip: 0)
                    var limiter = RateLimiter(limit, table: table, seed: UInt64(number))
                    limiter.beginBatch(now: 77)
                    return Self.answered(&limiter, client, count: 20_000)
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == 10_000)
    }

    @Test("a thread whose time is behind still sees the limit")
    func skew() throws {
        let table = RateTable(seed: 1)
        let limit = RateLimit(repliesPerSecond: 10, slip: 0)
        var first = RateLimiter(limit, table: table, seed: 2)
        var second = RateLimiter(limit, table: table, seed: 3)
        let client = try Self.address("192.0.2.1")
        first.beginBatch(now: 10_000)
        second.beginBatch(now: 7_000)
        #expect(Self.answered(&first, client, count: 20) == 10)
        #expect(Self.answered(&second, client, count: 20) == 0)
    }

    @Test("the ticks go round after 49 days, and nobody is limited by what was before")
    func wrap() throws {
        let limit = RateLimit(repliesPerSecond: 10, slip: 0)
        var limiter = RateLimiter(limit, table: RateTable(seed: 1), seed: 2)
        let client = try Self.address("192.0.2.1")
        let round: UInt64 = 1 << 32
        limiter.beginBatch(now: round - 50)
        #expect(Self.answered(&limiter, client, count: 20) == 10)
        limiter.beginBatch(now: round + 49)
        #expect(Self.answered(&limiter, client, count: 20) == 0)
        limiter.beginBatch(now: round + 50)
        #expect(Self.answered(&limiter, client, count: 20) == 1)
        limiter.beginBatch(now: round + round / 2)
        #expect(Self.answered(&limiter, client, count: 20) == 10)
    }

    @Test("another limit counts on with what was taken")
    func changed() throws {
        let table = RateTable(seed: 1)
        let client = try Self.address("192.0.2.1")
        var before = RateLimiter(RateLimit(repliesPerSecond: 10, slip: 0), table: table, seed: 2)
        before.beginBatch(now: 1000)
        #expect(Self.answered(&before, client, count: 20) == 10)
        var after = RateLimiter(RateLimit(repliesPerSecond: 1000, slip: 0), table: table, seed: 2)
        after.beginBatch(now: 1500)
        // Half a second went by since the bucket was empty.
        #expect(Self.answered(&after, client, count: 2000) == 500)
    }

    @Test("without a limit or a table everything is answered")
    func off() throws {
        let client = try Self.address("192.0.2.1")
        var unlimited = RateLimiter(RateLimit(), table: nil, seed: 1)
        let isOn = unlimited.isOn
        #expect(!isOn)
        #expect(Self.answered(&unlimited, client, count: 100) == 100)
        let tableless = RateLimiter(RateLimit(repliesPerSecond: 1), table: nil, seed: 1)
        let isTablelessOn = tableless.isOn
        #expect(!isTablelessOn)
    }
}
