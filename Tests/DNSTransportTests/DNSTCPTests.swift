// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Synchronization
import Testing

@testable import DNSTransport

extension OnSockets {
    @Suite("DNS over TCP")
    struct DNSTCPTests {
        private func limits(_ change: (inout StreamLimits) -> Void) -> StreamLimits {
            var limits = StreamLimits()
            change(&limits)
            return limits
        }

        private func ids(_ client: TestClient, _ count: Int) throws -> [UInt16] {
            try (0..<count).map { _ in
                let reply = try #require(client.receive())
                return UInt16(reply[0]) << 8 | UInt16(reply[1])
            }
        }

        @Test("DNS-364 pipelined queries are answered in order, fast and slow ones mixed")
        func pipelining() async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint, overTCP: true)
            var octets: [UInt8] = []
            for id in 0..<60 {
                let name = id % 5 == 2 ? "consul" : "web.service.consul"
                octets += TestClient.framed(
                    try Queries.octets(name, id % 5 == 2 ? .soa : .a, id: UInt16(id))
                )
            }
            client.write(octets)
            #expect(try ids(client, 60) == Array(0..<60))
            #expect(test.server.counters.slowAnswers == 12)
            await test.stop()
        }

        @Test("a slow answer does not stop other connections")
        func otherConnections() async throws {
            let upstream = try await TestUpstream(Recursors.silent)
            let test = try await TestServer(recursors: [upstream.address], timeout: .seconds(30))
            let slow = try TestClient(test.endpoint, overTCP: true)
            slow.send(try Queries.octets("x.example.net"))
            slow.send(try Queries.octets("web.service.consul"))
            let other = try TestClient(test.endpoint, overTCP: true)
            #expect(other.ask(try Queries.octets("web.service.consul")) != nil)
            #expect(other.ask(try Queries.octets("consul", .soa)) != nil)
            await test.stop()
            await upstream.stop()
        }

        @Test("a query in single octets is one query")
        func singleOctets() async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint, overTCP: true)
            for octet in TestClient.framed(try Queries.octets("web.service.consul", id: 9)) {
                client.write([octet])
            }
            #expect(try ids(client, 1) == [9])
            await test.stop()
        }

        @Test("closes after the last allowed query, and no answer is lost")
        func queryLimit() async throws {
            let test = try await TestServer(stream: limits { $0.queriesPerConnection = 8 })
            let client = try TestClient(test.endpoint, overTCP: true)
            let query = try Queries.octets("many.service.consul")
            for _ in 0..<20 { client.send(query) }
            for _ in 0..<8 { #expect(client.receive()?.count ?? 0 > 900) }
            #expect(client.read() == [])
            await test.stop()
        }

        @Test("DNS-361 the 140th query on a connection is answered too")
        func manyQueries() async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint, overTCP: true)
            for id in UInt16(0)..<140 {
                client.send(try Queries.octets("web.service.consul", id: id))
                #expect(try ids(client, 1) == [id])
            }
            await test.stop()
        }

        @Test("DNS-362, DNS-363 a client has 2 s to its first query and 8 s between them")
        func defaults() {
            let limits = StreamLimits()
            #expect(limits.firstQueryTimeout == .seconds(2))
            #expect(limits.idleTimeout == .seconds(8))
        }

        @Test("DNS-362 closes a connection that asks nothing, or only part of a query")
        func firstTimeout() async throws {
            let test = try await TestServer(
                stream: limits { $0.firstQueryTimeout = .milliseconds(100) }
            )
            let idle = try TestClient(test.endpoint, overTCP: true)
            let partial = try TestClient(test.endpoint, overTCP: true)
            partial.write([0, 40, 1, 2, 3])
            #expect(idle.read() == [])
            #expect(partial.read() == [])
            #expect(test.server.counters.streamTimeouts == 2)
            await test.stop()
        }

        @Test("DNS-363 closes a connection that is idle after an answer")
        func idleTimeout() async throws {
            let test = try await TestServer(stream: limits { $0.idleTimeout = .milliseconds(100) })
            let client = try TestClient(test.endpoint, overTCP: true)
            #expect(client.ask(try Queries.octets("web.service.consul")) != nil)
            #expect(client.read() == [])
            await test.stop()
        }

        @Test("waits for a slow answer longer than for the client")
        func slowAnswer() async throws {
            let upstream = try await TestUpstream(Recursors.silent)
            let test = try await TestServer(
                recursors: [upstream.address],
                timeout: .milliseconds(400),
                stream: limits {
                    $0.idleTimeout = .milliseconds(100)
                    $0.firstQueryTimeout = .milliseconds(100)
                }
            )
            let client = try TestClient(test.endpoint, overTCP: true)
            #expect(client.ask(try Queries.octets("x.example.net"))?[3] == 0x82)
            await test.stop()
            await upstream.stop()
        }

        @Test("a client that does not read holds a bounded number of answers, then goes")
        func slowClient() async throws {
            let test = try await TestServer(
                stream: limits {
                    $0.queriesPerConnection = 1_000_000
                    $0.idleTimeout = .milliseconds(500)
                }
            )
            let client = try TestClient(test.endpoint, overTCP: true)
            let query = TestClient.framed(try Queries.octets("many.service.consul"))
            let octets = Array(repeating: query, count: 100).flatMap { $0 }
            // Our writes do not block: when the server reads no more, it is waiting for us, and goes.
            var rest = octets[...]
            var counters = test.server.counters
            while counters.streamTimeouts == 0,
                counters.openConnections > 0 || counters.connections == 0
            {
                rest = rest.dropFirst(client.writeWithoutWaiting(rest))
                if rest.isEmpty { rest = octets[...] }
                await Task.yield()
                counters = test.server.counters
            }
            // 60 answers are about 1 KB; kernel buffers and ours take a few MB at most.
            #expect(test.server.counters.streamQueries < 20_000)
            #expect(test.server.counters.streamTimeouts == 1)
            await test.stop()
        }

        @Test("answers what came before the client finished writing, then closes")
        func halfClose() async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint, overTCP: true)
            for id in 0..<3 { client.send(try Queries.octets("consul", .soa, id: UInt16(id))) }
            client.finishWriting()
            #expect(try ids(client, 3) == [0, 1, 2])
            #expect(client.read() == [])
            await test.stop()
        }

        @Test("a query without reply is passed over")
        func silence() async throws {
            let test = try await TestServer()
            let client = try TestClient(test.endpoint, overTCP: true)
            client.send([1, 2, 3])
            client.send([])
            client.send(try Queries.octets("web.service.consul", id: 5))
            #expect(try ids(client, 1) == [5])
            await test.stop()
        }

        @Test("refuses connections over the limits, and takes new ones when others end")
        func connectionLimit() async throws {
            let test = try await TestServer(
                stream: limits {
                    $0.connections = 3
                    $0.connectionsPerClient = 2
                }
            )
            let query = try Queries.octets("web.service.consul")
            do {
                let first = try TestClient(test.endpoint, overTCP: true)
                let second = try TestClient(test.endpoint, overTCP: true)
                #expect(first.ask(query) != nil)
                #expect(second.ask(query) != nil)
                let third = try TestClient(test.endpoint, overTCP: true)
                #expect(third.ask(query) == nil)
                #expect(test.server.counters.refusedConnections == 1)
                withExtendedLifetime((first, second, third)) {}
            }
            while test.server.counters.openConnections > 0 { await Task.yield() }
            let client = try TestClient(test.endpoint, overTCP: true)
            #expect(client.ask(query) != nil)
            await test.stop()
        }

        @Test("the limiter counts all and each client", arguments: [1, 2])
        func limiter(perClient: Int) {
            let limiter = ConnectionLimiter(
                limits {
                    $0.connections = 3
                    $0.connectionsPerClient = perClient
                }
            )
            let clients = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map {
                IPAddress(text: $0)
            }
            for count in 0..<perClient { #expect(limiter.take(clients[0]), "\(count)") }
            #expect(!limiter.take(clients[0]))
            for client in clients[1...].prefix(3 - perClient) { #expect(limiter.take(client)) }
            #expect(!limiter.take(clients[3]))
            #expect(limiter.count == 3)
            limiter.giveBack(clients[0])
            #expect(limiter.take(clients[3]))
        }

        @Test("when the slow line takes no more the client hears SERVFAIL")
        func slowLineFull() async throws {
            let query = SlowQuery(
                octets: try Queries.octets("consul", .soa),
                client: ClientContext(transport: .tcp, address: [127, 0, 0, 1]),
                target: .stream { #expect($0?[3] == 0x82) },
                since: 0
            )
            query.finishUnanswered()
        }
    }
}
