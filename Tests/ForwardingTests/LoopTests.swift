// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("Recursors that ask us back")
struct LoopTests {
    private func codes(_ arrival: ForwardingState<Int>.Arrival) throws -> [ExtendedDNSError] {
        guard case .reply(let octets, _) = arrival else {
            Issue.record("no reply at once")
            return []
        }
        let message = try Message(decoding: octets)
        #expect(message.responseCode == .serverFailure)
        return message.edns?.extendedErrors ?? []
    }

    private func come(
        _ desk: inout Desk,
        _ name: String,
        id: UInt16,
        port: UInt16
    ) throws -> ForwardingState<Int>.Arrival {
        let octets = try Queries.octets(name, id: id, edns: EDNS(udpPayloadSize: 1232))
        let query = try #require(ForwardedQuery(octets, overTCP: false))
        return desk.state.arrive(
            query,
            for: .overUDP,
            client: .init(address: [127, 0, 0, 1], port: port, waiter: 1),
            now: desk.now,
            using: &desk.generator
        )
    }

    @Test(
        "our own question, by port and ID, fails at once, on loopback too; its sender is set aside"
    )
    func ownQuestion() throws {
        var bench = try SearchBench()
        let attempt = try #require(bench.open.values.first)
        let id = MessageLayout.word(attempt.octets, 0)
        try bench.handle(.sent(attempt.number, port: 4711))
        // Another port, ID or name is somebody else's question, and waits or is asked.
        for (name, id, port) in [
            ("www.example", id, UInt16(4712)), ("www.example", id &+ 1, 4711),
            ("other.example", id, 4711),
        ] {
            if case .reply = try come(&bench.desk, name, id: id, port: port) {
                Issue.record("\(name) \(id) \(port) is taken for ours")
            }
        }
        let errors = try codes(come(&bench.desk, "WWW.example", id: id, port: 4711))
        #expect(errors.map(\.text) == ["forwarding loop"])
        #expect(bench.desk.state.counts.loops == 1)
        // It is not asked for half a minute; the other one is.
        guard case .search(let plan) = try bench.desk.arrive(Queries.octets("x.example")) else {
            throw CancellationError()
        }
        #expect(plan.turns.map(\.upstream) == [1])
        bench.desk.advance(seconds: 31)
        guard case .search(let later) = try bench.desk.arrive(Queries.octets("y.example")) else {
            throw CancellationError()
        }
        #expect(later.turns.map(\.upstream) == [1, 0])
    }

    @Test("a question that is over is nobody's: its port and ID are free again")
    func over() throws {
        var bench = try SearchBench([0])
        let attempt = try #require(bench.open.values.first)
        let id = MessageLayout.word(attempt.octets, 0)
        try bench.handle(.sent(attempt.number, port: 4711))
        try bench.answer(from: 0)
        bench.desk.advance(seconds: 301)
        guard case .search = try come(&bench.desk, "www.example", id: id, port: 4711) else {
            Issue.record("taken for ours")
            return
        }
    }

    @Test(
        "probes at the start, one each; one that comes back leaves SERVFAIL at once, and data kept"
    )
    func start() throws {
        var settings = ForwardingSettings()
        settings.staleLimit = 600
        var desk = try Desk([(".", [0])], settings: settings)
        _ = try desk.ask("known.example", by: Desk.addresses(ttl: 10))
        let probes = desk.state.firstProbes(now: desk.now, using: &desk.generator)
        #expect(probes.map(\.purpose) == [.probe])
        #expect(desk.state.firstProbes(now: desk.now, using: &desk.generator).isEmpty)
        let octets = try Queries.octets(probes[0].query.name.description)
        _ = try codes(desk.arrive(octets))
        desk.advance(seconds: 11)
        let edns = EDNS(udpPayloadSize: 1232)
        #expect(
            try codes(desk.arrive(Queries.octets("x.example", edns: edns))).map(\.text)
                == ["forwarding loop"]
        )
        #expect(desk.state.openCount == 0)
        #expect(try desk.ask("known.example").answers.map(\.ttl) == [30])
        desk.advance(seconds: 31)
        guard case .search = try desk.arrive(Queries.octets("x.example")) else {
            Issue.record("never asked again")
            return
        }
    }

    @Test("transfers are refused, whatever the transport", arguments: [RecordType.axfr, .ixfr])
    func transfers(type: RecordType) throws {
        var desk = try Desk()
        for purpose in [SearchPurpose.overUDP, .overTCP] {
            let octets = try Queries.octets("corp.example", type, edns: EDNS(udpPayloadSize: 1232))
            guard case .reply(let reply, _) = try desk.arrive(octets, purpose: purpose) else {
                Issue.record("asked upstream")
                return
            }
            let message = try Message(decoding: reply)
            #expect(message.responseCode == .refused)
            #expect(message.edns?.extendedErrors.map(\.code.rawValue) == [21])
        }
    }

    @Test(
        "prefetch of short TTLs: in the last second, from 2 s on",
        arguments: [
            (ttl: 1, at: 0.9, isFetched: false), (2, 0.9, false), (2, 1.1, true), (5, 3.9, false),
            (5, 4.1, true), (9, 8.1, true), (100, 89.0, false), (100, 91.0, true),
        ] as [(ttl: UInt32, at: Double, isFetched: Bool)]
    )
    func prefetch(ttl: UInt32, at: Double, isFetched: Bool) throws {
        var desk = try Desk()
        _ = try desk.ask("www.example", by: Desk.addresses(ttl: ttl))
        for _ in 0..<3 { _ = try desk.ask("www.example") }
        #expect(desk.state.counts.prefetches == 0)
        desk.advance(seconds: at)
        _ = try desk.ask("www.example", by: Desk.addresses(ttl: ttl))
        #expect(desk.state.counts.prefetches == (isFetched ? 1 : 0))
    }
}
