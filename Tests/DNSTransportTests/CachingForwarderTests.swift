// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Forwarding
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import DNSTransport

extension OnSockets {
    /// What a forwarder with a cache promises over real sockets.
    @Suite("Caching forwarder")
    struct CachingForwarderTests {
        private func withForwarder(
            _ behaviours: [TestUpstream.Behaviour],
            timeout: Duration = .milliseconds(400),
            _ change: (inout Forwarder.Configuration) -> Void = { _ in },
            _ body: (Forwarder, [TestUpstream]) async throws -> Void
        ) async throws {
            try await ForwarderBench.run(behaviours) { configuration in
                configuration.timeout = timeout
                change(&configuration)
            } _: {
                try await body($0, $1)
            }
        }

        private func ask(
            _ forwarder: Forwarder,
            _ name: String,
            edns: EDNS? = nil
        ) async throws -> Message {
            let octets = try Queries.octets(name, edns: edns)
            return try Message(
                decoding: #require(await forwarder.forward(octets, overTCP: false))
            )
        }

        @Test("the second answer comes at once, on the asking thread, without the recursor")
        func hit() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, upstreams in
                _ = try await ask(forwarder, "www.example.net")
                await upstreams[0].stop()
                let octets = try Queries.octets("WWW.example.net", id: 0x9999)
                let reply = Mutex<[UInt8]?>(nil)
                forwarder.forward(octets, overTCP: false) { octets in
                    reply.withLock { $0 = octets }
                }
                // No waiting: the completion has been called.
                let message = try Message(decoding: #require(reply.withLock { $0 }))
                #expect(message.header.id == 0x9999)
                #expect(message.answers.map(\.type) == [.cname, .a])
                #expect(message.questions[0].name.description == "WWW.example.net.")
                // Over TCP as well, and for the targets of aliases.
                #expect(await forwarder.forward(octets, overTCP: true)?[3] == 0x80)
                #expect(
                    await forwarder.resolve(try DomainName(text: "www.example.net")).records.count
                        == 2
                )
                #expect(forwarder.counters.cacheHits == 3)
                #expect(forwarder.counters.cacheEntries == 1)
            }
        }

        @Test("DNSpooq: 5,000 clients ask the same at once, the recursor sees one question")
        func coalescing() async throws {
            let isOpen = Atomic<Bool>(false)
            let held = Mutex<[TestUpstream.Seen]>([])
            let behaviour: TestUpstream.Behaviour = { seen in
                if isOpen.load(ordering: .relaxed) { return Recursors.standard(seen) }
                held.withLock { $0.append(seen) }
                return []
            }
            try await withForwarder([behaviour], timeout: .seconds(20)) { configuration in
                configuration.settings.cacheSize = 0
            } _: { forwarder, upstreams in
                let octets = try Queries.octets("www.example.net")
                let good = await withTaskGroup(of: Bool.self) { group in
                    for number in 0..<5000 {
                        group.addTask {
                            let client = [10, 0, UInt8(number >> 8), UInt8(number & 255)]
                            let reply = await forwarder.forward(
                                octets,
                                overTCP: false,
                                client: client
                            )
                            return reply.map { $0[3] & 15 == 0 && $0.count > 60 } ?? false
                        }
                    }
                    while forwarder.counters.coalesced < 4999 { await Task.yield() }
                    isOpen.store(true, ordering: .relaxed)
                    if let seen = held.withLock({ $0.first }) {
                        for reply in Recursors.standard(seen) {
                            try? upstreams[0].send(reply, to: seen.port)
                        }
                    }
                    return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(good == 5000 && forwarder.counters.coalesced == 4999)
                // Where the clients took long to come, the one search has sent its question again.
                #expect((1...Search.maximumSends).contains(upstreams[0].seen.count))
            }
        }

        @Test("IDs and ports are spread over their whole ranges (Kaminsky, CVE-2026-50252)")
        func entropy() async throws {
            try await withForwarder([Recursors.standard], timeout: .seconds(5)) {
                forwarder,
                upstreams in
                let count = 2000
                await withTaskGroup(of: Void.self) { group in
                    for worker in 0..<20 {
                        group.addTask {
                            for number in 0..<count / 20 {
                                let name = "n\(number).w\(worker).example"
                                guard let octets = try? Queries.octets(name) else { continue }
                                _ = await forwarder.forward(octets, overTCP: false)
                            }
                        }
                    }
                }
                let seen = upstreams[0].seen
                // A question whose answer a busy machine keeps back is asked again.
                #expect((count...count * 21 / 20).contains(seen.count))
                for (values, range) in [
                    (seen.map { Int($0.id) }, 0..<65_536), (seen.map(\.port), 1024..<65_536),
                ] {
                    #expect(values.allSatisfy { range.contains($0) })
                    // 2,000 draws from 64,512: 1,970 different ones are expected.
                    #expect(Set(values).count > count * 19 / 20)
                    // 16 equal parts with 125 draws each: chi-square, 15 degrees of freedom; over
                    // 50 happens once in 80,000 times.
                    var parts = [Int](repeating: 0, count: 16)
                    for value in values {
                        parts[(value - range.lowerBound) * 16 / range.count] += 1
                    }
                    let expected = Double(seen.count) / 16
                    let square = parts.reduce(0.0) {
                        $0 + (Double($1) - expected) * (Double($1) - expected) / expected
                    }
                    #expect(square < 50, "\(parts)")
                }
                // Neither follows from the one before.
                let steps = zip(seen, seen.dropFirst()).map { Int($1.id) - Int($0.id) }
                #expect(Set(steps).count > count * 9 / 10)
            }
        }

        @Test("a flood of forged replies is not taken, and ends in TCP")
        func flood() async throws {
            let behaviour: TestUpstream.Behaviour = { seen in
                guard let real = Recursors.standard(seen).first else { return [] }
                guard !seen.overTCP else { return [real] }
                return (0..<500).map { number in
                    var forged = real
                    forged[0] ^= UInt8(1 + number % 255)
                    forged[forged.count - 1] = 66
                    return forged
                }
            }
            try await withForwarder([behaviour], timeout: .seconds(5)) { forwarder, upstreams in
                let reply = try await ask(forwarder, "x.example.net")
                #expect(reply.answers.map(\.data) == [.a(IPv4Address(192, 0, 2, 1))])
                #expect(upstreams[0].seen.map(\.overTCP) == [false, true])
                #expect(forwarder.counters.mismatches >= 100)
            }
        }

        @Test("a dead first recursor costs the first client one short timeout, and nobody later")
        func failover() async throws {
            try await withForwarder(
                [Recursors.silent, Recursors.standard],
                timeout: .seconds(5)
            ) { forwarder, upstreams in
                for number in 0..<20 {
                    let start = ContinuousClock.now
                    let reply1 = try await ask(forwarder, "x\(number).example")
                    #expect(reply1.answers.count == 1)
                    let took = ContinuousClock.now - start
                    #expect(took < .seconds(2))
                    if number > 0 { #expect(took < .milliseconds(400), "client \(number)") }
                }
                #expect(forwarder.counters.timeouts <= 2)
                #expect(forwarder.counters.probes >= 1)
                // What it saw was the first question, and probes.
                let questions = upstreams[0].seen.compactMap { $0.message?.questions.first?.name }
                #expect(questions.filter { $0.description.hasSuffix(".example.") }.count == 1)
            }
        }

        @Test("zones go to their own recursors, and share nothing with the rest")
        func zones() async throws {
            let corp = try await TestUpstream(Recursors.standard)
            try await withForwarder([Recursors.standard]) { configuration in
                configuration.zones = [
                    .init(
                        name: (try? DomainName(text: "corp.example")) ?? .root,
                        recursors: [corp.address]
                    )
                ]
            } _: { forwarder, upstreams in
                for name in ["host.corp.example", "HOST.Corp.example", "corp.example", "x.example"]
                {
                    _ = try await ask(forwarder, name)
                }
                func names(_ upstream: TestUpstream) -> [String] {
                    upstream.seen.compactMap { $0.message?.questions.first?.name.description }
                }
                #expect(names(corp) == ["host.corp.example.", "corp.example."])
                #expect(names(upstreams[0]) == ["x.example."])
                // Only zones: other names are refused.
                var configuration = forwarder.configuration
                configuration.recursors = []
                forwarder.update(configuration)
                #expect(forwarder.counters.cacheEntries == 0)
                let reply2 = try await ask(forwarder, "x.example")
                #expect(reply2.responseCode == .refused)
                let reply3 = try await ask(forwarder, "host.corp.example")
                #expect(reply3.answers.count == 1)
            }
            await corp.stop()
        }

        @Test("the reason of a failure is told to clients with EDNS (RFC 8914)")
        func reasons() async throws {
            let edns = EDNS(udpPayloadSize: 1232)
            try await withForwarder([Recursors.silent], timeout: .milliseconds(50)) {
                forwarder,
                _ in
                func codes() async throws -> [ExtendedDNSError.Code]? {
                    try await ask(forwarder, "x.example", edns: edns).edns?.extendedErrors.map(
                        \.code
                    )
                }
                let reply4 = try await codes()
                #expect(reply4 == [.noReachableAuthority])
                let reply5 = try await codes()
                #expect(reply5 == [.cachedError])
                let reply6 = try await ask(forwarder, "x.example")
                #expect(reply6.edns == nil)
                #expect(forwarder.counters.cachedFailures == 2)
            }
            let gone = try await TestUpstream(Recursors.silent)
            await gone.stop()
            try await withForwarder([]) { configuration in
                configuration.recursors = [gone.address]
            } _: { forwarder, _ in
                let reply = try await ask(forwarder, "x.example", edns: edns)
                #expect(reply.edns?.extendedErrors.map(\.code) == [.networkError])
            }
        }

        @Test("0x20: the question's case is drawn, its echo demanded, and nobody sees it")
        func caseRandomization() async throws {
            try await withForwarder([Recursors.standard]) { configuration in
                configuration.randomizesCase = true
            } _: { forwarder, upstreams in
                let name = "abcdefghijklmnopqrstuvwxyz.example"
                let reply = try await ask(forwarder, name)
                #expect(reply.answers[0].name.description == name + ".")
                let asked = upstreams[0].seen.first?.message?.questions.first?.name
                #expect(asked?.description != name + ".")
                #expect(asked?.folded.description == name + ".")
                let reply7 = try await ask(forwarder, name)
                #expect(reply7.answers[0].name.description == name + ".")
            }
            let folding: TestUpstream.Behaviour = { seen in
                Recursors.standard(seen).map { reply in
                    var reply = reply
                    for at in 12..<reply.count where (0x41...0x5a).contains(reply[at]) {
                        reply[at] |= 0x20
                    }
                    return reply
                }
            }
            try await withForwarder([folding], timeout: .milliseconds(100)) { configuration in
                configuration.randomizesCase = true
            } _: { forwarder, _ in
                let name = "abcdefghijklmnopqrstuvwxyz.example"
                let reply8 = try await ask(forwarder, name)
                #expect(reply8.responseCode == .serverFailure)
                #expect(forwarder.counters.mismatches == 1)
            }
        }

        @Test(
            "our own question is known by its port and ID: SERVFAIL at once, over both transports"
        )
        func ownQuestion() async throws {
            let ring = Mutex<Forwarder?>(nil)
            let behaviour: TestUpstream.Behaviour = { seen in
                let reply = Mutex<[UInt8]?>(nil)
                ring.withLock { $0 }?.forward(
                    seen.octets,
                    overTCP: seen.overTCP,
                    client: [127, 0, 0, 1],
                    port: UInt16(seen.port)
                ) { outcome in reply.withLock { $0 = outcome.reply } }
                // No waiting: it has been called.
                return reply.withLock { $0.map { [$0] } } ?? []
            }
            try await withForwarder([behaviour], timeout: .seconds(20)) { forwarder, upstreams in
                ring.withLock { $0 = forwarder }
                for overTCP in [false, true] {
                    let octets = try Queries.octets(
                        "x\(overTCP).example",
                        edns: EDNS(udpPayloadSize: 1232)
                    )
                    let reply = try Message(
                        decoding: #require(await forwarder.forward(octets, overTCP: overTCP))
                    )
                    #expect(reply.responseCode == .serverFailure)
                    #expect(reply.edns?.extendedErrors.map(\.text) == ["forwarding loop"])
                }
                #expect(upstreams[0].seen.count == 1)
                #expect(forwarder.counters.loops == 2)
                ring.withLock { $0 = nil }
            }
        }

        @Test("a recursor that forwards to us is found out, and nothing ends by it")
        func loop() async throws {
            // The recursor asks us again whatever it is asked, as a forwarder in a ring does.
            let ring = Mutex<Forwarder?>(nil)
            let behaviour: TestUpstream.Behaviour = { seen in
                ring.withLock { $0 }?.forward(seen.octets, overTCP: false) { _ in }
                return []
            }
            try await withForwarder([behaviour], timeout: .milliseconds(100)) {
                forwarder,
                upstreams in
                ring.withLock { $0 = forwarder }
                let reply9 = try await ask(forwarder, "x.example")
                #expect(reply9.responseCode == .serverFailure)
                // The next question sends the probe along, which comes back.
                let reply10 = try await ask(forwarder, "y.example")
                #expect(reply10.responseCode == .serverFailure)
                while forwarder.counters.loops == 0 { await Task.yield() }
                // Each question went round once, not for ever.
                #expect(upstreams[0].seen.count <= 4)
                ring.withLock { $0 = nil }
            }
        }
    }
}
