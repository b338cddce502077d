// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Replies by what they were made from and by their response code.
public struct ReplyCounts: Sendable, Hashable {
    /// How many response codes there are (RFC 1035 §4.1.1: four bits).
    public static let codes = 16

    private var counts = [UInt64](repeating: 0, count: QuerySource.allCases.count * codes)

    /// None.
    public init() {}

    /// How many replies of a source had a code.
    public subscript(source: QuerySource, code: Int) -> UInt64 {
        get { counts[Int(source.rawValue) * Self.codes + code] }
        set { counts[Int(source.rawValue) * Self.codes + code] = newValue }
    }

    /// How many replies were made from a source, whatever their code.
    public subscript(source: QuerySource) -> UInt64 {
        (0..<Self.codes).reduce(0) { $0 + self[source, $1] }
    }

    /// All of them.
    public var total: UInt64 { counts.reduce(0, +) }

    /// Adds others.
    mutating func add(_ others: ReplyCounts) {
        for place in counts.indices { counts[place] += others.counts[place] }
    }
}

/// Counts replies by what they were made from and by their response code.
struct ReplyTally: ~Copyable, Sendable {
    private let counts = InlineArray<80, Atomic<UInt64>> { _ in Atomic(0) }

    /// Counts a reply whose fourth octet is this, from the one thread that counts here.
    @inline(__always)
    borrowing func noteAlone(_ source: QuerySource, _ octet: UInt8) {
        let place = Self.place(source, octet)
        let count = counts[place].load(ordering: .relaxed)
        counts[place].store(count &+ 1, ordering: .relaxed)
    }

    /// Counts a reply whose fourth octet is this, from any thread.
    borrowing func note(_ source: QuerySource, _ octet: UInt8) {
        counts[Self.place(source, octet)].count()
    }

    /// Adds the counts to those of others.
    borrowing func add(to replies: inout ReplyCounts) {
        for source in QuerySource.allCases {
            for code in 0..<ReplyCounts.codes {
                replies[source, code] += counts[Self.place(source, UInt8(code))]
                    .load(ordering: .relaxed)
            }
        }
    }

    @inline(__always)
    private static func place(_ source: QuerySource, _ octet: UInt8) -> Int {
        Int(truncatingIfNeeded: source.rawValue &<< 4 | octet & 15)
    }
}
