// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("Search")
struct SearchTests {
    private func last(_ message: Message?) -> UInt8? {
        guard case .a(let address)? = message?.answers.first?.data else { return nil }
        return address.octets.last
    }

    @Test("two recursors of 1.6 s each: the first one's answer is taken when it comes")
    func slow() throws {
        var bench = try SearchBench()
        try bench.advance(to: 1600)
        #expect(bench.asked.map(\.upstream) == [0, 1, 0])
        #expect(bench.asked.map(\.at) == [0, 500, 1000])
        #expect(bench.open.count == 3)
        try bench.answer(from: 0)
        #expect(bench.isFinished)
        #expect(bench.reply?.at == 1600)
        #expect(last(bench.reply?.message) == 10)
        #expect(bench.count(.timeout) == 1)
        // It answers: it is healthy, and asked first again.
        #expect(bench.desk.state.pool.isHealthy(0))
        #expect(bench.desk.state.pool.totalOpen == 0)
    }

    @Test("each try has its own ID; the ID of another try is no reply")
    func ids() throws {
        var bench = try SearchBench()
        try bench.advance(to: 600)
        let ids = bench.open.values.sorted { $0.number < $1.number }
            .map { MessageLayout.word($0.octets, 0) }
        #expect(ids.count == 2 && ids[0] != ids[1])
        try bench.answer(from: 1, idOff: ids[0] &- ids[1])
        #expect(!bench.isFinished)
        #expect(bench.count(.mismatch) == 1)
        try bench.answer(from: 1)
        #expect(bench.isFinished)
    }

    @Test("SERVFAIL of who was overtaken asks nobody anew; the other is waited for")
    func overtakenFails() throws {
        var bench = try SearchBench([0, 1, 2])
        try bench.advance(to: 600)
        try bench.answer(from: 0, .serverFailure)
        #expect(bench.asked.map(\.upstream) == [0, 1])
        try bench.answer(from: 1, .refused)
        #expect(bench.asked.map(\.upstream) == [0, 1, 2])
        try bench.answer(from: 2, .serverFailure)
        #expect(bench.isFinished)
        #expect(bench.reply?.message.responseCode == .serverFailure)
    }

    @Test("the last one's SERVFAIL does not end it while another is listened to")
    func lastFails() throws {
        var bench = try SearchBench()
        try bench.advance(to: 600)
        try bench.answer(from: 1, .serverFailure)
        #expect(!bench.isFinished)
        // It is the silent one's turn again.
        #expect(bench.asked.map(\.upstream) == [0, 1, 0])
        try bench.advance(to: 1900)
        try bench.answer(from: 0)
        #expect(last(bench.reply?.message) == 10)
    }

    @Test("all silent: SERVFAIL after 2 s; a reply until 2.5 s is kept for the next client")
    func late() throws {
        var bench = try SearchBench()
        try bench.advance(to: 1999)
        #expect(bench.reply == nil)
        try bench.advance(to: 2000)
        #expect(bench.reply?.at == 2000)
        #expect(bench.reply?.message.responseCode == .serverFailure)
        try bench.advance(to: 2400)
        #expect(bench.open.count == 1)
        try bench.answer(from: 1)
        #expect(bench.isFinished)
        #expect(bench.desk.state.counts.late == 1)
        #expect(bench.desk.state.counts.failures == 1)
        let kept = try bench.desk.ask("www.example")
        #expect(last(kept) == 11)
        #expect(bench.desk.asked.isEmpty)
        #expect(bench.desk.state.openCount == 0)
    }

    @Test("nothing comes: the sockets are closed after each one's time, and one failure is kept")
    func nothing() throws {
        var bench = try SearchBench()
        try bench.advance(to: 2499)
        #expect(!bench.isFinished)
        try bench.advance(to: 2500)
        #expect(bench.isFinished)
        #expect(bench.count(.timeout) == 2)
        #expect(bench.desk.state.counts.failures == 1)
        #expect(bench.desk.state.pool.totalOpen == 0)
    }

    @Test("data past their time go out at 1.8 s, and the late reply replaces them")
    func stale() throws {
        var bench = try SearchBench { $0.staleLimit = 600 }
        try bench.answer(from: 0)
        bench.desk.advance(seconds: 301)
        guard
            case .search(let plan) = try bench.desk.arrive(Queries.octets("www.example"))
        else {
            Issue.record("not asked anew")
            return
        }
        #expect(plan.budget == 1800 && plan.hearsLate)
        let now = bench.desk.now + 1800
        let stale = bench.desk.state.expire(plan.number, with: .unreachable, now: now)
        #expect(try Message(decoding: #require(stale.first?.reply)).answers.map(\.ttl) == [30])
        let late = Replies.message(to: plan.query, answers: [try Replies.address("www.example", 9)])
        let nobody = bench.desk.state.finish(
            plan.number,
            with: try Desk.answer(late),
            now: now + 100
        )
        #expect(nobody.isEmpty)
        bench.desk.now = now + 200
        #expect(last(try bench.desk.ask("www.example")) == 9)
    }

