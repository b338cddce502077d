// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Glibc
import Synchronization
import Testing

@testable import DNSTransport

extension OnSockets {
    @Suite("Answered queries are told, whichever line answered")
    struct QueryTapTests {
        private final class Listener: Sendable {
            private let queries = Mutex<[TappedQuery]>([])

            init(_ test: TestServer) { test.server.tap.attach { [self] in add($0) } }

            private func add(_ more: [TappedQuery]) { queries.withLock { $0 += more } }

            /// All that was told so far, brought here now.
            func all(_ test: TestServer) -> [TappedQuery] {
                test.server.tap.flush()
                return queries.withLock { $0 }
            }
        }

        private static var everything: QueryTapSettings {
            var settings = QueryTapSettings()
            settings.logsOneIn = 1
            settings.samples = true
            return settings
        }

        @Test("name, type, client, transport, code, source and counts of each query")
        func fields() async throws {
            let upstream = try await TestUpstream(Recursors.standard)
            let test = try await TestServer(
                workers: 1,
                recursors: [upstream.address],
                tap: Self.everything
            )
            let listener = Listener(test)
            let client = try TestClient(test.endpoint)
            let stream = try TestClient(test.endpoint, overTCP: true)
            #expect(client.ask(try Queries.octets("Web.service.consul", .srv)) != nil)
            #expect(client.ask(try Queries.octets("nope.service.consul")) != nil)
            #expect(client.ask(try Queries.octets("consul", .soa)) != nil)
            #expect(client.ask(try Queries.octets("www.example.net")) != nil)
            #expect(client.ask(try Queries.octets("www.example.net")) != nil)
            #expect(stream.ask(try Queries.octets("web.service.consul")) != nil)
            // The worker tells after it sent, so that the client can be first.
            while listener.all(test).count < 6 { await Task.yield() }
            let told = listener.all(test)
            #expect(told.count == 6)
            let web = try #require(told.first { $0.type == 33 })
            #expect(web.name == (try DomainName(text: "Web.service.consul.")).wire)
            #expect(web.client == test.endpoint.address && web.port > 0 && !web.isStream)
            #expect(web.code == 0 && web.answers == 2 && web.source == .catalog)
            #expect(web.querySize == 36 && web.replySize > 36 && web.nanoseconds > 0)
            #expect(web.flags & 0x8400 == 0x8400 && web.questionClass == 1)
            #expect(web.isForLog && web.weight == 1)
            let missing = try #require(told.first { $0.code == 3 })
            #expect(missing.source == .catalog && missing.authorities == 1)
            #expect(told.contains { $0.type == 6 && $0.source == .catalog })
            #expect(told.contains { $0.isStream && $0.type == 1 && $0.source == .catalog })
            #expect(Set(told.suffix(6).map(\.source)).isSuperset(of: [.catalog, .upstream]))
            #expect(told.map(\.weight).reduce(0, +) == 6)
            let counters = test.server.counters
            #expect(counters.datagramQuestions.total == 5 && counters.streamQuestions.total == 1)
            #expect(counters.datagramQuestions.v4[1] == 3)
            #expect(counters.replies[.upstream, 0] >= 1)
            await test.stop()
            await upstream.stop()
        }

        @Test("what is told changes with the next datagram, off means nothing")
        func reload() async throws {
            let test = try await TestServer(workers: 1)
            let listener = Listener(test)
            let client = try TestClient(test.endpoint)
            let query = try Queries.octets("web.service.consul")
            for _ in 0..<5 { #expect(client.ask(query) != nil) }
            test.server.updateTap(Self.everything)
            for _ in 0..<5 { #expect(client.ask(query) != nil) }
            while listener.all(test).count < 5 { await Task.yield() }
            test.server.updateTap(QueryTapSettings())
            for _ in 0..<5 { #expect(client.ask(query) != nil) }
            // One more batch has begun, so the tap was done with the one before.
            let before = test.server.counters.datagrams
            client.send([1, 2, 3])
            while test.server.counters.datagrams == before { await Task.yield() }
            #expect(listener.all(test).count == 5)
            #expect(test.server.counters.lostLogRecords == 0)
            await test.stop()
        }

        @Test("a listener that does not come loses records, never replies")
        func losses() async throws {
            var settings = QueryTapSettings()
            settings.logsFailures = true
            let test = try await TestServer(workers: 1, tap: settings)
            let isHeld = Mutex(true)
            let told = Atomic<Int>(0)
            test.server.tap.attach { queries in
                told.wrappingAdd(queries.count, ordering: .relaxed)
                while isHeld.withLock({ $0 }) { _ = sched_yield() }
            }
            let client = try TestClient(test.endpoint)
            let query = try Queries.octets("example.net")
            let count = TapRing.capacity * 2
            for _ in 0..<count { #expect(client.ask(query) != nil) }
            isHeld.withLock { $0 = false }
            await test.stop()
            let lost = test.server.tap.lostLogRecords
            #expect(lost > 0)
            #expect(told.load(ordering: .relaxed) + Int(lost) == count)
        }
    }
}
