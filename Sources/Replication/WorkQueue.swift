// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSZones
import StateStore

/// What the apply thread is asked to do, with whoever waits for it.
enum Work: Sendable {
    /// Whoever submitted a command.
    typealias Submitter = CheckedContinuation<Result<CommandOutcome, SubmitError>, Never>

    /// A command; its place is `nil` until the log has one for it, and without a log.
    case command(Command, LogPlace?, Submitter)
    /// A state that takes the place of the whole one; its place as that of a command.
    case restoration(StateStore, LogPlace?, Submitter)
    case zones(ZoneSet, PreparedZones, CheckedContinuation<Void, Never>)
    case settings(DNSSettings, CheckedContinuation<Void, Never>)

    /// Whether it is an entry of the log, or would be one.
    var isEntry: Bool {
        switch self {
        case .command, .restoration: true
        case .zones, .settings: false
        }
    }

    /// Lets go on whoever waits, without having done it.
    func abandon() {
        switch self {
        case .command(_, _, let submitter), .restoration(_, _, let submitter):
            submitter.resume(returning: .failure(.stopped))
        case .zones(_, _, let caller), .settings(_, let caller): caller.resume()
        }
    }
}

/// Where a command stands in the log, and the time that stands with it.
struct LogPlace: Hashable, Sendable {
    var index: RaftIndex
    var time: LogTime
}

/// The bounded queue in front of a thread, which sleeps while it is empty.
///
/// `@unchecked Sendable`: the lock of `bell` guards everything that changes.
final class WorkQueue: @unchecked Sendable {
    private let bell = Bell()
    private let limit: Int
    private var waiting: [Work] = []
    /// The place in ``waiting`` of what is next; everything before it was taken.
    private var head = 0
    private var isStopped = false

    init(limit: Int) { self.limit = limit }

    /// The number of pieces of work that wait.
    var count: Int { bell.withLock { waiting.count - head } }

    /// Adds work, or says why not.
    ///
    /// Only commands count against the limit: the rest is rare and must not be lost.
    func append(_ work: Work) -> SubmitError? {
        bell.withLock {
            if isStopped { return .stopped }
            if case .command = work, waiting.count - head >= limit { return .overloaded }
            waiting.append(work)
            if waiting.count - head == 1 { bell.ring() }
            return nil
        }
    }

    /// Adds work as soon as less than the limit waits; what comes after the stop is abandoned.
    func appendWaiting(_ work: [Work]) {
        let isLate = bell.withLock {
            while waiting.count - head >= limit && !isStopped { bell.wait() }
            if isStopped { return true }
            let wasEmpty = waiting.count == head
            waiting.append(contentsOf: work)
            if wasEmpty { bell.ring() }
            return false
        }
        if isLate { for work in work { work.abandon() } }
    }

    /// The next pieces of work, at most `count`; waits while there is none, at most so many
    /// milliseconds, after which there is none.
    ///
    /// `nil` after the stop.
    func next(_ count: Int, within milliseconds: UInt64? = nil) -> [Work]? {
        bell.withLock {
            let deadline = milliseconds.map(Bell.deadline)
            while waiting.count == head && !isStopped {
                if !bell.wait(until: deadline) { break }
            }
            if isStopped { return nil }
            let wasFull = waiting.count - head >= limit
            let end = min(head + count, waiting.count)
            let group = Array(waiting[head..<end])
            head = end
            if head == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                head = 0
            } else if head > limit {
                waiting.removeSubrange(..<head)
                head = 0
            }
            if wasFull { bell.ring() }
            return group
        }
    }

    /// Ends the queue and lets everybody go on who waits.
    func stop() {
        let abandoned = bell.withLock {
            isStopped = true
            bell.ring()
            defer {
                waiting = []
                head = 0
            }
            return waiting[head...]
        }
        // Outside the lock: who is resumed may submit again.
        for work in abandoned { work.abandon() }
    }
}
