// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

@Suite("Health of upstreams")
struct UpstreamPoolTests {
    private func plan(_ desk: inout Desk, _ name: String) throws -> SearchPlan {
        guard case .search(let plan) = try desk.arrive(Queries.octets(name)) else {
            throw CancellationError()
        }
        return plan
    }

    @Test("a dead first recursor costs one short timeout, then none")
    func failover() throws {
        var desk = try Desk()
        let first = try plan(&desk, "a.example")
        #expect(first.turns.map(\.upstream) == [0, 1])
        #expect(first.turns.map(\.timeout) == [500, 500])
        _ = desk.state.report(.begun, at: 0, of: first, now: desk.now)
        _ = desk.state.report(.failed, at: 0, of: first, now: desk.now)
        for number in 0..<10 {
            let next = try plan(&desk, "b\(number).example")
            #expect(next.turns.map(\.upstream) == [1, 0])
        }
        // It answers a probe: it is first again.
        let probes = desk.state.probes(now: desk.now, using: &desk.generator)
        #expect(probes.map(\.turns).map { $0.map(\.upstream) } == [[0]])
        _ = desk.state.report(.answered(5), at: 0, of: probes[0], now: desk.now)
        #expect(try plan(&desk, "c.example").turns.map(\.upstream) == [0, 1])
    }

    @Test("probes come at once, then less and less often, and never on a client's path")
    func probes() throws {
        var desk = try Desk()
        let first = try plan(&desk, "a.example")
        #expect(desk.state.probes(now: desk.now, using: &desk.generator).isEmpty)
        _ = desk.state.report(.failed, at: 0, of: first, now: desk.now)
        var times: [UInt64] = []
        let start = desk.now
        while desk.now < start + 60_000 {
            for probe in desk.state.probes(now: desk.now, using: &desk.generator) {
                times.append(desk.now - start)
                #expect(probe.purpose == .probe)
                _ = desk.state.report(.failed, at: 0, of: probe, now: desk.now)
            }
            desk.now += 50
        }
        let intervals = zip(times, times.dropFirst()).map { $1 - $0 }
        #expect(times.first == 0)
        #expect(intervals == intervals.sorted())
        #expect(intervals.max() == 10_000 && times.count < 14)
    }

    @Test("the short timeout follows the round trip, within its bounds")
    func timeout() {
        var pool = UpstreamPool(addresses: [[1, 1, 1, 1]])
        #expect(pool.shortTimeout(0) == 500)
        for _ in 0..<20 { pool.answered(0, after: 2, now: 0) }
        #expect(pool.shortTimeout(0) == 300)
        for _ in 0..<20 { pool.answered(0, after: 150, now: 0) }
        #expect((300..<700).contains(pool.shortTimeout(0)))
        for _ in 0..<20 { pool.answered(0, after: 5000, now: 0) }
        #expect(pool.shortTimeout(0) == 800)
    }

    @Test("random order begins with each, and suspects stay behind")
    func random() {
        var pool = UpstreamPool(addresses: (0..<4).map { [1, 1, 1, $0] })
        var generator = Xorshift(state: 9)
        pool.failed(2, now: 0)
        var firsts: [Int: Int] = [:]
        for _ in 0..<300 {
            let order = pool.order([0, 1, 2, 3], isRandom: true, using: &generator)
            #expect(order.sorted() == [0, 1, 2, 3])
            #expect(order.last == 2)
            firsts[order[0], default: 0] += 1
        }
        #expect(firsts.values.allSatisfy { $0 > 60 } && firsts.count == 3)
        #expect(pool.order([2, 1, 0], isRandom: false, using: &generator) == [1, 0, 2])
    }

    @Test("no upstream has more questions than its limit")
    func limit() {
        var pool = UpstreamPool(addresses: [[1, 1, 1, 1]])
        let taken = (0..<10).filter { _ in pool.open(0, limit: 4) }
        #expect(taken.count == 4)
        pool.failed(0, now: 0)
        pool.answered(0, after: 1, now: 0)
        // What was not taken was not asked, and an answer takes nothing back.
        #expect(pool.counts(of: 0).asked == 4 && pool.counts(of: 0).failed == 1)
        pool.close(0)
        let again = pool.open(0, limit: 4)
        #expect(again)
    }

    @Test("reports about upstreams of an older configuration change nothing")
    func reload() throws {
        var desk = try Desk()
        let old = try plan(&desk, "a.example")
        desk.state.update(
            settings: desk.state.settings,
            rules: ForwardRules([.init(zone: .root, upstreams: [0])]),
            upstreams: [[9, 9, 9, 9]],
            keepsUpstreams: false
        )
        for event in [AttemptEvent.failed, .ended] {
            let isTaken = desk.state.report(event, at: 1, of: old, now: desk.now)
            #expect(isTaken)
        }
        #expect(desk.state.pool.isHealthy(0))
        // And its reply is not kept: it came from elsewhere.
        _ = desk.state.finish(
            old.number,
            with: try Desk.addresses()(old.query),
            now: desk.now
        )
        #expect(desk.state.cache.count == 0)
    }
}
