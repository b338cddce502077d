// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import Glibc
import Locking

/// The rate limit of a server: workers take it from here when they begin, and again when their
/// tally says that it changed.
final class RateLimitBoard: Sendable {
    private struct State {
        var limit: RateLimit
        /// What was counted; only while something is limited.
        var table: RateTable?
    }

    private let state: Lock<State>

    init(_ limit: RateLimit) {
        state = Lock(State(limit: limit, table: Self.table(limit)))
    }

    private static func table(_ limit: RateLimit) -> RateTable? {
        limit.isOn ? RateTable(seed: SystemRandomNumberGenerator.seed()) : nil
    }

    /// Replaces the limit; false when it is the same.
    ///
    /// What is counted goes on.
    func update(_ limit: RateLimit) -> Bool {
        state.withLock { state in
            guard state.limit != limit else { return false }
            state.limit = limit
            state.table = limit.isOn ? state.table ?? Self.table(limit) : nil
            return true
        }
    }

    /// A limiter of what holds now.
    func makeLimiter() -> RateLimiter {
        let (limit, table) = state.withLock { ($0.limit, $0.table) }
        return RateLimiter(limit, table: table, seed: SystemRandomNumberGenerator.seed())
    }
}

extension ClientAddress {
    /// The address of a peer; without one, `::`.
    @inline(__always)
    init(_ peer: UnsafePointer<csockets_peer>) {
        // sockaddr_in has the address at 4, sockaddr_in6 at 8.
        let memory = unsafe UnsafeRawPointer(peer)
        switch unsafe memory.load(as: sa_family_t.self) {
        case sa_family_t(AF_INET):
            self.init(v4: UInt32(bigEndian: unsafe memory.load(fromByteOffset: 4, as: UInt32.self)))
        case sa_family_t(AF_INET6):
            self.init(
                high: UInt64(bigEndian: unsafe memory.load(fromByteOffset: 8, as: UInt64.self)),
                low: UInt64(bigEndian: unsafe memory.load(fromByteOffset: 16, as: UInt64.self))
            )
        default: self.init(high: 0, low: 0)
        }
    }
}
