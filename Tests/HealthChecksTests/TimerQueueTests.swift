// SPDX-License-Identifier: Apache-2.0
import Checks
import Testing

@testable import HealthChecks

@Suite("Timers of all checks")
struct TimerQueueTests {
    private func key(_ generation: UInt64, _ timer: CheckTimer = .run) -> TimerQueue.Key {
        TimerQueue.Key(generation: generation, timer: timer)
    }

    private func due(_ queue: inout TimerQueue, at seconds: Int) -> [String] {
        queue.takeDue(at: .seconds(seconds)).map { "\($0.id) \($0.key.timer)" }
    }

    @Test("go off once, in the order of their times")
    func order() {
        var queue = TimerQueue()
        queue.set(key(1), of: "a", at: .seconds(3))
        queue.set(key(2), of: "b", at: .seconds(1))
        queue.set(key(2, .reap), of: "b", at: .seconds(2))
        #expect(queue.next == .seconds(1))
        #expect(due(&queue, at: 0) == [])
        #expect(due(&queue, at: 2) == ["b run", "b reap"])
        #expect(queue.next == .seconds(3))
        #expect(due(&queue, at: 3) == ["a run"])
        #expect(due(&queue, at: 9) == [])
        #expect(queue.next == nil)
    }

    @Test("one that is set again goes off at its new time only, one that is cleared never")
    func changes() {
        var queue = TimerQueue()
        queue.set(key(1), of: "a", at: .seconds(1))
        queue.set(key(1), of: "a", at: .seconds(5))
        queue.set(key(2), of: "b", at: .seconds(5))
        queue.set(key(2), of: "b", at: .seconds(2))
        queue.set(key(3), of: "c", at: .seconds(1))
        queue.set(key(4), of: "d", at: .seconds(1))
        queue.set(key(4, .reap), of: "d", at: .seconds(1))
        queue.clear(key(3))
        queue.clear(generation: 4)
        #expect(queue.count == 2)
        #expect(due(&queue, at: 1) == [])
        #expect(due(&queue, at: 2) == ["b run"])
        #expect(due(&queue, at: 5) == ["a run"])
        // Set twice for the same time, it is still one timer.
        queue.set(key(1), of: "a", at: .seconds(6))
        queue.set(key(1), of: "a", at: .seconds(6))
        #expect(due(&queue, at: 6) == ["a run"])
    }

    @Test("what is set again and again takes no more room")
    func room() {
        var queue = TimerQueue()
        for turn in 0..<10_000 {
            queue.set(key(1, .expiry), of: "a", at: .seconds(3600 + turn))
            queue.set(key(2, .expiry), of: "b", at: .seconds(7200 - turn % 100))
        }
        #expect(queue.count == 2)
        #expect(queue.places <= 2 * 2 + 64)
        for generation in 3..<10_000 as Range<UInt64> {
            queue.set(key(generation), of: "c", at: .seconds(86_400))
            queue.clear(generation: generation)
        }
        #expect(queue.places <= 2 * 2 + 64)
        #expect(due(&queue, at: 7300) == ["b expiry"])
    }
}