    @Test("who asks again meanwhile does not wait for a question that was given up")
    func afterExpiry() throws {
        var bench = try SearchBench()
        try bench.advance(to: 2000)
        let again = try bench.desk.ask("www.example")
        #expect(again.responseCode == .serverFailure)
        #expect(bench.desk.asked.isEmpty, "the failure is kept")
        bench.desk.advance(seconds: 1.1)
        guard case .search = try bench.desk.arrive(Queries.octets("www.example")) else {
            Issue.record("joined what was given up")
            return
        }
    }

    @Test("without a cache nobody listens when the clients are gone")
    func withoutCache() throws {
        var bench = try SearchBench { $0.cacheSize = 0 }
        try bench.advance(to: 2000)
        #expect(bench.isFinished && bench.reply?.at == 2000)
    }

    @Test("a recursor has recursor_timeout, not more")
    func timeout() throws {
        var bench = try SearchBench { $0.attemptTimeout = 200 }
        try bench.advance(to: 199)
        #expect(bench.open.values.map(\.upstream) == [0])
        try bench.advance(to: 200)
        #expect(bench.open.values.map(\.upstream) == [1])
        try bench.advance(to: 400)
        #expect(bench.isFinished && bench.reply?.at == 400)
    }

    @Test("no search listens on more than four sockets, and none when too many are open")
    func bounds() throws {
        var bench = try SearchBench([0, 1, 2, 3, 4]) {
            $0.attemptTimeout = 2900
            $0.budget = 2900
        }
        try bench.advance(to: 2800)
        // Nobody makes room for a repetition.
        #expect(bench.asked.map(\.upstream) == [0, 1, 2, 3, 4])
        #expect(bench.mostOpen == Search.maximumTries)
        #expect(bench.open.values.map(\.upstream).sorted() == [1, 2, 3, 4])
        var full = try SearchBench { $0.maximumOpen = 1 }
        try full.advance(to: 1900)
        #expect(full.asked.map(\.upstream) == [0, 1])
        #expect(full.open.values.map(\.upstream) == [1])
    }

    @Test("a socket that fails is left at once; the search ends when none is left")
    func sockets() throws {
        var bench = try SearchBench()
        try bench.handle(.ended(1))
        #expect(bench.asked.map(\.upstream) == [0, 1])
        try bench.handle(.ended(2))
        #expect(bench.isFinished)
        #expect(bench.reply?.message.responseCode == .serverFailure)
        try bench.handle(.received([1, 2, 3], in: 1))
    }

    @Test(
        "whatever happens, each search ends once, with every socket closed",
        arguments: 1...200 as ClosedRange<UInt64>
    )
    func anyOrder(seed: UInt64) throws {
        var random = Xorshift(state: seed &* 0x9e37_79b9_7f4a_7c15)
        var bench = try SearchBench(Array(0..<Int(seed % 3 + 1)))
        var time: UInt64 = 0
        while !bench.isFinished {
            time += UInt64.random(in: 1...300, using: &random)
            try bench.advance(to: time)
            guard let attempt = bench.open.values.min(by: { $0.number < $1.number }) else {
                continue
            }
            switch Int.random(in: 0..<10, using: &random) {
            case 8: try bench.fail(from: attempt.upstream, UInt8.random(in: 0...5, using: &random))
            case 9: try bench.answer(from: attempt.upstream, .formatError, toLast: true)
            case 0: try bench.answer(from: attempt.upstream)
            case 1: try bench.answer(from: attempt.upstream, .serverFailure)
            case 2: try bench.answer(from: attempt.upstream, idOff: 1)
            case 3: try bench.handle(.ended(attempt.number))
            case 4: try bench.handle(.received([], in: attempt.number))
            case 5: try bench.handle(.woken)
            default: break
            }
        }
        let ends = bench.done.count { if case .finish = $0.effect { true } else { false } }
        #expect(ends == 1 && bench.open.isEmpty && bench.reply != nil)
        #expect(bench.desk.state.pool.totalOpen == 0 && bench.desk.state.openCount == 0)
        #expect(bench.reply?.at ?? .max <= 2000)
        let datagrams = Dictionary(grouping: bench.messages.filter { !$0.overTCP }, by: \.upstream)
        #expect(datagrams.values.allSatisfy { $0.count <= Search.maximumSends + 1 })
    }
}
