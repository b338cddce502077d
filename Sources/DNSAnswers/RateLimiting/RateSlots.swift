// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Token buckets of client networks, in lines of eight.
///
/// A bucket is one word: 16 bits of the network's hash, and 48 bits that say when the bucket will
/// be full again (the generic cell rate algorithm of ITU-T I.371). What lies ahead of now is the
/// network's debt; a reply adds its share of a second to it, time takes it away. So nothing has to
/// be swept, and being over the limit costs no write.
///
/// A network looks only at the eight words of one cache line. If none is its own, it takes the one
/// with the least debt, which therefore loses the least: a bucket that is full again loses nothing,
/// and a network at its limit stands until all eight are at theirs. A network that was put out
/// begins anew. Two that share a line and 16 bits more, one pair in 2²⁹, count as one.
///
/// It does not own its memory.
@safe
struct RateSlots {
    /// Buckets in a line of the cache.
    static let width = 8
    /// Ticks in a millisecond; 48 bits of them go round in 49 days.
    static let ticksPerMillisecond: UInt64 = 1 << 16
    /// A second.
    static let second = 1000 * ticksPerMillisecond
    /// No debt is as large, other workers' clocks included: what seems to be is from the time
    /// before the ticks went round.
    private static let largestDebt = Int64(8 * second)
    private static let tagMask: UInt64 = 0xffff << 48
    /// Other workers that came first in one call before it gives up.
    private static let tries = 16

    private let base: UnsafeMutablePointer<Atomic<UInt64>>
    private let lineMask: UInt64
    private let seed: UInt64

    /// Buckets in memory that is aligned to 64 octets; `lines` is a power of two.
    init(_ base: UnsafeMutablePointer<Atomic<UInt64>>, lines: Int, seed: UInt64) {
        unsafe self.base = base
        lineMask = UInt64(lines - 1)
        self.seed = seed
    }

    /// Adds `cost` ticks to a network's debt unless it grew above `most`; whether it did.
    ///
    /// Any thread may call it; nobody waits.
    @inline(__always)
    func take(_ network: UInt64, at now: UInt64, cost: UInt64, most: UInt64) -> Bool {
        let hash = Self.hash(network, seed)
        let tag = hash & Self.tagMask
        let line = unsafe base + Int(truncatingIfNeeded: hash & lineMask) &* Self.width
        for _ in 0..<Self.tries {
            var place = 0
            var before: UInt64 = 0
            var least = UInt64.max
            var debt: UInt64 = 0
            for index in 0..<Self.width {
                let word = unsafe line[index].load(ordering: .relaxed)
                let its = Self.debt(word, at: now)
                if word & Self.tagMask == tag {
                    place = index
                    before = word
                    debt = its
                    break
                }
                if its < least {
                    place = index
                    before = word
                    least = its
                }
            }
            debt &+= cost
            if debt > most { return false }
            let after = tag | (now &+ debt) & ~Self.tagMask
            let result = unsafe line[place].compareExchange(
                expected: before,
                desired: after,
                ordering: .relaxed
            )
            if result.exchanged { return true }
        }
        // So many at once are a flood.
        return false
    }

    /// How far ahead of now a bucket is full again, in ticks.
    @inline(__always)
    private static func debt(_ word: UInt64, at now: UInt64) -> UInt64 {
        let ahead = Int64(bitPattern: (word &- now) &<< 16) &>> 16
        return ahead > 0 && ahead <= largestDebt ? UInt64(bitPattern: ahead) : 0
    }

    /// Multiply and fold twice, as wyhash does.
    @inline(__always)
    private static func hash(_ network: UInt64, _ seed: UInt64) -> UInt64 {
        let first = (network ^ seed).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        let second = (first.high ^ first.low ^ seed &>> 32)
            .multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return second.high ^ second.low
    }
}
