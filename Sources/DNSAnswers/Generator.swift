// SPDX-License-Identifier: Apache-2.0

/// wyrand: the per-thread generator of shuffles.
///
/// Seeded from the system once; never used where unpredictability matters (query IDs and source
/// ports come from the system generator).
public struct Generator: RandomNumberGenerator, Sendable {
    /// The whole state; two generators with equal state give equal numbers.
    public var state: UInt64

    /// Makes a generator.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    @inline(__always)
    public mutating func next() -> UInt64 {
        state &+= 0xa076_1d64_78bd_642f
        let product = state.multipliedFullWidth(by: state ^ 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }

    /// A number in `0..<bound`, by multiplication (bound ≤ 2³²; the bias is below 2⁻³²).
    @inline(__always)
    public mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: ((next() &>> 32) &* UInt64(truncatingIfNeeded: bound)) &>> 32)
    }
}
