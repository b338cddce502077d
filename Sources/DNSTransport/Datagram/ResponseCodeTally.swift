// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Replies by their response code (RFC 1035 §4.1.1: four bits).
struct ResponseCodeTally: ~Copyable, Sendable {
    private let counts = InlineArray<16, Atomic<UInt64>> { _ in Atomic(0) }

    /// Counts a reply whose fourth octet is this, from the one thread that counts here.
    @inline(__always)
    borrowing func noteAlone(_ octet: UInt8) {
        let code = Int(truncatingIfNeeded: octet & 15)
        let count = counts[code].load(ordering: .relaxed)
        counts[code].store(count &+ 1, ordering: .relaxed)
    }

    /// Counts a reply whose fourth octet is this, from any thread.
    borrowing func note(_ octet: UInt8) {
        counts[Int(octet & 15)].count()
    }

    /// Adds the counts to those of others.
    borrowing func add(to codes: inout [UInt64]) {
        for code in 0..<16 { codes[code] += counts[code].load(ordering: .relaxed) }
    }
}
