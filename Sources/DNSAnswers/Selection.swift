// SPDX-License-Identifier: Apache-2.0

/// Visits `n` of the numbers `0..<total`, chosen and ordered uniformly at random.
///
/// The one rule by which both lines choose instances (spec/dns.md 3.2): the first visits are the
/// same whatever `n` is, so equal generators give equal orders on either line. This form takes
/// memory of its own for wide services; the fast line keeps a ``Permutation``.
public func pick(
    _ n: Int,
    of total: Int,
    using generator: inout Generator,
    _ visit: (Int) -> Void
) {
    let permutation = Permutation(capacity: total > Permutation.narrow ? total : 0)
    permutation.pick(n, of: total, using: &generator, visit)
}

/// The standing memory of ``pick(_:of:using:_:)``: the identity permutation, restored after each
/// use, so that choosing 3 of 100,000 costs 3 steps.
@safe
public struct Permutation: ~Copyable {
    /// How many numbers a permutation in one register holds, four bits each.
    @usableFromInline static let narrow = 16

    /// The widest choice that there is memory for.
    public private(set) var capacity: Int
    @usableFromInline var order: UnsafeMutablePointer<UInt32>
    @usableFromInline var swaps: UnsafeMutablePointer<UInt32>

    /// Memory to choose from up to `capacity` numbers; up to 16 need none.
    public init(capacity: Int) {
        self.capacity = max(capacity, Self.narrow)
        unsafe order = .allocate(capacity: self.capacity)
        unsafe swaps = .allocate(capacity: self.capacity)
        for index in 0..<self.capacity { unsafe order[index] = UInt32(index) }
    }

    deinit {
        unsafe order.deallocate()
        unsafe swaps.deallocate()
    }

    /// Makes room for wider choices.
    public mutating func grow(to capacity: Int) {
        if capacity > self.capacity { self = Permutation(capacity: capacity) }
    }

    /// Visits `n` of `0..<total` in uniformly random order; `total` is at most ``capacity``.
    @inlinable
    @inline(__always)
    public func pick(
        _ n: Int,
        of total: Int,
        using generator: inout Generator,
        _ visit: (Int) -> Void
    ) {
        if total <= Self.narrow {
            Self.pickNarrow(n, of: total, using: &generator, visit)
        } else {
            pickWide(n, of: total, using: &generator, visit)
        }
    }

    // A permutation of 16 fits one register: take the nibble at a random place of those left and
    // close the gap with the last of them.
    @inlinable
    @inline(__always)
    static func pickNarrow(
        _ n: Int,
        of total: Int,
        using generator: inout Generator,
        _ visit: (Int) -> Void
    ) {
        var left: UInt64 = 0xfedc_ba98_7654_3210
        var remaining = total
        let end = total &- n
        while remaining > end {
            let place = UInt64(truncatingIfNeeded: 4 &* generator.below(remaining))
            remaining &-= 1
            let last = UInt64(truncatingIfNeeded: 4 &* remaining)
            let chosen = (left &>> place) & 15
            left = (left & ~(15 &<< place)) | (((left &>> last) & 15) &<< place)
            visit(Int(truncatingIfNeeded: chosen))
        }
    }

    // n steps of Fisher-Yates on the identity, each swap noted, then undone backwards.
    @inlinable
    @inline(__always)
    func pickWide(
        _ n: Int,
        of total: Int,
        using generator: inout Generator,
        _ visit: (Int) -> Void
    ) {
        precondition(n <= total && total <= capacity, "\(n) of \(total), room for \(capacity)")
        var index = 0
        while index < n {
            let other = index &+ generator.below(total &- index)
            let chosen = unsafe order[other]
            unsafe order[other] = order[index]
            unsafe order[index] = chosen
            unsafe swaps[index] = UInt32(truncatingIfNeeded: other)
            visit(Int(truncatingIfNeeded: chosen))
            index &+= 1
        }
        while index > 0 {
            index &-= 1
            let other = unsafe Int(truncatingIfNeeded: swaps[index])
            let value = unsafe order[other]
            unsafe order[other] = order[index]
            unsafe order[index] = value
        }
    }
}
