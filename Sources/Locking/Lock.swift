// SPDX-License-Identifier: Apache-2.0
public import Synchronization

/// A value that one thread at a time may use: a `Mutex` that stays out of the functions that take it.
///
/// On Linux a `Mutex` is the ID of the thread that holds it, which it finds in a thread-local variable. Where the compiler builds it
/// into an async function, that variable's address may be taken before an `await` and used after it (Swift 6.3): on another thread by
/// then, the mutex is held in the name of a thread that does not unlock it, and the process ends. Nothing of that can happen in a
/// function of its own, which never awaits anything.
public struct Lock<Value: ~Copyable>: ~Copyable {
    @usableFromInline let mutex: Mutex<Value>

    /// Makes a lock that nobody holds.
    public init(_ value: consuming sending Value) { mutex = Mutex(value) }

    /// Waits until nobody else uses the value, and uses it.
    ///
    /// - Throws: what the body throws.
    @inlinable @inline(never)
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }

    /// Uses the value if nobody else does.
    ///
    /// - Returns: `nil` when somebody uses it.
    /// - Throws: what the body throws.
    @inlinable @inline(never)
    public borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        try mutex.withLockIfAvailable(body)
    }
}

extension Lock: Sendable where Value: ~Copyable {}
