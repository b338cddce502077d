// SPDX-License-Identifier: Apache-2.0
import Publication
import Synchronization
import Testing

@Suite("Watches")
struct WatchRegistryTests {
    private static var later: ContinuousClock.Instant { .now + .seconds(60) }

    @Test("a change between register and wait is not lost")
    func changeBeforeWait() async {
        let registry = WatchRegistry<String>()
        let watch = registry.register(["a", "b"])
        registry.wake(["b"])
        #expect(await watch.wait(until: Self.later))
        #expect(registry.count == 0)
    }

    @Test("only those are woken who watch what changed")
    func onlyTheConcerned() async {
        let registry = WatchRegistry<Int>()
        let concerned = registry.register([1, 2])
        let other = registry.register([3])
        registry.wake([2, 7])
        #expect(await concerned.wait(until: Self.later))
        #expect(registry.count == 1)
        #expect(await !other.wait(until: .now))
    }

    @Test(
        "who is told without a task is told once: of a change, of one that lies behind, or of the end"
    )
    func notification() {
        let registry = WatchRegistry<Int>()
        let told = Mutex<[String]>([])
        func watch(_ topic: Int) -> WatchRegistry<Int>.Watch {
            let watch = registry.register([topic])
            watch.notify { isWoken in told.withLock { $0.append("\(topic) \(isWoken)") } }
            return watch
        }
        let (first, second) = (watch(1), watch(2))
        #expect(told.withLock { $0 } == [])
        registry.wake([1])
        second.cancel()
        second.cancel()
        registry.wake([1, 2])
        let third = registry.register([3])
        registry.wake([3])
        third.notify { isWoken in told.withLock { $0.append("3 \(isWoken)") } }
        #expect(told.withLock { $0 } == ["1 true", "2 false", "3 true"])
        withExtendedLifetime((first, second, third)) {}
    }

    @Test("the deadline ends a wait")
    func deadline() async {
        let registry = WatchRegistry<String>()
        let watch = registry.register(["a"])
        #expect(await !watch.wait(until: .now - .seconds(1)))
        #expect(await !watch.wait(until: .now + .milliseconds(1)))
    }

