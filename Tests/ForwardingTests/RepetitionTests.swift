// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("Lost datagrams")
struct RepetitionTests {
    @Test("one lost datagram to the only recursor: asked again after 0.5 s, with another ID")
    func lost() throws {
        var bench = try SearchBench([0])
        try bench.advance(to: 499)
        #expect(bench.asked.map(\.at) == [0])
        try bench.advance(to: 500)
        #expect(bench.asked.map(\.at) == [0, 500] && bench.open.count == 2)
        let ids = bench.messages.map { MessageLayout.word($0.octets, 0) }
        #expect(ids[0] != ids[1])
        // The ID of the first one is no reply to the second.
        try bench.answer(from: 0, idOff: ids[0] &- ids[1], toLast: true)
        #expect(bench.count(.mismatch) == 1 && !bench.isFinished)
        try bench.advance(to: 520)
        try bench.answer(from: 0, toLast: true)
        #expect(bench.isFinished && bench.reply?.at == 520)
        #expect(bench.reply?.message.responseCode == .noError)
        // Neither a timeout nor a suspicion, and no socket or question is left.
        #expect(bench.count(.timeout) == 0)
        #expect(bench.desk.state.pool.isHealthy(0))
        #expect(bench.desk.state.pool.totalOpen == 0 && bench.desk.state.openCount == 0)
    }

    @Test("two lost datagrams: the third one is answered, and the waits double")
    func lostTwice() throws {
        var bench = try SearchBench([0])
        try bench.advance(to: 1510)
        #expect(bench.asked.map(\.at) == [0, 500, 1500])
        try bench.answer(from: 0, toLast: true)
        #expect(bench.reply?.at == 1510)
    }

    @Test("the only recursor is silent: one failure, SERVFAIL at the end of the budget")
    func silent() throws {
        var bench = try SearchBench([0])
        try bench.advance(to: 2000)
        #expect(bench.isFinished && bench.reply?.at == 2000)
        #expect(bench.reply?.message.responseCode == .serverFailure)
        #expect(bench.asked.count == 3 && bench.count(.timeout) == 1)
        // Suspect, but one name says nothing yet.
        #expect(!bench.desk.state.pool.isHealthy(0) && !bench.desk.state.pool.isDown(0))
        let probes = bench.desk.state.probes(now: bench.desk.now, using: &bench.desk.generator)
        #expect(probes.count == 1)
        _ = bench.desk.state.report(.answered(5), at: 0, of: probes[0], now: bench.desk.now)
        #expect(bench.desk.state.pool.isHealthy(0))
    }

    @Test("a slow recursor has lost nothing: its answer to the first try is taken")
    func slow() throws {
        var bench = try SearchBench([0])
        try bench.advance(to: 1900)
        try bench.answer(from: 0)
        #expect(bench.reply?.message.responseCode == .noError && bench.reply?.at == 1900)
        #expect(bench.desk.state.pool.isHealthy(0))
    }

    @Test("four datagrams at most, however long the budget is")
    func most() throws {
        var bench = try SearchBench([0]) {
            $0.attemptTimeout = 20_000
            $0.budget = 20_000
        }
        try bench.advance(to: 19_999)
        #expect(bench.asked.map(\.at) == [0, 500, 1500, 3500])
        #expect(bench.open.count == Search.maximumTries && !bench.isFinished)
        try bench.answer(from: 0)
        #expect(bench.reply?.message.responseCode == .noError)
    }

    @Test("a repetition gives no more time than recursor_timeout")
    func timeout() throws {
        var bench = try SearchBench([0]) {
            $0.attemptTimeout = 700
            $0.budget = 10_000
        }
        try bench.advance(to: 700)
        #expect(bench.asked.map(\.at) == [0, 500])
        #expect(bench.isFinished && bench.reply?.at == 700)
    }

    @Test("the round begins again when all had their turn")
    func round() throws {
        var bench = try SearchBench([0, 1]) {
            $0.attemptTimeout = 5000
            $0.budget = 5000
        }
        try bench.advance(to: 4999)
        #expect(bench.asked.map(\.upstream) == [0, 1, 0, 1])
        #expect(bench.asked.map(\.at) == [0, 500, 1000, 2000])
        // The first one was overtaken by another upstream, the second by its like.
        #expect(bench.count(.timeout) == 1)
        try bench.advance(to: 5500)
        #expect(bench.isFinished && bench.count(.timeout) == 2)
        #expect(!bench.desk.state.pool.isHealthy(1))
    }

    @Test("whoever said SERVFAIL, or is not there, is not asked again; whoever is silent is")
    func spoken() throws {
        var bench = try SearchBench([0, 1])
        try bench.answer(from: 0, .serverFailure)
        try bench.advance(to: 1999)
        #expect(bench.asked.map(\.upstream) == [0, 1, 1, 1])
        var gone = try SearchBench([0, 1])
        try gone.handle(.ended(1))
        try gone.advance(to: 1999)
        #expect(gone.asked.map(\.upstream) == [0, 1, 1, 1])
    }

    @Test("SERVFAIL to the first try ends the others to the same recursor with it")
    func failure() throws {
        var bench = try SearchBench([0])
        try bench.advance(to: 600)
        #expect(bench.open.count == 2)
        try bench.answer(from: 0, .serverFailure)
        #expect(bench.isFinished && bench.reply?.at == 600)
        #expect(bench.reply?.message.responseCode == .serverFailure)
    }

    @Test("a repetition whose socket fails takes nothing from the try before it")
    func sockets() throws {
        var bench = try SearchBench([0])
        try bench.advance(to: 600)
        try bench.handle(.ended(2))
        #expect(!bench.isFinished && bench.open.count == 1)
        try bench.answer(from: 0)
        #expect(bench.reply?.message.responseCode == .noError)
    }

