// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import DNSWire
import DNSZones
import Glibc
import Logging
import NIOPosix
import Synchronization
import Testing

@testable import DNSTransport

extension OnSockets {
    @Suite("DNS server")
    struct DNSServerTests {
        private func answers(_ reply: [UInt8]?) throws -> [ResourceRecord] {
            try Message(decoding: #require(reply)).answers
        }

        @Test(
            "answers over UDP on the fast line and over TCP on the same port",
            arguments: [false, true]
        )
        func answersCatalog(overTCP: Bool) async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint, overTCP: overTCP)
            let records = try answers(client.ask(Queries.octets("web.service.consul")))
            #expect(
                Set(records.map(\.data)) == [
                    .a(IPv4Address(10, 0, 0, 1)), .a(IPv4Address(10, 0, 0, 2)),
                ]
            )
            let counters = test.server.counters
            #expect(counters.fastAnswers == (overTCP ? 0 : 1))
            #expect(counters.streamQueries == (overTCP ? 1 : 0))
            #expect(counters.slowAnswers == 0)
            await test.stop()
        }

        /// A zone with an address, a wildcard and an alias into the catalog.
        private func zones() throws -> ZoneSet {
            func name(_ text: String) throws -> DomainName { try DomainName(text: text) }
            let apex = try name("corp.example")
            let soa = StartOfAuthority(
                primary: apex,
                mailbox: apex,
                serial: 1,
                refresh: 1,
                retry: 1,
                expire: 1,
                minimum: 60
            )
            let rows: [(String, RecordData)] = [
                ("corp.example", .soa(soa)), ("corp.example", .ns(try name("ns.example"))),
                ("www.corp.example", .a(IPv4Address(192, 0, 2, 1))),
                ("*.apps.corp.example", .a(IPv4Address(192, 0, 2, 2))),
                ("web.corp.example", .cname(try name("web.service.consul"))),
            ]
            let records = try rows.map {
                ResourceRecord(name: try name($0.0), ttl: 60, data: $0.1)
            }
            return ZoneSet(zones: [try Zone.make(apex: apex, records: records)])
        }

        @Test("static zones are answered where the query came in", arguments: [false, true])
        func staticZones(overTCP: Bool) async throws {
            let test = try await TestServer(zones: zones())
            let client = try TestClient(test.endpoint, overTCP: overTCP)
            for (text, count) in [("www.corp.example", 1), ("a.apps.corp.example", 1)] {
                #expect(try answers(client.ask(Queries.octets(text))).count == count)
            }
            let missing = try Message(
                decoding: #require(client.ask(Queries.octets("nope.corp.example")))
            )
            #expect(missing.responseCode == .nameError)
            #expect(missing.authorities.map(\.ttl) == [60])
            #expect(test.server.counters.fastAnswers == (overTCP ? 0 : 3))
            #expect(test.server.counters.slowAnswers == 0)
            // An alias into the catalog is followed by the slow line.
            #expect(try answers(client.ask(Queries.octets("web.corp.example"))).count == 3)
            #expect(test.server.counters.slowAnswers == 1)
            await test.stop()
        }

        @Test(
            "what the fast line hands over is answered by the slow line",
            arguments: [false, true]
        )
        func slow(overTCP: Bool) async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint, overTCP: overTCP)
            let records = try answers(client.ask(Queries.octets("consul", .soa)))
            #expect(records.map(\.type) == [.soa])
            #expect(test.server.counters.slowAnswers == 1)
            await test.stop()
        }

        @Test(
            "how long replies take is counted by what they were made from, one time in 64 for all",
            arguments: [false, true]
        )
        func durations(overTCP: Bool) async throws {
            let test = try await TestServer(zones: zones())
            let client = try TestClient(test.endpoint, overTCP: overTCP)
            func counted() -> [QuerySource: UInt64] {
                let counters = test.server.counters
                let all = overTCP ? counters.streamDurations : counters.datagramDurations
                let other = overTCP ? counters.datagramDurations : counters.streamDurations
                #expect(other.allSatisfy { $0 == DurationCounts() })
                #expect(all.allSatisfy { ($0.nanoseconds > 0) == ($0.counts.reduce(0, +) > 0) })
                let sums = zip(QuerySource.allCases, all.map { $0.counts.reduce(0, +) })
                return Dictionary(uniqueKeysWithValues: sums.filter { $0.1 > 0 })
            }
            // One reply more each time: it is sent before its time is counted.
            for _ in 0..<65 { _ = try client.ask(Queries.octets("web.service.consul")) }
            #expect(counted() == [.catalog: 64])
            for _ in 0..<64 { _ = try client.ask(Queries.octets("www.corp.example")) }
            #expect(counted() == [.catalog: 64, .zone: 64])
            // The slow line counts each.
            _ = try client.ask(Queries.octets("consul", .soa))
            #expect(counted() == [.catalog: 65, .zone: 64])
            #expect(test.server.counters.workerDurations.total == (overTCP ? 0 : 128))
            #expect(test.server.counters.slowDurations.total == 1)
            await test.stop()
        }

        @Test("steps of durations have the bounds that they are said to have")
        func steps() {
            for (step, bound) in DurationCounts.bounds.enumerated() {
                #expect(DurationCounts.step(ofNanoseconds: bound) == step)
                #expect(DurationCounts.step(ofNanoseconds: bound + 1) == step + 1)
            }
            #expect(DurationCounts.step(ofNanoseconds: 0) == 0)
            #expect(DurationCounts.step(ofNanoseconds: .max) == DurationCounts.bounds.count)
            #expect(DurationCounts().counts.count == DurationCounts.bounds.count + 1)
        }

        @Test("replies over UDP that say that there is more are counted, of either line")
        func truncated() async throws {
            let test = try await TestServer(truncates: true) { query, _, _, _ in
                // The query as a reply with TC.
                var reply = query
                reply[2] |= 0x82
                return .reply(reply)
            }
            let client = try TestClient(test.endpoint)
            _ = try client.ask(Queries.octets("web.service.consul"))
            #expect(test.server.counters.truncated == 0)
            let cut = try Message(
                decoding: #require(client.ask(Queries.octets("many.service.consul")))
            )
            #expect(cut.header.isTruncated && test.server.counters.fastAnswers == 2)
            #expect(test.server.counters.truncated == 1)
            _ = try client.ask(Queries.octets("consul", .soa))
            #expect(test.server.counters.slowAnswers == 1)
            #expect(test.server.counters.truncated == 2)
            let stream = try TestClient(test.endpoint, overTCP: true)
            #expect(try answers(stream.ask(Queries.octets("many.service.consul"))).count == 60)
            #expect(test.server.counters.truncated == 2)
            await test.stop()
        }

        @Test("a large answer over TCP is whole", arguments: [RecordType.a, .srv])
        func large(type: RecordType) async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint, overTCP: true)
            #expect(
                try answers(client.ask(Queries.octets("many.service.consul", type))).count == 60
            )
            await test.stop()
        }

        @Test("listens on ::1 too, each address on its own port")
        func addresses() async throws {
            let test = try await TestServer(addresses: ["127.0.0.1", "::1"])
            #expect(test.server.boundAddresses.count == 2)
            for endpoint in test.server.boundAddresses {
                #expect(endpoint.port != 0)
                for overTCP in [false, true] {
                    let client = try TestClient(endpoint, overTCP: overTCP)
                    #expect(
                        try answers(client.ask(Queries.octets("web.service.consul"))).count == 2
                    )
                }
            }
            await test.stop()
        }

        @Test("a wildcard answers from the address that was asked", arguments: ["0.0.0.0", "::"])
        func wildcard(host: String) async throws {
            let test = try await TestServer(addresses: [host])
            // A connected client hears only the address it sent to; 127.0.0.2 is not the default one.
            let endpoint = try #require(DNSEndpoint(host: "127.0.0.2", port: test.endpoint.port))
            let client = try TestClient(endpoint)
            #expect(try answers(client.ask(Queries.octets("web.service.consul"))).count == 2)
            #expect(try answers(client.ask(Queries.octets("consul", .soa))).count == 1)
            if host == "::" {
                let own = try #require(DNSEndpoint(host: "::1", port: test.endpoint.port))
                let second = try TestClient(own)
                #expect(try answers(second.ask(Queries.octets("web.service.consul"))).count == 2)
            }
            await test.stop()
        }

        @Test("many clients at once all hear their own answers")
        func batches() async throws {
            let test = try await TestServer()
            let clients = try (0..<100).map { _ in try TestClient(test.endpoint) }
            for round in 0..<20 {
                for (index, client) in clients.enumerated() {
                    let name = index % 3 == 0 ? "nope\(index).service.consul" : "web.service.consul"
                    client.send(try Queries.octets(name, id: UInt16(round * 100 + index)))
                }
                for (index, client) in clients.enumerated() {
                    let reply = try Message(decoding: #require(client.receive()))
                    #expect(reply.header.id == UInt16(round * 100 + index))
                    #expect(reply.responseCode == (index % 3 == 0 ? .nameError : .noError))
                }
            }
            #expect(test.server.counters.datagrams == 2000)
            await test.stop()
        }

        @Test("short datagrams and replies get no reply, and the worker lives on")
        func silence() async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint)
            client.writeWithoutWaiting([])
            client.write([1, 2, 3])
            var reply = try Queries.octets("web.service.consul")
            reply[2] |= 0x80
            client.write(reply)
            let good = try Message(
                decoding: #require(client.ask(Queries.octets("web.service.consul")))
            )
            #expect(good.answers.count == 2)
            #expect(test.server.counters.silent == 3)
            await test.stop()
        }

        @Test("a full ring answers SERVFAIL in place and counts it")
        func overflow() async throws {
            let gate = Mutex(false)
            let test = try await TestServer(workers: 1) { query, _, _, _ in
                while !gate.withLock({ $0 }) { sched_yield() }
                return .silence
            }
            let client = try TestClient(test.endpoint)
            let query = try Queries.octets("consul", .soa)
            // One is being answered, 256 wait, the next finds no place.
            for _ in 0..<300 { client.send(query) }
            let reply = try #require(client.receive())
            #expect(reply.count == query.count)
            #expect(reply[2] == 0x81 && reply[3] == 0x02)
            #expect(reply[4...] == query[4...])
            gate.withLock { $0 = true }
            #expect(test.server.counters.overflows > 0)
            await test.stop()
        }

        @Test("forwards what is not ours, on the client's socket", arguments: [false, true])
        func forwards(overTCP: Bool) async throws {
            let upstream = try await TestUpstream(Recursors.standard)
            let test = try await TestServer(recursors: [upstream.address])
            let client = try TestClient(test.endpoint, overTCP: overTCP)
            let reply = try Message(
                decoding: #require(client.ask(Queries.octets("www.example.net")))
            )
            #expect(reply.answers.map(\.type) == [.cname, .a])
            #expect(!reply.header.isAuthoritative)
            #expect(upstream.seen.map(\.overTCP) == [overTCP])
            await test.stop()
            await upstream.stop()
        }

        @Test("DNS-287 names of the zone are never forwarded")
        func neverForwards() async throws {
            let upstream = try await TestUpstream(Recursors.standard)
            let test = try await TestServer(recursors: [upstream.address])
            let client = try TestClient(test.endpoint)
            let reply = try Message(decoding: #require(client.ask(Queries.octets("nope.consul"))))
            #expect(reply.responseCode == .nameError)
            #expect(reply.header.isAuthoritative && reply.header.recursionAvailable)
            #expect(upstream.seen.isEmpty)
            await test.stop()
            await upstream.stop()
        }

        @Test("DNS-294 resolves the target of a host name through the recursors")
        func chase() async throws {
            let silent = try await TestUpstream(Recursors.silent)
            let upstream = try await TestUpstream(Recursors.standard)
            let test = try await TestServer(recursors: [silent.address, upstream.address])
            let client = try TestClient(test.endpoint)
            let reply = try Message(
                decoding: #require(client.ask(Queries.octets("ext.service.consul")))
            )
            #expect(reply.answers.map(\.type) == [.cname, .cname, .a])
            #expect(reply.header.isAuthoritative)
            await test.stop()
            await silent.stop()
            await upstream.stop()
        }

        @Test("a recursor that is this server itself is left out")
        func ownAddress() async throws {
            let test = try await TestServer(addresses: ["127.0.0.1", "0.0.0.0"])
            let first = try RecursorAddress(endpoint: test.endpoint)
            let second = try RecursorAddress(
                text: "127.0.0.1:\(test.server.boundAddresses[1].port)"
            )
            let other = try RecursorAddress(text: "192.0.2.1")
            var wanted = Forwarder.Configuration(
                recursors: [first, second, other],
                strategy: .random,
                timeout: .seconds(1)
            )
            wanted.zones = [.init(name: try DomainName(text: "corp."), recursors: [second])]
            let kept = test.server.updateForwarding(wanted)
            #expect(kept.recursors == [other])
            #expect(kept.zones.map(\.recursors) == [[]])
            #expect(test.server.forwarder.configuration.recursors == [other])
            #expect(test.server.forwarder.configuration.strategy == .random)
            await test.stop()
        }

        @Test("a taken address names itself and the mend, and leaves nothing open")
        func taken() async throws {
            let test = try await TestServer()
            let before = ProcessState.descriptors()
            do {
                let writer = test.writer
                let reader = writer.makeReader()
                let server = DNSServer(
                    configuration: DNSServerConfiguration(addresses: [test.endpoint]),
                    makeReader: { reader },
                    eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                    logger: Logger(label: "test")
                ) { _, _, _, _ in .silence }
                try await server.start()
                Issue.record("bound twice")
            } catch {
                #expect(error.code == .addressInUse)
                #expect(error.location == "udp \(test.endpoint)")
                #expect(error.message.contains("Address already in use"))
            }
            #expect(try await ProcessState.settles(atMost: before))
            await test.stop()
        }

        @Test("starting and stopping leaves no descriptor")
        func leaks() async throws {
            let first = try await TestServer()
            await first.stop()
            let before = ProcessState.descriptors()
            for _ in 0..<20 {
                let test = try await TestServer(addresses: ["127.0.0.1", "::1"])
                let client = try TestClient(test.endpoint, overTCP: true)
                #expect(client.ask(try Queries.octets("web.service.consul")) != nil)
                await test.stop()
            }
            #expect(try await ProcessState.settles(atMost: before))
        }

        @Test("stopping frees the port at once, also with a query in the forwarder")
        func restart() async throws {
            let upstream = try await TestUpstream(Recursors.silent)
            // An address of its own: another test's socket could take the port on 127.0.0.1.
            let test = try await TestServer(
                addresses: ["127.0.0.2"],
                recursors: [upstream.address],
                timeout: .seconds(30)
            )
            let client = try TestClient(test.endpoint)
            client.send(try Queries.octets("x.example.net"))
            while upstream.seen.isEmpty { await Task.yield() }
            let endpoint = test.endpoint
            await test.stop()
            #expect(client.receive()?[3] == 0x82)
            let probe = try DatagramSocket(
                binding: endpoint,
                isShared: false,
                isDualStack: false,
                receiveBuffer: 0
            )
            #expect(probe.endpoint == endpoint)
            await upstream.stop()
        }

        @Test("takes the sockets of systemd and leaves them usable")
        func activation() async throws {
            let loopback = try #require(DNSEndpoint(host: "127.0.0.1", port: 0))
            let made = try DatagramSocket(
                binding: loopback,
                isShared: false,
                isDualStack: false,
                receiveBuffer: 0
            )
            for _ in 0..<2 {
                let handed = dup(made.descriptor)
                var activation = SocketActivation(environment: [:], processID: getpid())
                activation.sockets = [.init(descriptor: handed, name: "waypost-dns.socket")]
                let test = try await TestServer(workers: 2, activation: activation)
                #expect(test.server.boundAddresses == [made.endpoint])
                let client = try TestClient(made.endpoint)
                #expect(try answers(client.ask(Queries.octets("web.service.consul"))).count == 2)
                await test.stop()
            }
        }

        @Test("takes a listening TCP socket of systemd")
        func streamActivation() async throws {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            // Listening without binding takes a free port on all addresses.
            #expect(listen(descriptor, 16) == 0)
            var activation = SocketActivation(environment: [:], processID: getpid())
            activation.sockets = [.init(descriptor: descriptor, name: "dns-tcp")]
            let test = try await TestServer(activation: activation)
            let endpoint = try #require(
                DNSEndpoint(host: "127.0.0.1", port: test.endpoint.port)
            )
            let client = try TestClient(endpoint, overTCP: true)
            #expect(try answers(client.ask(Queries.octets("web.service.consul"))).count == 2)
            #expect(try answers(client.ask(Queries.octets("consul", .soa))).count == 1)
            await test.stop()
        }

        @Test("a descriptor that is no DNS socket is an error that says what to write")
        func wrongActivation() async throws {
            var activation = SocketActivation(environment: [:], processID: getpid())
            activation.sockets = [.init(descriptor: csockets_event_create(), name: "dns")]
            await #expect(throws: DNSServerError.self) {
                _ = try await TestServer(activation: activation)
            }
            csockets_close(activation.sockets[0].descriptor)
        }
    }
}
