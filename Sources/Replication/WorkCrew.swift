// SPDX-License-Identifier: Apache-2.0
import CSockets
import StateStore

/// Does parts of a work on as many threads as the process may use cores: the calling thread and
/// others that end with the work.
struct WorkCrew: PartsWorker {
    /// The number of threads.
    let size: Int

    /// A crew of so many threads; at least one.
    init(size: Int = WorkCrew.coreCount) { self.size = max(1, size) }

    /// The cores that this process may use.
    static var coreCount: Int { Int(csockets_core_count()) }

    /// Does the parts.
    func map<Result: Sendable>(
        _ count: Int,
        _ part: @escaping @Sendable (Int) -> Result
    ) -> [Result] {
        let shift = Shift<Result>(count: count)
        let others = min(size, count) - 1
        for _ in 0..<max(0, others) { WorkThread.start("parts") { shift.work(part) } }
        shift.work(part)
        return shift.results()
    }

    /// Gives up what is needed no more on a thread of its own.
    func discard(_ rest: some Sendable) {
        WorkThread.start("parts") { withExtendedLifetime(rest) {} }
    }
}

/// The parts of one work.
///
/// `@unchecked Sendable`: all that changes is under the lock of `bell`.
private final class Shift<Result: Sendable>: @unchecked Sendable {
    private let bell = Bell()
    private var next = 0
    private var done = 0
    private var found: [Result?]

    init(count: Int) { found = [Result?](repeating: nil, count: count) }

    /// Does one part after the other until there are none left.
    func work(_ part: (Int) -> Result) {
        while let number = take() {
            let result = part(number)
            bell.withLock {
                found[number] = result
                done += 1
                if done == found.count { bell.ring() }
            }
        }
    }

    /// What all parts gave, once the last is done.
    func results() -> [Result] {
        bell.withLock {
            while done < found.count { bell.wait() }
            defer { found = [] }
            return found.compactMap(\.self)
        }
    }

    private func take() -> Int? {
        bell.withLock {
            guard next < found.count else { return nil }
            defer { next += 1 }
            return next
        }
    }
}