    @Test("with too much open nothing is repeated, and the first try is listened to")
    func full() throws {
        var bench = try SearchBench([0]) { $0.maximumOpen = 1 }
        try bench.advance(to: 1900)
        #expect(bench.asked.count == 1 && bench.open.count == 1)
        try bench.answer(from: 0)
        #expect(bench.reply?.message.responseCode == .noError)
    }

    @Test("a recursor with too many questions is not asked again")
    func perUpstream() throws {
        var bench = try SearchBench([0]) { $0.maximumPerUpstream = 1 }
        try bench.advance(to: 1900)
        #expect(bench.asked.count == 1 && bench.open.count == 1)
    }

    @Test("TCP repeats by itself; a probe comes again by itself")
    func once() throws {
        var bench = try SearchBench([0], purpose: .overTCP)
        try bench.advance(to: 1999)
        #expect(bench.asked.count == 1)
        var desk = try Desk()
        let first = desk.state.firstProbes(now: desk.now, using: &desk.generator)
        var search = Search(try #require(first.first), randomizesCase: false)
        var opened = 0
        var now = desk.now
        var effects = search.handle(.begun, now: now, using: &desk.generator) { _, _ in true }
        while true {
            opened += effects.count { if case .open = $0 { true } else { false } }
            guard let wake = search.nextWake else { break }
            now = wake
            effects = search.handle(.woken, now: now, using: &desk.generator) { _, _ in true }
        }
        #expect(opened == 1)
    }

    @Test("a question without EDNS is repeated without EDNS")
    func plain() throws {
        var bench = try SearchBench([0])
        try bench.fail(from: 0, 1)
        try bench.advance(to: 600)
        let edns = try bench.messages.map { try Message(decoding: $0.octets).edns != nil }
        #expect(edns == [true, false, false])
        try bench.answer(from: 0, toLast: true)
        #expect(bench.reply?.message.responseCode == .noError)
    }

    @Test("a truncated reply goes over to TCP and is not asked for again")
    func truncated() throws {
        var bench = try SearchBench([0])
        try bench.advance(to: 600)
        let attempt = try #require(bench.tries(at: 0).first)
        var message = Replies.message(to: bench.plan.query)
        message.header.isTruncated = true
        message.header.id = MessageLayout.word(attempt.octets, 0)
        try bench.handle(.received(message.encoded(), in: attempt.number))
        #expect(bench.open.values.map(\.overTCP) == [true])
        try bench.advance(to: 1999)
        #expect(bench.messages.map(\.overTCP) == [false, false, true])
    }
}

@Suite("Errors without a question")
struct BareErrorTests {
    private func verdict(
        _ code: UInt8,
        flags: UInt8 = 0x81,
        id: UInt16 = 77,
        rest: [UInt8] = [UInt8](repeating: 0, count: 8)
    ) throws -> ForwardedQuery.Verdict {
        let query = try #require(
            ForwardedQuery(try Queries.octets("x.example"), overTCP: false)
        )
        let header = [UInt8(id >> 8), UInt8(id & 0xff), flags, 0x80 | code]
        return query.verdict(on: header + rest, id: 77, spelling: query.name)
    }

    @Test(
        "FORMERR and NOTIMP speak of EDNS, others are failures",
        arguments: 1...15 as ClosedRange<UInt8>
    )
    func codes(code: UInt8) throws {
        guard code != 3 else { return }
        let isPlain = code == 1 || code == 4
        #expect(try verdict(code) == (isPlain ? .refusesEDNS : .failed))
    }

    @Test("never NOERROR or NXDOMAIN, nor another ID or opcode, nor a query, nor more octets")
    func others() throws {
        #expect(try verdict(0) == .mismatch && verdict(3) == .mismatch)
        #expect(try verdict(0, flags: 0x83) == .mismatch)
        #expect(try verdict(1, id: 78) == .mismatch)
        #expect(try verdict(1, flags: 0x01) == .mismatch)
        #expect(try verdict(1, flags: 0xa1) == .mismatch)
        #expect(try verdict(1, rest: [0, 0, 0, 0, 0, 0, 0, 0, 0]) == .mismatch)
        #expect(try verdict(1, rest: [0, 0, 0, 1, 0, 0, 0, 0]) == .mismatch)
        #expect(try verdict(1, rest: [0, 1, 0, 0, 0, 0, 0, 0]) == .mismatch)
        #expect(try verdict(1, rest: [0, 0, 0, 0, 0, 0, 0]) == .mismatch)
    }

    @Test("FORMERR asks again without EDNS at once; the second one asks the next recursor")
    func fallback() throws {
        var bench = try SearchBench()
        try bench.fail(from: 0, 1)
        let edns = try bench.messages.map { try Message(decoding: $0.octets).edns != nil }
        #expect(bench.asked.map(\.upstream) == [0, 0] && edns == [true, false])
        try bench.fail(from: 0, 1)
        #expect(bench.asked.map(\.upstream) == [0, 0, 1])
        try bench.answer(from: 1)
        #expect(bench.reply?.message.responseCode == .noError)
        #expect(bench.count(.mismatch) == 0)
    }

    @Test("SERVFAIL and REFUSED ask the next recursor at once", arguments: [2, 5] as [UInt8])
    func next(code: UInt8) throws {
        var bench = try SearchBench()
        try bench.fail(from: 0, code)
        #expect(bench.asked.map(\.upstream) == [0, 1] && bench.now == 0)
        try bench.fail(from: 1, code)
        #expect(bench.isFinished && bench.reply?.message.responseCode == .serverFailure)
    }
}
