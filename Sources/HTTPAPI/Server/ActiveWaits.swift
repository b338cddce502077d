// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The blocking queries that wait, so that all of them end when the server stops.
final class ActiveWaits: Sendable {
    private struct State {
        var lastID = 0
        var cancels: [Int: @Sendable () -> Void] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())

    /// The number of waits.
    var count: Int { state.withLock { $0.cancels.count } }

    /// Adds a wait that `cancel` ends; `nil` when the server stops already.
    func enter(_ cancel: @escaping @Sendable () -> Void) -> Int? {
        state.withLock { state in
            guard !state.isStopped else { return nil }
            state.lastID += 1
            state.cancels[state.lastID] = cancel
            return state.lastID
        }
    }

    /// Takes a wait out that is over.
    func leave(_ id: Int) {
        state.withLock { _ = $0.cancels.removeValue(forKey: id) }
    }

    /// Ends all waits and lets no other begin.
    func stop() {
        let cancels = state.withLock { state in
            state.isStopped = true
            defer { state.cancels = [:] }
            return Array(state.cancels.values)
        }
        for cancel in cancels { cancel() }
    }
}