    @Test("cancellation of the task ends a wait, before it begins or while it lasts")
    func cancellation() async {
        let registry = WatchRegistry<String>()
        let isWoken = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await registry.register(["a"]).wait(until: Self.later) }
            group.addTask { await registry.register(["a"]).wait(until: Self.later) }
            while registry.count < 2 { await Task.yield() }
            group.cancelAll()
            group.addTask { await registry.register(["a"]).wait(until: Self.later) }
            var answers: [Bool] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        #expect(isWoken == [false, false, false])
        #expect(registry.count == 0)
    }

    @Test("a cancelled watch does not wait, and lets go on who waits")
    func cancelledWatch() async {
        let registry = WatchRegistry<String>()
        let early = registry.register(["a"])
        early.cancel()
        #expect(await !early.wait(until: Self.later))
        let watch = registry.register(["a"])
        async let isWoken = watch.wait(until: Self.later)
        await Task.yield()
        watch.cancel()
        #expect(await !isWoken)
    }

    @Test("a watch that nobody holds is forgotten")
    func forgotten() {
        let registry = WatchRegistry<String>()
        do {
            let watch = registry.register(["a"])
            #expect(registry.count == 1)
            withExtendedLifetime(watch) {}
        }
        #expect(registry.count == 0)
    }

    @Test("wakeAll wakes everybody, whatever they watch")
    func wakeAll() async {
        let registry = WatchRegistry<Int>()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<500 {
                group.addTask { await registry.register([number]).wait(until: Self.later) }
            }
            while registry.count < 500 { await Task.yield() }
            registry.wakeAll()
            for await isWoken in group { #expect(isWoken) }
        }
        #expect(registry.count == 0)
    }

    @Test("10,000 waiters: a change wakes the few it concerns")
    func tenThousand() async {
        let registry = WatchRegistry<Int>()
        await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<10_000 {
                group.addTask {
                    (number, await registry.register([number % 1000]).wait(until: Self.later))
                }
            }
            while registry.count < 10_000 { await Task.yield() }
            registry.wake([7])
            for _ in 0..<10 {
                let woken = await group.next()
                #expect(woken?.1 == true && (woken?.0 ?? 0) % 1000 == 7)
            }
            #expect(registry.count == 9990)
            #expect(registry.wakeups == 10)
            group.cancelAll()
            for await (_, isWoken) in group { #expect(!isWoken) }
        }
    }

    @Test("of each change the waiter is timed that is told last; who never goes on holds up nobody")
    func timing() {
        let registry = WatchRegistry<Int>()
        let told = Mutex<[Int]>([])
        func watches(_ count: Int) -> [WatchRegistry<Int>.Watch] {
            (0..<count).map { place in
                let watch = registry.register([1])
                watch.notify { _ in told.withLock { $0.append(place) } }
                return watch
            }
        }
        var waiting = watches(20)
        // Without a waiter there is nobody to be timed.
        let unheard = registry.register([1])
        for wake in [{ registry.wake([1]) }, { registry.wakeAll() }] {
            told.withLock { $0 = [] }
            wake()
            let last = told.withLock { $0.last }
            let timed = waiting.map { $0.noteResumption() }
            #expect(timed.indices.filter { timed[$0] != nil } == [last])
            #expect(timed.allSatisfy { $0 ?? .zero >= .zero })
            #expect(waiting.allSatisfy { $0.noteResumption() == nil })
            waiting = watches(20)
        }
        registry.wake([1])
        // The one that is timed is among them, and gone.
        waiting = watches(1)
        registry.wake([1])
        #expect(waiting[0].noteResumption() != nil)
        #expect(registry.wakeups == 62)
        #expect(registry.spuriousWakeups == 0)
        registry.noteSpuriousWakeup()
        #expect(registry.spuriousWakeups == 1)
        withExtendedLifetime(unheard) {}
    }

    @Test("no wake-up is lost while a writer races with readers")
    func race() async {
        let registry = WatchRegistry<Int>()
        let value = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var seen = 0
                    while seen < 2000 {
                        let watch = registry.register([1])
                        let current = value.number.withLock { $0 }
                        if current == seen {
                            #expect(await watch.wait(until: Self.later))
                        }
                        seen = current
                    }
                }
            }
            group.addTask {
                for _ in 0..<2000 {
                    value.number.withLock { $0 += 1 }
                    registry.wake([1])
                    await Task.yield()
                }
            }
        }
        #expect(registry.count == 0)
    }
}

/// A number that tasks share.
private final class Counter: Sendable {
    let number = Mutex(0)
}

@Suite("Snapshot cell")
struct SnapshotCellTests {
    @Test("a reader sees the latest value and its generation")
    func latest() {
        let cell = SnapshotCell("a")
        var generation: UInt64 = 0
        #expect(cell.read(ifNewerThan: &generation) == "a")
        #expect(cell.read(ifNewerThan: &generation) == nil)
        cell.publish("b")
        cell.publish("c")
        #expect(cell.generation == generation + 2)
        #expect(cell.read(ifNewerThan: &generation) == "c")
        #expect(generation == cell.generation && cell.read() == "c")
    }

    @Test("values never go backwards for a reader, and none is torn")
    func monotone() async {
        let cell = SnapshotCell((0, 0))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...20_000 { cell.publish((number, -number)) }
            }
            for _ in 0..<3 {
                group.addTask {
                    var last = 0
                    var generation: UInt64 = 0
                    while last < 20_000 {
                        guard let value = cell.read(ifNewerThan: &generation) else { continue }
                        #expect(value.0 >= last && value.0 == -value.1)
                        last = value.0
                    }
                }
            }
        }
    }
}
