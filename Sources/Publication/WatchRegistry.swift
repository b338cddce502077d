// SPDX-License-Identifier: Apache-2.0
import Locking
import Synchronization

/// Who waits for a change of what.
///
/// A wait costs memory and a timer, nothing else: a change looks only at those who wait for it.
///
/// To wait without losing a change: register, then read, then wait if what was read is not newer
/// than what one has. A change between register and wait makes the wait return at once.
public final class WatchRegistry<Topic: Hashable & Sendable>: Sendable {
    private let table = Lock(WatchTable<Topic>())
    /// The watch whose wake-up is timed; 0 while there is none.
    ///
    /// Stored under the lock.
    private let timed = Atomic<UInt64>(0)
    private let spurious = Atomic<UInt64>(0)

    /// Makes a registry without watches.
    public init() {}

    /// The number of watches that are registered and were not woken yet.
    public var count: Int { table.withLock { $0.entries.count } }

    /// How many watches were woken by changes so far, before or while somebody waited for them.
    public var wakeups: UInt64 { table.withLock { $0.wakeups } }

    /// Of these, those that brought nothing: who was woken read again and waits on.
    public var spuriousWakeups: UInt64 { spurious.load(ordering: .relaxed) }

    /// Says that somebody who was woken waits on.
    public func noteSpuriousWakeup() { spurious.wrappingAdd(1, ordering: .relaxed) }

    /// Registers a watch, to be done **before** reading.
    ///
    /// It ends with ``Watch/cancel()`` or when the last reference to it is gone.
    public func register(_ topics: [Topic]) -> Watch {
        Watch(registry: self, id: table.withLock { $0.register(topics) })
    }

    /// Wakes whoever watches one of the topics.
    public func wake(_ topics: some Sequence<Topic>) {
        let woken = table.withLock { table in
            guard !table.entries.isEmpty else { return [WatchWaiter]() }
            let woken = table.remove(watching: topics)
            timed.store(table.timed?.id ?? 0, ordering: .relaxed)
            return woken
        }
        // Outside the lock: what is told may run at once and come back here.
        for waiter in woken { waiter(true) }
    }

    /// Wakes everybody, as after the installation of a snapshot.
    public func wakeAll() {
        let woken = table.withLock { table in
            let woken = table.removeAll()
            timed.store(table.timed?.id ?? 0, ordering: .relaxed)
            return woken
        }
        for waiter in woken { waiter(true) }
    }

    /// A registered interest in some topics.
    public final class Watch: Sendable {
        private let registry: WatchRegistry
        private let id: UInt64

        fileprivate init(registry: WatchRegistry, id: UInt64) {
            self.registry = registry
            self.id = id
        }

        deinit { registry.forget(id) }

        /// Waits until a topic changed since the registration.
        ///
        /// To be called by one task at a time.
        ///
        /// - Returns: `true` when woken, `false` when the deadline came first, the task was
        ///   cancelled or the watch was.
        public func wait(until deadline: ContinuousClock.Instant) async -> Bool {
            // The watch lives as long as somebody waits for it.
            defer { withExtendedLifetime(self) {} }
            let registry = registry
            let id = id
            return await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Ends early only by cancellation: of the waiting task, or because it was
                    // woken. Either way there is nothing left to wait for.
                    try? await Task.sleep(until: deadline, clock: .continuous)
                    registry.end(id)
                }
                let isWoken = await withCheckedContinuation { continuation in
                    registry.park(id) { continuation.resume(returning: $0) }
                }
                group.cancelAll()
                return isWoken
            }
        }

        /// Waits until a topic changed since the registration, however long that takes.
        ///
        /// To be called by one task at a time.
        ///
        /// - Returns: `true` when woken, `false` when the task was cancelled or the watch was.
        public func wait() async -> Bool {
            // The watch lives as long as somebody waits for it.
            defer { withExtendedLifetime(self) {} }
            let registry = registry
            let id = id
            return await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    registry.park(id) { continuation.resume(returning: $0) }
                }
            } onCancel: {
                registry.end(id)
            }
        }

        /// Tells `waiter` once, without a task that waits: `true` when a topic changed since the registration,
        /// `false` when the watch was cancelled.
        ///
        /// It is called on the thread that makes the change, at once when that lies behind, and should do no more
        /// than to hand on. The watch must be kept until then.
        public func notify(_ waiter: @escaping @Sendable (Bool) -> Void) {
            registry.park(id, waiter)
        }

        /// Says that who waited goes on.
        ///
        /// Of each change one waiter is timed, the last that is told of it: for the others this is the reading of an atomic.
        ///
        /// - Returns: How long ago the change came; `nil` for those that are not timed.
        public func noteResumption() -> Duration? { registry.resumption(of: id) }

        /// Ends the watch.
        ///
        /// Who waits goes on with `false`.
        public func cancel() { registry.end(id) }
    }

    /// Puts a waiter to its watch, or tells it when there is nothing to wait for.
    private func park(_ id: UInt64, _ waiter: @escaping WatchWaiter) {
        let answer = table.withLock { $0.park(waiter, id) }
        if let answer { waiter(answer) }
    }

    /// Ends the wait of a watch, whether it has begun or not.
    private func end(_ id: UInt64) {
        table.withLock { $0.end(id) }?(false)
    }

    private func forget(_ id: UInt64) {
        table.withLock { table in
            table.forget(id)
            // Who was to be timed never said that it went on.
            if table.timed?.id == id { stopTiming(&table) }
        }
    }

    private func resumption(of id: UInt64) -> Duration? {
        guard timed.load(ordering: .relaxed) == id else { return nil }
        return table.withLock { table in
            guard let timed = table.timed, timed.id == id else { return nil }
            stopTiming(&table)
            return timed.since.duration(to: .now)
        }
    }

    private func stopTiming(_ table: inout WatchTable<Topic>) {
        table.timed = nil
        timed.store(0, ordering: .relaxed)
    }
}

