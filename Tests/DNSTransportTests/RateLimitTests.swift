// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSAnswers
@testable import DNSTransport

extension OnSockets {
    /// The attack class reflection and amplification: queries with the victim's address as source.
    @Suite("Reflection and amplification: response rate limit")
    struct RateLimitTests {
        /// A limit that holds for loopback, too.
        private static func limit(_ rate: Int, slip: Int) -> RateLimit {
            var limit = RateLimit(repliesPerSecond: rate, slip: slip)
            limit.exemptsLoopback = false
            return limit
        }

        /// Sends queries that are dropped or not, and waits until all were looked at.
        private static func flood(
            _ test: TestServer,
            _ client: TestClient,
            _ query: [UInt8],
            count: Int
        ) async {
            let before = test.server.counters.datagrams
            for number in 1...UInt64(count) {
                client.send(query)
                while test.server.counters.datagrams < before + number { await Task.yield() }
            }
        }

        @Test("over the limit a client is told to come over TCP, where it is answered")
        func slips() async throws {
            let test = try await TestServer(rateLimit: Self.limit(5, slip: 1))
            let client = try TestClient(test.endpoint)
            let query = try Queries.octets("many.service.consul", .srv)
            let start = ContinuousClock.now
            var full = 0
            var truncated: [[UInt8]] = []
            for _ in 0..<200 {
                let reply = try #require(client.ask(query))
                if reply.count > query.count { full += 1 } else { truncated.append(reply) }
            }
            let seconds = Int((ContinuousClock.now - start) / .seconds(1)) + 1
            #expect(full >= 5 && full <= 5 + 5 * seconds)
            try #require(truncated.count == 200 - full)
            #expect(test.server.counters.rateSlipped == UInt64(200 - full))
            #expect(test.server.counters.rateDropped == 0)
            #expect(test.server.counters.silent == 0)
            let message = try Message(decoding: try #require(truncated.first))
            #expect(message.header.isTruncated && message.header.id == 0x1234)
            #expect(message.responseCode == .noError && message.answers.isEmpty)
            let questions = try Message(decoding: query).questions
            #expect(message.questions == questions)
            let stream = try TestClient(test.endpoint, overTCP: true)
            let answer = try Message(decoding: #require(stream.ask(query)))
            #expect(answer.answers.count == 60)
            await test.stop()
        }

        @Test(
            "a flood leaves its limit, whichever line would answer",
            arguments: ["web.service.consul", "consul", "www.example.net", "none.service.consul"]
        )
        func drops(name: String) async throws {
            let upstream = try await TestUpstream(Recursors.standard)
            let test = try await TestServer(
                recursors: [upstream.address],
                rateLimit: Self.limit(1, slip: 0)
            )
            let client = try TestClient(test.endpoint)
            let query = try Queries.octets(name, name == "consul" ? .soa : .a)
            let start = ContinuousClock.now
            await Self.flood(test, client, query, count: 100)
            let most = UInt64((ContinuousClock.now - start) / .seconds(1)) + 2
            #expect(client.receive() != nil)
            let counters = test.server.counters
            #expect(counters.rateDropped >= 100 - most && counters.rateDropped < 100)
            #expect(counters.rateSlipped == 0 && counters.silent == 0)
            #expect(counters.fastAnswers + counters.handedOver == 100 - counters.rateDropped)
            #expect(UInt64(upstream.seen.count) <= most)
            await test.stop()
            await upstream.stop()
        }

        @Test("what gets no reply takes nothing from the limit")
        func silent() async throws {
            let test = try await TestServer(workers: 1, rateLimit: Self.limit(1, slip: 0))
            let client = try TestClient(test.endpoint)
            var reply = try Queries.octets("web.service.consul")
            reply[2] |= 0x80
            await Self.flood(test, client, reply, count: 20)
            await Self.flood(test, client, [1, 2, 3], count: 20)
            #expect(client.ask(try Queries.octets("web.service.consul")) != nil)
            #expect(test.server.counters.silent == 40)
            #expect(test.server.counters.rateDropped == 0)
            await test.stop()
        }

        @Test("clients on loopback have no limit", arguments: ["127.0.0.1", "::1"])
        func loopback(address: String) async throws {
            let test = try await TestServer(
                addresses: [address],
                rateLimit: RateLimit(repliesPerSecond: 1, slip: 0)
            )
            let client = try TestClient(test.endpoint)
            let query = try Queries.octets("web.service.consul")
            for _ in 0..<50 { #expect(client.ask(query) != nil) }
            #expect(test.server.counters.rateDropped == 0)
            await test.stop()
        }

        @Test("IPv6, and IPv4 on a dual-stack socket, are limited", arguments: ["::1", "::"])
        func families(address: String) async throws {
            let test = try await TestServer(
                addresses: [address],
                rateLimit: Self.limit(1, slip: 0)
            )
            let port = test.endpoint.port
            let host = address == "::" ? "127.0.0.1" : "::1"
            let client = try TestClient(try #require(DNSEndpoint(host: host, port: port)))
            await Self.flood(test, client, try Queries.octets("web.service.consul"), count: 50)
            #expect(test.server.counters.rateDropped > 20)
            await test.stop()
        }

        @Test("another limit holds from the next datagram on")
        func reload() async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint)
            let query = try Queries.octets("web.service.consul")
            func isTruncated() throws -> Bool {
                let reply = try #require(client.ask(query))
                return reply[2] & 2 != 0
            }
            func truncated() throws -> Int {
                var truncated = 0
                for _ in 0..<40 { truncated += try isTruncated() ? 1 : 0 }
                return truncated
            }
            #expect(try truncated() == 0)
            test.server.updateRateLimit(Self.limit(1, slip: 1))
            #expect(try truncated() > 20)
            test.server.updateRateLimit(Self.limit(100_000, slip: 1))
            // What was taken at the lower rate counts on.
            while try isTruncated() { await Task.yield() }
            test.server.updateRateLimit(Self.limit(1, slip: 1))
            #expect(try truncated() > 20)
            test.server.updateRateLimit(RateLimit())
            #expect(try truncated() == 0)
            await test.stop()
        }
    }
}

@Suite("A truncated reply in place of a query")
struct TruncatedReplyTests {
    private func written(_ query: [UInt8]) -> [UInt8] {
        var octets = query
        let length = unsafe octets.withUnsafeMutableBytes { unsafe TruncatedReply.write(over: $0) }
        return Array(octets.prefix(length))
    }

