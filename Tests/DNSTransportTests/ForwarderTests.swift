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
    /// Cases of spec/dns.md 7.2 "Recursion" that a forwarder alone can show, and its own promises.
    @Suite("Forwarder")
    struct ForwarderTests {
        /// A forwarder in front of recursors with these behaviours.
        private func withForwarder(
            _ behaviours: [TestUpstream.Behaviour],
            timeout: Duration = .milliseconds(200),
            strategy: RecursorStrategy = .sequential,
            maximumInFlight: Int = 4096,
            _ body: (Forwarder, [TestUpstream]) async throws -> Void
        ) async throws {
            try await ForwarderBench.run(behaviours) { configuration in
                configuration.strategy = strategy
                configuration.timeout = timeout
                configuration.maximumInFlight = maximumInFlight
            } _: {
                try await body($0, $1)
            }
        }

        private func ask(
            _ forwarder: Forwarder,
            _ name: String,
            _ type: RecordType = .a,
            edns: EDNS? = nil,
            overTCP: Bool = false
        ) async throws -> Message {
            let octets = try Queries.octets(name, type, edns: edns)
            let reply = try #require(await forwarder.forward(octets, overTCP: overTCP))
            #expect(reply.count <= (overTCP ? 65535 : max(512, Int(edns?.udpPayloadSize ?? 0))))
            let message = try Message(decoding: reply)
            #expect(message.header.id == 0x1234)
            #expect(message.header.recursionDesired && message.header.recursionAvailable)
            #expect(!message.header.isAuthoritative)
            return message
        }

        @Test("DNS-278 relays the chain of another zone")
        func relays() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, _ in
                let reply = try await ask(forwarder, "www.example.net")
                #expect(reply.responseCode == .noError)
                #expect(reply.answers.map(\.type) == [.cname, .a])
                #expect(reply.answers.map(\.ttl) == [300, 300])
                #expect(reply.edns == nil)
                let times = Array(forwarder.counters.upstreamDurations.values)
                #expect(times.map { $0.counts.reduce(0, +) } == [1])
            }
        }

        @Test("DNS-279 relays a name error with its SOA")
        func nameError() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, _ in
                let reply = try await ask(forwarder, "nx.example.net")
                #expect(reply.responseCode == .nameError)
                #expect(reply.authorities.map(\.type) == [.soa])
            }
        }

        @Test("DNS-280 asks both recursors before SERVFAIL")
        func bothFail() async throws {
            try await withForwarder([Recursors.standard, Recursors.standard]) {
                forwarder,
                upstreams in
                let reply = try await ask(forwarder, "sf.example.net")
                #expect(reply.responseCode == .serverFailure)
                #expect(reply.answers.isEmpty && reply.authorities.isEmpty)
                #expect(upstreams.map(\.seen.count) == [1, 1])
            }
        }

        @Test("DNS-281 (diverging) asks again over TCP when the reply is truncated")
        func truncated() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, upstreams in
                let reply = try await ask(forwarder, "tc.example.net")
                #expect(!reply.header.isTruncated)
                #expect(reply.answers.count == 1)
                #expect(upstreams[0].seen.map(\.overTCP) == [false, true])
                #expect(forwarder.counters.tcpRetries == 1)
            }
        }

        @Test("relays the truncated reply when TCP brings nothing")
        func truncatedOnly() async throws {
            let behaviour: TestUpstream.Behaviour = { $0.overTCP ? [] : Recursors.standard($0) }
            try await withForwarder([behaviour]) { forwarder, _ in
                let reply = try await ask(forwarder, "tc.example.net")
                #expect(reply.header.isTruncated)
                #expect(reply.responseCode == .noError)
            }
        }

        @Test("DNS-282 asks over TCP for a client over TCP")
        func overTCP() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, upstreams in
                let reply = try await ask(forwarder, "tc.example.net", overTCP: true)
                #expect(reply.answers.count == 1)
                #expect(upstreams[0].seen.map(\.overTCP) == [true])
            }
        }

        @Test("DNS-283 (diverging) cuts a large reply to the client's 512 octets, with TC")
        func large() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, _ in
                let reply = try await ask(forwarder, "big.example.net")
                #expect(reply.responseCode == .noError)
                #expect(reply.header.isTruncated)
                #expect(reply.answers.count == (512 - 12 - 21) / 16)
                let whole = try await ask(
                    forwarder,
                    "big.other.example.net",
                    edns: EDNS(udpPayloadSize: 1232)
                )
                #expect(!whole.header.isTruncated)
                #expect(whole.answers.count == 60)
                #expect(whole.edns?.udpPayloadSize == 1232)
            }
        }

        @Test("DNS-284, DNS-285 forwards DS and PTR as any type", arguments: [RecordType.ds, .ptr])
        func types(type: RecordType) async throws {
            try await withForwarder([Recursors.standard]) { forwarder, upstreams in
                let reply = try await ask(forwarder, "web.service.consul", type)
                #expect(reply.answers.count == 1)
                #expect(upstreams[0].seen.first?.message?.questions.first?.type == type)
            }
        }

        @Test(
            "DNS-288, DNS-289 asks the next recursor after another code",
            arguments: [ResponseCode.serverFailure, .refused, .formatError, .notImplemented]
        )
        func nextRecursor(code: ResponseCode) async throws {
            try await withForwarder([Recursors.code(code), Recursors.standard]) {
                forwarder,
                upstreams in
                let reply = try await ask(forwarder, "x.example.net")
                #expect(reply.answers.map(\.data) == [.a(IPv4Address(192, 0, 2, 1))])
                #expect(upstreams.map(\.seen.count) == [1, 1])
            }
        }

        @Test("DNS-290 asks the next recursor after silence, within one timeout")
        func silence() async throws {
            try await withForwarder([Recursors.silent, Recursors.standard]) { forwarder, _ in
                let start = ContinuousClock.now
                let reply = try await ask(forwarder, "x.example.net")
                #expect(reply.answers.count == 1)
                // Timers of the event loop may end a little early.
                #expect(ContinuousClock.now - start >= .milliseconds(150))
                #expect(forwarder.counters.timeouts == 1)
            }
        }

        @Test("DNS-291 a name error is final")
        func nameErrorIsFinal() async throws {
            try await withForwarder([Recursors.code(.nameError), Recursors.standard]) {
                forwarder,
                upstreams in
                let reply = try await ask(forwarder, "x.example.net")
                #expect(reply.responseCode == .nameError)
                #expect(upstreams.map(\.seen.count) == [1, 0])
            }
        }

        @Test("DNS-292 all silent: SERVFAIL with OPT and ECS of scope 0, after one timeout each")
        func allSilent() async throws {
            try await withForwarder([Recursors.silent, Recursors.silent]) { forwarder, _ in
                let subnet = ClientSubnet(
                    family: 1,
                    sourceLength: 24,
                    scopeLength: 24,
                    address: [192, 0, 2]
                )
                let start = ContinuousClock.now
                let reply = try await ask(
                    forwarder,
                    "x.example.net",
                    edns: EDNS(udpPayloadSize: 1232, options: [subnet.option])
                )
                let took = ContinuousClock.now - start
                #expect(reply.responseCode == .serverFailure)
                #expect(reply.edns?.udpPayloadSize == 1232)
                #expect(reply.edns?.clientSubnet?.scopeLength == 0)
                #expect(reply.edns?.clientSubnet?.sourceLength == 24)
                #expect(reply.edns?.clientSubnet?.address == [192, 0, 2])
                #expect(took >= .milliseconds(300) && took < .seconds(3))
                #expect(forwarder.counters.failures == 1)
            }
        }

        @Test(
            "DNS-293 (diverging) a chase goes on to the next recursor after another code",
            arguments: [ResponseCode.serverFailure, .refused, .formatError, .notImplemented]
        )
        func chaseGoesOn(code: ResponseCode) async throws {
            try await withForwarder([Recursors.code(code), Recursors.standard]) {
                forwarder,
                upstreams in
                let name = try DomainName(text: "www.example.net")
                #expect(await forwarder.resolve(name).records.map(\.type) == [.cname, .a])
                let query = try #require(upstreams[0].seen.first?.message)
                #expect(query.header.recursionDesired)
                #expect(query.questions.map(\.type) == [.a])
                #expect(await forwarder.resolve(name, .aaaa).records.map(\.type) == [.cname])
                #expect(upstreams[1].seen.last?.message?.questions.map(\.type) == [.aaaa])
            }
        }

        @Test("a chase takes the chain of its name and nothing else, each name once")
        func chaseTakesTheChain() async throws {
            let behaviour: TestUpstream.Behaviour = { seen in
                guard let query = seen.message, let question = query.questions.first,
                    let www = try? DomainName(text: "www.example.net"),
                    let real = try? DomainName(text: "real.example.net"),
                    let bank = try? DomainName(text: "bank.example")
                else { return [] }
                let reply = Message(
                    header: Header(id: query.header.id, isResponse: true),
                    questions: [question],
                    answers: [
                        Recursors.record(www, .cname(real)), Recursors.record(real, .cname(www)),
                        Recursors.record(bank, .a(IPv4Address(6, 6, 6, 6))),
                    ]
                )
                return (try? reply.encoded()).map { [$0] } ?? []
            }
            try await withForwarder([behaviour]) { forwarder, _ in
                let records = await forwarder.resolve(try DomainName(text: "www.example.net"))
                    .records
                #expect(records.map(\.name.description) == ["www.example.net."])
            }
        }

        @Test("DNS-294 a chase goes on after silence")
        func chaseAfterSilence() async throws {
            try await withForwarder([Recursors.silent, Recursors.standard]) { forwarder, _ in
                let records = await forwarder.resolve(try DomainName(text: "www.example.net"))
                    .records
                #expect(records.map(\.type) == [.cname, .a])
            }
        }

        @Test("what is sent upstream: own ID, own port, EDNS 1232, not the client's network")
        func upstreamQuery() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, upstreams in
                let subnet = ClientSubnet(
                    family: 1,
                    sourceLength: 24,
                    scopeLength: 0,
                    address: [192, 0, 2]
                )
                let edns = EDNS(udpPayloadSize: 4096, dnssecOK: true, options: [subnet.option])
                for number in 0..<50 {
                    _ = try await ask(forwarder, "X\(number).example.net", edns: edns)
                }
                let seen = upstreams[0].seen
                #expect(seen.count == 50)
                for (number, query) in seen.enumerated() {
                    let message = try #require(query.message)
                    #expect(message.edns?.udpPayloadSize == 1232)
                    #expect(message.edns?.dnssecOK == true)
                    #expect(message.edns?.options == [])
                    #expect(
                        message.questions.first?.name.description == "X\(number).example.net."
                    )
                }
                // 50 draws from 65,536 IDs and 64,512 ports: equal ones are rare.
                #expect(Set(seen.map(\.id)).count > 40)
                #expect(Set(seen.map(\.port)).count > 40)
            }
        }

        @Test("RD=0 is forwarded all the same")
        func recursionNotDesired() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, upstreams in
                let octets = try Queries.octets("x.example.net", recursionDesired: false)
                let reply = try Message(
                    decoding: #require(await forwarder.forward(octets, overTCP: false))
                )
                #expect(reply.answers.count == 1)
                #expect(upstreams[0].seen.first?.message?.header.recursionDesired == false)
            }
        }

        @Test("forged replies are ignored and counted, the true one is still taken")
        func forged() async throws {
            let behaviour: TestUpstream.Behaviour = { seen in
                guard let real = Recursors.standard(seen).first else { return [] }
                var wrongID = real
                wrongID[1] ^= 1
                var wrongName = real
                wrongName[13] ^= 1
                var wrongType = real
                wrongType[12 + 15 + 1] ^= 0x1d
                var query = real
                query[2] &= 0x7f
                let none = Array(real[..<5])
                return [wrongID, wrongName, wrongType, query, none, [], real]
            }
            try await withForwarder([behaviour]) { forwarder, _ in
                let reply = try await ask(forwarder, "x.example.net")
                #expect(reply.answers.map(\.data) == [.a(IPv4Address(192, 0, 2, 1))])
                #expect(forwarder.counters.mismatches == 6)
            }
        }

        @Test("a reply from another address is never seen, even with the right ID")
        func otherPeer() async throws {
            let other = try await TestUpstream(Recursors.silent)
            let behaviour: TestUpstream.Behaviour = { seen in
                guard var forged = Recursors.standard(seen).first else { return [] }
                forged[forged.count - 12] = 66
                try? other.send(forged, to: seen.port)
                return []
            }
            try await withForwarder([behaviour]) { forwarder, _ in
                let reply = try await ask(forwarder, "x.example.net")
                #expect(reply.responseCode == .serverFailure)
                #expect(forwarder.counters.mismatches == 0)
            }
            await other.stop()
        }

        @Test("a server that does not know EDNS is asked without")
        func withoutEDNS() async throws {
            let behaviour: TestUpstream.Behaviour = { seen in
                guard var message = seen.message, message.edns != nil else {
                    return Recursors.standard(seen)
                }
                message.edns = nil
                message.header.isResponse = true
                message.header.responseCode = .formatError
                return (try? message.encoded()).map { [$0] } ?? []
            }
            try await withForwarder([behaviour]) { forwarder, upstreams in
                let reply = try await ask(forwarder, "x.example.net")
                #expect(reply.answers.count == 1)
                #expect(upstreams[0].seen.map { $0.message?.edns != nil } == [true, false])
            }
        }

        @Test("a recursor that is not there is passed over at once")
        func refusedPort() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, upstreams in
                let gone = try await TestUpstream(Recursors.silent)
                await gone.stop()
                var configuration = forwarder.configuration
                configuration.recursors = [gone.address, upstreams[0].address]
                configuration.timeout = .seconds(5)
                forwarder.update(configuration)
                let start = ContinuousClock.now
                let first = try await ask(forwarder, "x.example.net")
                #expect(first.answers.count == 1)
                let second = try await ask(forwarder, "y.example.net", overTCP: true)
                #expect(second.answers.count == 1)
                #expect(ContinuousClock.now - start < .seconds(4))
            }
        }

        @Test("DNS-377 random strategy begins with either recursor")
        func random() async throws {
            try await withForwarder(
                [Recursors.standard, Recursors.standard],
                strategy: .random
            ) { forwarder, upstreams in
                for number in 0..<64 { _ = try await ask(forwarder, "x\(number).example.net") }
                #expect(upstreams.allSatisfy { $0.seen.count > 8 })
            }
        }

        @Test("over the limit of open queries SERVFAIL comes at once")
        func limit() async throws {
            try await withForwarder(
                [Recursors.silent],
                timeout: .seconds(1),
                maximumInFlight: 4
            ) { forwarder, _ in
                let queries = try (0..<10).map { try Queries.octets("x\($0).example.net") }
                let codes = await withTaskGroup(of: UInt8.self) { group in
                    for octets in queries {
                        group.addTask { await forwarder.forward(octets, overTCP: false)?[3] ?? 0 }
                    }
                    return await group.reduce(into: []) { $0.append($1 & 15) }
                }
                #expect(codes == Array(repeating: 2, count: 10))
                #expect(forwarder.counters.refusals == 6)
                #expect(forwarder.counters.attempts == 4)
            }
        }

        @Test("stopping fails what is open and returns with every socket closed")
        func stopping() async throws {
            let upstream = try await TestUpstream(Recursors.silent)
            let forwarder = Forwarder(
                configuration: Forwarder.Configuration(
                    recursors: [upstream.address],
                    timeout: .seconds(60)
                ),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: Logger(label: "test")
            )
            let octets = try Queries.octets("x.example.net")
            async let first = forwarder.forward(octets, overTCP: false)
            async let second = forwarder.forward(octets, overTCP: true)
            while upstream.seen.count < 2 { await Task.yield() }
            await forwarder.stop()
            #expect(await first?[3] == 0x82)
            #expect(await second?[3] == 0x82)
            #expect(forwarder.counters.inFlight == 0)
            #expect(await forwarder.forward(octets, overTCP: false)?[3] == 0x82)
            await upstream.stop()
        }

        @Test("octets that are no query get no reply, a query without question a bare SERVFAIL")
        func notAQuery() async throws {
            try await withForwarder([Recursors.standard]) { forwarder, _ in
                #expect(await forwarder.forward([1, 2, 3], overTCP: false) == nil)
                let bare: [UInt8] = [9, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
                #expect(
                    await forwarder.forward(bare, overTCP: false)
                        == [9, 9, 0x81, 0x82, 0, 0, 0, 0, 0, 0, 0, 0]
                )
            }
        }

        @Test("100,000 queries leave no descriptor and little memory")
        func leaks() async throws {
            try await withForwarder([Recursors.standard], timeout: .seconds(5)) { forwarder, _ in
                var configuration = forwarder.configuration
                configuration.settings.cacheSize = 0
                forwarder.update(configuration)
                let queries = try (0..<50).map { try Queries.octets("x\($0).example.net") }
                func run(_ count: Int) async -> Int {
                    await withTaskGroup(of: Bool.self) { group in
                        for octets in queries {
                            group.addTask {
                                var good = 0
                                for _ in 0..<count / 50 {
                                    let reply = await forwarder.forward(octets, overTCP: false)
                                    if let reply, reply.count > 40 { good += 1 }
                                }
                                return good == count / 50
                            }
                        }
                        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                    }
                }
                #expect(await run(1000) == 50)
                let before = (ProcessState.descriptors(), ProcessState.residentKilobytes())
                #expect(await run(100_000) == 50)
                let after = ProcessState.residentKilobytes()
                #expect(try await ProcessState.settles(atMost: before.0 + 4))
                // Other suites allocate meanwhile; a kilobyte a query would be far above.
                #expect(after - before.1 < 60_000)
            }
        }
    }
}
