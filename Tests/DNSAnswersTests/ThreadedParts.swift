// SPDX-License-Identifier: Apache-2.0
import Dispatch
import StateStore
import Synchronization

/// Does parts on several threads.
struct ThreadedParts: PartsWorker {
    func map<Result: Sendable>(
        _ count: Int,
        _ part: @escaping @Sendable (Int) -> Result
    ) -> [Result] {
        let found = Mutex([Result?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { number in
            let result = part(number)
            found.withLock { $0[number] = result }
        }
        return found.withLock { $0.compactMap(\.self) }
    }

    func discard(_ rest: some Sendable) {
        DispatchQueue.global().async { withExtendedLifetime(rest) {} }
    }
}
