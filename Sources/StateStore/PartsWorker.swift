// SPDX-License-Identifier: Apache-2.0

/// Does the parts of a work that do not depend on each other: a port, since the state and the DNS
/// view have no threads of their own.
public protocol PartsWorker: Sendable {
    /// Does parts 0 to `count` - 1, in any order and on any threads, and returns when all are done.
    ///
    /// - Returns: What each gave, in the order of the parts.
    func map<Result: Sendable>(
        _ count: Int,
        _ part: @escaping @Sendable (Int) -> Result
    ) -> [Result]

    /// Gives up what is needed no more, elsewhere: many small pieces of memory take a while.
    func discard(_ rest: some Sendable)
}

/// Does one part after the other on the calling thread.
public struct OneThread: PartsWorker {
    /// Makes one.
    public init() {}

    /// Does one part after the other.
    public func map<Result: Sendable>(
        _ count: Int,
        _ part: @escaping @Sendable (Int) -> Result
    ) -> [Result] { (0..<count).map(part) }

    /// Nobody else is there: the caller gives it up.
    public func discard(_ rest: some Sendable) {}
}
