// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A lock with a condition to wait for, of the kind that threads of ours share.
///
/// `@unchecked Sendable`: both are made for several threads.
@safe
final class Bell: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        unsafe lock = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(lock)
        unsafe condition.deallocate()
        unsafe lock.deallocate()
    }

    /// Runs `body` under the lock.
    func withLock<Result>(_ body: () -> Result) -> Result {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return body()
    }

    /// Wakes everybody who waits.
    func ring() { unsafe pthread_cond_broadcast(condition) }

    /// Waits, under the lock, until somebody rings or the time is over; may return without either.
    ///
    /// - Parameter deadline: in nanoseconds of the monotonic clock; `nil` waits for ever.
    /// - Returns: Whether there is time left.
    @discardableResult
    func wait(until deadline: UInt64? = nil) -> Bool {
        guard let deadline else {
            unsafe pthread_cond_wait(condition, lock)
            return true
        }
        var time = timespec(
            tv_sec: Int(deadline / 1_000_000_000),
            tv_nsec: Int(deadline % 1_000_000_000)
        )
        return unsafe pthread_cond_timedwait(condition, lock, &time) != ETIMEDOUT
    }

    /// The monotonic clock in so many milliseconds, in nanoseconds.
    static func deadline(milliseconds: UInt64) -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec) + milliseconds * 1_000_000
    }
}
