// SPDX-License-Identifier: Apache-2.0
import CAffinity
import DNSAnswers
import Glibc
import Publication
import Synchronization

/// A thread that answers queries on a core of its own, with a responder and buffers of its own, from a
/// view that others read too.
final class ReadingThread {
    private let core: Int32
    private let reader: ViewReader
    private let queries: Queries
    private let total: Int
    private let gate: StartingGate
    private var thread = pthread_t()
    /// Nanoseconds of CPU a query.
    private(set) var cost = 0.0
    /// Whether it ran where it was to run, and answered all.
    private(set) var isValid = false

    init(core: Int, reader: ViewReader, queries: Queries, total: Int, gate: StartingGate) {
        self.core = Int32(core)
        self.reader = reader
        self.queries = queries
        self.total = total
        self.gate = gate
    }

    func start() {
        let context = Unmanaged.passRetained(self).toOpaque()
        let error = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ReadingThread>.fromOpaque(context).takeRetainedValue().answer()
                return nil
            },
            context
        )
        precondition(error == 0, "no thread: error \(error)")
    }

    func join() { pthread_join(thread, nil) }

    private func answer() {
        let isPinned = affinity_pin(core) == 0
        let size = 33 * (4096 + Responder.slack)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        buffer.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer { buffer.deallocate() }
        reader.enter()
        var responder = Responder(root: reader.root, seed: 7, batch: 32)
        reader.leave()
        let rounded = (total + 31) / 32 * 32
        queries.lengths.withUnsafeBufferPointer { lengths in
            guard let first = lengths.baseAddress else { return }
            func round(_ total: Int) -> Int {
                run(
                    &responder,
                    reader,
                    queries.octets,
                    first,
                    names: lengths.count,
                    total: total,
                    buffer: buffer,
                    plant: false
                ).answered
            }
            _ = round(20_000)
            gate.pass()
            let start = Self.now()
            let answered = round(total)
            cost = (Self.now() - start) / Double(rounded)
            isValid = isPinned && answered == rounded
        }
    }

    /// The CPU time of this thread in nanoseconds.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

/// Where threads wait for each other before they are measured.
final class StartingGate: Sendable {
    private let missing: Atomic<Int>

    init(_ threads: Int) { missing = Atomic(threads) }

    func pass() {
        missing.subtract(1, ordering: .acquiringAndReleasing)
        while missing.load(ordering: .acquiring) > 0 {}
    }
}

/// What a query costs one thread alone, on either core in turn, and each of two at once: medians, and
/// the median of the ratios of each round.
func compareReaders(
    _ writer: DNSViewWriter,
    _ makeQueries: () throws -> Queries,
    total: Int,
    rounds: Int
) throws {
    let readers = [writer.makeReader(), writer.makeReader()]
    let queries = [try makeQueries(), try makeQueries()]
    func measure(_ cores: [Int]) -> Double {
        let gate = StartingGate(cores.count)
        let threads = cores.map { core in
            ReadingThread(
                core: core,
                reader: readers[core],
                queries: queries[core],
                total: total,
                gate: gate
            )
        }
        for thread in threads { thread.start() }
        for thread in threads { thread.join() }
        precondition(threads.allSatisfy(\.isValid), "a thread was not pinned or did not answer all")
        return threads.reduce(0) { $0 + $1.cost } / Double(threads.count)
    }
    var alone: [Double] = []
    var both: [Double] = []
    for round in 0..<rounds {
        let order = round % 2 == 0 ? [0, 1] : [1, 0]
        let first = measure([order[0]])
        both.append(measure([0, 1]))
        alone.append((first + measure([order[1]])) / 2)
    }
    let ratios = zip(both, alone).map { $0 / $1 }
    func text(_ value: Double, _ scale: Double) -> String {
        "\((value * scale).rounded() / scale)"
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    print(
        "one thread \(text(median(alone), 10)) ns a query, each of two \(text(median(both), 10)) ns; ratio: "
            + "median \(text(median(ratios), 1000)), least \(text(ratios.min() ?? 0, 1000)), "
            + "most \(text(ratios.max() ?? 0, 1000)), \(rounds) rounds"
    )
}
