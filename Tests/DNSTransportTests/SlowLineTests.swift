// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import DNSWire
import Logging
import NIOPosix
import Synchronization
import Testing

@testable import DNSTransport

extension OnSockets {
    @Suite("Slow line")
    struct SlowLineTests {
        /// Runs a line with this answer on its own thread.
        private func withLine(
            answer: @escaping SlowLine.Answer,
            _ body: (SlowLine, HandoverRing, Alarm, SlowTally) async throws -> Void
        ) async throws {
            let loopback = try #require(DNSEndpoint(host: "127.0.0.1", port: 0))
            let socket = try DatagramSocket(
                binding: loopback,
                isShared: false,
                isDualStack: false,
                receiveBuffer: 0
            )
            let ring = HandoverRing()
            let alarm = try Alarm()
            let tally = SlowTally()
            let forwarder = Forwarder(
                configuration: Forwarder.Configuration(),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: Logger(label: "test")
            )
            let line = SlowLine(
                sources: [SlowLine.Source(ring: ring, socket: socket)],
                alarm: alarm,
                forwarder: forwarder,
                tally: tally,
                answer: answer
            )
            let thread = try DNSThread(name: "line") { line.run() }
            do {
                try await body(line, ring, alarm, tally)
            } catch {
                line.stop()
                thread.join()
                throw error
            }
            line.stop()
            thread.join()
            await forwarder.stop()
        }

        private func ask(
            _ line: SlowLine,
            _ octets: [UInt8] = [1, 2, 3, 4]
        ) async -> [UInt8]? {
            await withCheckedContinuation { continuation in
                let query = SlowQuery(
                    octets: octets,
                    client: ClientContext(transport: .tcp, address: [127, 0, 0, 1]),
                    target: .stream { continuation.resume(returning: $0) },
                    since: csockets_monotonic_milliseconds()
                )
                if !line.submit(query) { continuation.resume(returning: [0]) }
            }
        }

        @Test("answers, passes silence on, and fails what nobody can forward")
        func outcomes() async throws {
            let query = try Queries.octets("x.example.net")
            try await withLine { octets, client, _, _ in
                #expect(client.transport == .tcp)
                return octets.count > 4 ? .forward : octets[0] == 1 ? .reply([9]) : .silence
            } _: { line, _, _, tally in
                #expect(await ask(line) == [9])
                #expect(await ask(line, [2, 0]) == nil)
                #expect(await ask(line, query)?[3] == 0x82)
                #expect(tally.answers.load(ordering: .relaxed) == 2)
            }
        }

        @Test("answers again with the looked-up targets and the same generator")
        func chase() async throws {
            let question = ChaseQuestion(try DomainName(text: "www.example.net"), .aaaa)
            let numbers = Mutex<[UInt64]>([])
            try await withLine { _, _, chased, generator in
                let number = generator.next()
                numbers.withLock { $0.append(number) }
                return chased[question] == nil ? .chase([question]) : .reply([7])
            } _: { line, _, _, _ in
                #expect(await ask(line) == [7])
                #expect(await ask(line) == [7])
            }
            let seen = numbers.withLock { $0 }
            #expect(seen.count == 4)
            #expect(seen[0] == seen[1] && seen[2] == seen[3] && seen[0] != seen[2])
        }

        @Test("an answer that asks for ever more targets ends in SERVFAIL")
        func endlessChase() async throws {
            let query = try Queries.octets("web.service.consul")
            let rounds = Mutex(0)
            try await withLine { _, _, _, _ in
                let round = rounds.withLock { rounds in
                    rounds += 1
                    return rounds
                }
                let name = (try? DomainName(text: "n\(round).example.net")) ?? .root
                return .chase([ChaseQuestion(name, .a)])
            } _: { line, _, _, _ in
                #expect(await ask(line, query)?[3] == 0x82)
            }
            #expect(rounds.withLock { $0 } == SlowLine.chaseLimit + 1)
        }

        @Test("drops a datagram that waited more than 2 s, answers a younger one")
        func expiry() async throws {
            let answered = Mutex<[UInt8]>([])
            try await withLine { octets, _, _, _ in
                answered.withLock { $0.append(octets[0]) }
                return .silence
            } _: { _, ring, alarm, tally in
                let now = csockets_monotonic_milliseconds()
                for (octet, since) in [(1, now - 2500), (2, now - 500), (3, now)]
                    as [(UInt8, UInt64)]
                {
                    let isTaken = unsafe withUnsafeBytes(of: octet) { octets in
                        unsafe octets.baseAddress.map {
                            unsafe ring.push($0, length: 1, peer: csockets_peer(), since: since)
                        }
                    }
                    #expect(isTaken == true)
                }
                alarm.wake()
                while !ring.isEmpty || answered.withLock({ $0.count }) < 2 { await Task.yield() }
                #expect(answered.withLock { $0 } == [2, 3])
                #expect(tally.expired.load(ordering: .relaxed) == 1)
            }
        }

        @Test("after stopping nothing is taken, and what waits gets its call")
        func stopping() async throws {
            try await withLine { _, _, _, _ in
                .silence
            } _: { line, _, _, _ in
                line.stop()
                #expect(await ask(line) == [0])
            }
        }
    }
}
