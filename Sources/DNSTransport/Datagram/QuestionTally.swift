// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Queries by their type, and by the family of the client.
public struct QuestionCounts: Sendable, Hashable {
    /// The types that are counted alone, by their place; the first place is for all others and for
    /// what cannot be read.
    public static let types: [UInt16] = [
        0, 1, 2, 5, 6, 12, 15, 16, 28, 33, 35, 43, 48, 64, 65, 255,
    ]

    /// Queries of IPv4 clients by place.
    public var v4 = [UInt64](repeating: 0, count: types.count)
    /// Queries of IPv6 clients by place.
    public var v6 = [UInt64](repeating: 0, count: types.count)

    /// None.
    public init() {}

    /// All of them.
    public var total: UInt64 { (v4 + v6).reduce(0, +) }
}

/// The same as they are counted.
struct QuestionTally: ~Copyable, Sendable {
    /// The place of each type below 256.
    private let places: InlineArray<256, UInt8>
    /// 16 of IPv4, then 16 of IPv6.
    private let counts = InlineArray<32, Atomic<UInt64>> { _ in Atomic(0) }

    init() {
        var places = InlineArray<256, UInt8>(repeating: 0)
        for (place, type) in QuestionCounts.types.enumerated() {
            places[Int(type)] = UInt8(truncatingIfNeeded: place)
        }
        self.places = places
    }

    /// Counts a query whose type lies so in the message, from the one thread that counts here.
    @inline(__always)
    borrowing func noteAlone(wireType: UInt16, isV6: Bool) {
        let index = place(wireType.byteSwapped, isV6: isV6)
        let count = counts[index].load(ordering: .relaxed)
        counts[index].store(count &+ 1, ordering: .relaxed)
    }

    /// Counts a query of a type, from any thread.
    borrowing func note(_ type: UInt16, isV6: Bool) { counts[place(type, isV6: isV6)].count() }

    @inline(__always)
    private borrowing func place(_ type: UInt16, isV6: Bool) -> Int {
        let low = Int(truncatingIfNeeded: type & 255)
        let place = type &>> 8 == 0 ? Int(truncatingIfNeeded: places[low] & 15) : 0
        return place | (isV6 ? 16 : 0)
    }

    /// Adds the counts to those of others.
    borrowing func add(to report: inout QuestionCounts) {
        for place in 0..<16 {
            report.v4[place] += counts[place].load(ordering: .relaxed)
            report.v6[place] += counts[16 + place].load(ordering: .relaxed)
        }
    }
}
