// SPDX-License-Identifier: Apache-2.0
import Locking

/// The blocking queries that wait, so that all of them end when the server stops.
final class ActiveWaits: Sendable {
    private struct State {
        var lastID = 0
        var cancels: [Int: @Sendable () -> Void] = [:]
        /// Waits of ``cancels`` that are none of a query.
        var uncounted: Set<Int> = []
        var isStopped = false
    }

    private let state = Lock(State())

    /// The number of waits.
    var count: Int { state.withLock { $0.cancels.count - $0.uncounted.count } }

    /// Adds a wait that `cancel` ends; `nil` when the server stops already.
    ///
    /// A stream, whose reads are waits themselves, does not count as one.
    func enter(_ cancel: @escaping @Sendable () -> Void, counts: Bool = true) -> Int? {
        state.withLock { state in
            guard !state.isStopped else { return nil }
            state.lastID += 1
            state.cancels[state.lastID] = cancel
            if !counts { state.uncounted.insert(state.lastID) }
            return state.lastID
        }
    }

    /// Takes a wait out that is over.
    func leave(_ id: Int) {
        state.withLock { state in
            state.cancels.removeValue(forKey: id)
            state.uncounted.remove(id)
        }
    }

    /// Ends all waits and lets no other begin.
    func stop() {
        let cancels = state.withLock { state in
            state.isStopped = true
            defer {
                state.cancels = [:]
                state.uncounted = []
            }
            return Array(state.cancels.values)
        }
        for cancel in cancels { cancel() }
    }
}
