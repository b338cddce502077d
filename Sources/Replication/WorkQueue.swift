// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSZones
import Glibc
import StateStore

/// What the apply thread is asked to do, with whoever waits for it.
enum Work: Sendable {
    case command(Command, CheckedContinuation<Result<CommandOutcome, SubmitError>, Never>)
    case zones(ZoneSet, PreparedZones, CheckedContinuation<Void, Never>)
    case settings(DNSSettings, CheckedContinuation<Void, Never>)

    /// Lets go on whoever waits, without having done it.
    func abandon() {
        switch self {
        case .command(_, let submitter): submitter.resume(returning: .failure(.stopped))
        case .zones(_, _, let caller), .settings(_, let caller): caller.resume()
        }
    }
}

/// The bounded queue in front of the apply thread, which sleeps while it is empty.
///
/// `@unchecked Sendable`: the lock guards everything that changes.
@safe
final class WorkQueue: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let filled: UnsafeMutablePointer<pthread_cond_t>
    private let limit: Int
    private var waiting: [Work] = []
    /// The place in ``waiting`` of what is next; everything before it was taken.
    private var head = 0
    private var isStopped = false

    init(limit: Int) {
        self.limit = limit
        unsafe lock = .allocate(capacity: 1)
        unsafe filled = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(filled, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(filled)
        unsafe pthread_mutex_destroy(lock)
        unsafe filled.deallocate()
        unsafe lock.deallocate()
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return body()
    }

    /// The number of pieces of work that wait.
    var count: Int { withLock { waiting.count - head } }

    /// Adds work, or says why not.
    ///
    /// Only commands count against the limit: the rest is rare and must not be lost.
    func append(_ work: Work) -> SubmitError? {
        withLock {
            if isStopped { return .stopped }
            if case .command = work, waiting.count - head >= limit { return .overloaded }
            waiting.append(work)
            if waiting.count - head == 1 { unsafe pthread_cond_signal(filled) }
            return nil
        }
    }

    /// The next pieces of work, at most `count`; waits while there is none.
    ///
    /// `nil` after the stop.
    func next(_ count: Int) -> [Work]? {
        withLock {
            while waiting.count == head && !isStopped { unsafe pthread_cond_wait(filled, lock) }
            if isStopped { return nil }
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
            return group
        }
    }

    /// Ends the queue and lets everybody go on who waits.
    func stop() {
        let abandoned = withLock {
            isStopped = true
            unsafe pthread_cond_broadcast(filled)
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