    @Test("the question stays, and OPT without options", arguments: [false, true])
    func edns(isDO: Bool) throws {
        var edns = EDNS(udpPayloadSize: 4096)
        edns.dnssecOK = isDO
        let plain = try Queries.octets("web.service.consul")
        let query = try Queries.octets("web.service.consul", edns: edns)
        let reply = try Message(decoding: written(query))
        #expect(reply.header.isTruncated && reply.header.isResponse)
        #expect(reply.edns?.udpPayloadSize == 1232 && reply.edns?.dnssecOK == isDO)
        let questions = try Message(decoding: query).questions
        #expect(reply.questions == questions)
        let bare = try Message(decoding: written(plain))
        #expect(bare.header.isTruncated && bare.edns == nil && written(plain).count == plain.count)
    }

    @Test("an option is left out, and its length says so")
    func options() throws {
        var query = try Queries.octets("web.service.consul", edns: EDNS(udpPayloadSize: 4096))
        // A cookie of eight octets (RFC 7873 §4.1).
        query[query.count - 1] = 12
        query += [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        let reply = written(query)
        #expect(reply.count == query.count - 12)
        #expect(try Message(decoding: reply).edns?.udpPayloadSize == 1232)
    }

    @Test("whatever the octets: a reply with TC, never longer than what was sent")
    func bounds() throws {
        var generator = Generator(seed: 5)
        let query = try Queries.octets("web.service.consul", edns: EDNS(udpPayloadSize: 4096))
        for _ in 0..<20_000 {
            var octets = Array(query.prefix(12 + generator.below(query.count - 11)))
            for _ in 0..<generator.below(4) {
                octets[generator.below(octets.count)] = UInt8(generator.below(256))
            }
            // A reply gets none.
            octets[2] &= 0x7f
            let reply = written(octets)
            #expect(reply.count >= 12 && reply.count <= octets.count)
            #expect(reply[2] & 0x82 == 0x82 && reply[3] & 15 == 0)
            #expect(reply.prefix(2) == octets.prefix(2))
        }
    }
}
