// SPDX-License-Identifier: Apache-2.0
import Locking

/// Collects where the server listens, for whoever waits for it.
final class ListenerReport: Sendable {
    private struct State {
        var bound: [Int: HTTPListenAddress] = [:]
        var isOver = false
        var waiting: [CheckedContinuation<[HTTPListenAddress], Never>] = []
    }

    private let expected: Int
    private let state = Lock(State())

    init(expected: Int) { self.expected = expected }

    /// The addresses, once all are bound; empty when binding failed.
    func addresses() async -> [HTTPListenAddress] {
        await withCheckedContinuation { continuation in
            let answer: [HTTPListenAddress]? = state.withLock { state in
                if state.bound.count >= expected { return ordered(state) }
                if state.isOver { return [] }
                state.waiting.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// An address is bound.
    func listening(_ address: HTTPListenAddress, at position: Int) {
        let (waiting, answer) = state.withLock { state in
            state.bound[position] = address
            guard state.bound.count >= expected else { return Self.nobody }
            defer { state.waiting = [] }
            return (state.waiting, ordered(state))
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }

    /// Whether the address at that place is bound.
    func isListening(at position: Int) -> Bool {
        state.withLock { $0.bound[position] != nil }
    }

    /// The server stopped, perhaps before all was bound: nobody waits any longer.
    func finish() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: []) }
    }

    private static var nobody:
        ([CheckedContinuation<[HTTPListenAddress], Never>], [HTTPListenAddress])
    { ([], []) }

    private func ordered(_ state: State) -> [HTTPListenAddress] {
        state.bound.sorted { $0.key < $1.key }.map(\.value)
    }
}
