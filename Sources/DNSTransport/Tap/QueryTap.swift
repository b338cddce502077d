// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import Locking
import Synchronization

/// Where answered queries are told of: threads leave records in rings of their own, and one thread
/// takes them out and hands them on.
///
/// Whoever answers never waits: what finds no room is lost, and counted.
public final class QueryTap: Sendable {
    /// Samples that are drawn a second, about, over all threads; all queries while there are fewer.
    public static let sampleRate = 2000
    /// How long records wait at most, in milliseconds: for the log, and for the lists.
    private static let logPause: Int32 = 20
    private static let samplePause: Int32 = 200
    /// The same while nobody asks.
    private static let idlePause: Int32 = 1000

    /// Who listens; called by one thread at a time, which may take its time.
    public typealias Listener = @Sendable ([TappedQuery]) -> Void

    private struct Consumer {
        var listener: Listener?
        /// Queries that the samples stand for, since the rate was last set, and when that was.
        var weight: UInt64 = 0
        var since: UInt64 = 0
    }

    private let current: Lock<QueryTapSettings>
    private let rings = Lock<[TapRing]>([])
    private let consumer = Lock(Consumer())
    /// Of threads that share: the slow line's and the forwarder's.
    private let shared = Lock<TapProducer?>(nil)
    private let changeCount = Atomic<UInt64>(0)
    private let gap = Atomic<Int>(1)
    private let lostForLog = Atomic<UInt64>(0)
    private let lostSamples = Atomic<UInt64>(0)
    private let isStopping = Atomic<Bool>(false)
    private let event: Int32

    /// Tells nothing until ``update(_:)`` says so.
    init(_ settings: QueryTapSettings = QueryTapSettings()) {
        current = Lock(settings)
        event = csockets_event_create()
    }

    deinit { if event >= 0 { csockets_close(event) } }

    /// Says who listens; before the server starts.
    public func attach(_ listener: @escaping Listener) {
        consumer.withLock { $0.listener = listener }
    }

    /// Records for the log that found no room.
    public var lostLogRecords: UInt64 { lostForLog.load(ordering: .relaxed) }

    /// Samples that found no room; the next one stands for them too.
    public var lostSampleRecords: UInt64 { lostSamples.load(ordering: .relaxed) }

    /// Hands on what waits, at once, on the caller's thread, unless another is at it: whoever listens may
    /// wait for a disk.
    public func flush() { _ = consumer.withLockIfAvailable { handOn(&$0) } }

    /// The same; how many there were.
    private func handOn(_ consumer: inout Consumer) -> Int {
        let rings = rings.withLock { $0 }
        var queries: [TappedQuery] = []
        for ring in rings {
            // No more than fits: a busy producer must not keep this from ending.
            for _ in 0..<TapRing.capacity {
                guard let query = ring.pop() else { break }
                queries.append(query)
            }
        }
        adjust(&consumer, queries)
        if !queries.isEmpty { consumer.listener?(queries) }
        return queries.count
    }

    /// Sets how many queries one sample stands for, by how many there were.
    private func adjust(_ consumer: inout Consumer, _ queries: [TappedQuery]) {
        for query in queries { consumer.weight += UInt64(query.weight) }
        let now = csockets_monotonic_milliseconds()
        let elapsed = now - min(consumer.since, now)
        guard elapsed >= 100 else { return }
        let rate = consumer.weight * 1000 / elapsed
        gap.store(max(1, Int(clamping: rate) / Self.sampleRate), ordering: .relaxed)
        consumer.weight = 0
        consumer.since = now
    }
}

extension QueryTap {
    /// What is told now.
    var settings: QueryTapSettings { current.withLock { $0 } }

    /// Goes up with each change of the settings.
    var changes: UInt64 { changeCount.load(ordering: .acquiring) }

    /// How many queries one sample should stand for.
    var sampleGap: Int { gap.load(ordering: .relaxed) }

    /// A ring that is emptied with the others.
    func makeRing() -> TapRing {
        let ring = TapRing()
        rings.withLock { $0.append(ring) }
        return ring
    }

    /// Forgets the rings of a server that stopped, or did not start.
    func removeRings() { rings.withLock { $0 = [] } }

    func noteLost(isForLog: Bool) {
        if isForLog { lostForLog.count() } else { lostSamples.count() }
    }

    /// Replaces the settings; false when they are the same.
    func update(_ settings: QueryTapSettings) -> Bool {
        let isNew = current.withLock { current in
            guard current != settings else { return false }
            current = settings
            return true
        }
        if isNew {
            changeCount.wrappingAdd(1, ordering: .releasing)
            csockets_event_signal(event)
        }
        return isNew
    }

    /// Tells of a reply from threads that share a ring.
    func noteShared(
        _ reply: [UInt8],
        milliseconds: UInt64,
        _ fill: (inout TapRecord) -> Void
    ) {
        let settings = settings
        guard settings.logs || settings.samples else { return }
        shared.withLock { producer in
            if producer == nil { producer = TapProducer(self) }
            producer?.refresh()
            unsafe reply.withUnsafeBytes { octets in
                unsafe producer?.note(octets, nanoseconds: milliseconds * 1_000_000, fill)
            }
        }
    }

    /// The thread's body: hands on what waits, now and then, until ``stop()``.
    func run() {
        while !isStopping.load(ordering: .acquiring) {
            let settings = settings
            let isOn = settings.logs || settings.samples
            let count = isOn ? consumer.withLock { handOn(&$0) } : 0
            let usual = settings.logs ? Self.logPause : Self.samplePause
            let pause = count == 0 && !settings.logs ? Self.idlePause : usual
            csockets_event_wait_for(event, isOn ? pause : -1)
        }
        _ = consumer.withLock { handOn(&$0) }
    }

    /// Makes ``run()`` return after what waits was handed on.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        csockets_event_signal(event)
    }
}
