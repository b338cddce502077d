// SPDX-License-Identifier: Apache-2.0
import Publication
import Testing

@Suite("Waits without a deadline", .timeLimit(.minutes(1)))
struct OpenWaitTests {
    private enum Topic: Hashable { case a, b }

    @Test("a change of the topic wakes, before the wait or in it; others do not")
    func wakes() async {
        let registry = WatchRegistry<Topic>()
        let early = registry.register([.a])
        registry.wake([.a])
        #expect(await early.wait())
        let watch = registry.register([.a])
        async let woken = watch.wait()
        registry.wake([.b])
        #expect(registry.count == 1)
        registry.wake([.a])
        #expect(await woken)
    }

    @Test("it ends with the watch's or the task's cancellation")
    func ends() async {
        let registry = WatchRegistry<Topic>()
        let watch = registry.register([.a])
        watch.cancel()
        #expect(await !watch.wait())
        let other = registry.register([.a])
        let isWoken = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await other.wait() }
            group.cancelAll()
            return await group.next() ?? true
        }
        #expect(!isWoken)
    }
}