/// Who is told once: `true` for a change, `false` for the end of the watch.
private typealias WatchWaiter = @Sendable (Bool) -> Void

/// The content of a ``WatchRegistry``; its lock guards it.
private struct WatchTable<Topic: Hashable & Sendable> {
    /// A watch that was not woken: at rest, with a waiter, or past its deadline.
    struct Entry {
        var topics: [Topic]
        var waiter: WatchWaiter?
        var isOver = false
    }

    /// Watches that were not woken.
    ///
    /// A watch that is not here was woken or forgotten.
    var entries: [UInt64: Entry] = [:]
    /// How many were woken.
    private(set) var wakeups: UInt64 = 0
    /// The watch whose wake-up is timed, and when it was woken; the next one is chosen when that went on.
    var timed: (id: UInt64, since: ContinuousClock.Instant)?
    private var watchers: [Topic: Set<UInt64>] = [:]
    private var lastID: UInt64 = 0

    mutating func register(_ topics: [Topic]) -> UInt64 {
        lastID += 1
        entries[lastID] = Entry(topics: topics)
        for topic in topics { watchers[topic, default: []].insert(lastID) }
        return lastID
    }

    /// Returns what the waiter is to be told at once; `nil` when it was put to the watch.
    mutating func park(_ waiter: @escaping WatchWaiter, _ id: UInt64) -> Bool? {
        guard let entry = entries[id] else { return true }
        if entry.isOver { return false }
        entries[id]?.waiter = waiter
        return nil
    }

    mutating func end(_ id: UInt64) -> WatchWaiter? {
        entries[id]?.isOver = true
        return entries[id]?.waiter.take()
    }

    mutating func forget(_ id: UInt64) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        leave(entry.topics, id)
    }

    mutating func remove(
        watching topics: some Sequence<Topic>
    ) -> [WatchWaiter] {
        var woken: [WatchWaiter] = []
        var last: UInt64?
        for topic in topics {
            guard let ids = watchers.removeValue(forKey: topic) else { continue }
            for id in ids {
                guard let entry = entries.removeValue(forKey: id) else { continue }
                leave(entry.topics, id)
                wakeups += 1
                guard let waiter = entry.waiter else { continue }
                woken.append(waiter)
                last = id
            }
        }
        time(last)
        return woken
    }

    mutating func removeAll() -> [WatchWaiter] {
        var woken: [WatchWaiter] = []
        var last: UInt64?
        for (id, entry) in entries {
            guard let waiter = entry.waiter else { continue }
            woken.append(waiter)
            last = id
        }
        time(last)
        wakeups += UInt64(entries.count)
        entries.removeAll()
        watchers.removeAll()
        return woken
    }

    /// Times a watch that is woken now, unless another is timed.
    private mutating func time(_ id: UInt64?) {
        if let id, timed == nil { timed = (id, .now) }
    }

    private mutating func leave(_ topics: [Topic], _ id: UInt64) {
        for topic in topics {
            watchers[topic]?.remove(id)
            if watchers[topic]?.isEmpty == true { watchers[topic] = nil }
        }
    }
}
