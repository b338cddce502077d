// SPDX-License-Identifier: Apache-2.0

/// Octets of the view that are copied into replies as they are.
///
/// Behind them there are at least 16 more that may be read, so that they can be copied in 16-octet
/// moves.
@safe
struct OctetRun {
    /// Octets allocated behind the last run of an entry.
    static let slack = 16

    fileprivate let start: UnsafeRawPointer
    /// How many there are.
    let count: Int

    @inline(__always)
    init(start: UnsafeRawPointer, count: Int) {
        unsafe self.start = unsafe start
        self.count = count
    }

    @inline(__always)
    func octet(_ offset: Int) -> UInt8 {
        unsafe start.load(fromByteOffset: offset, as: UInt8.self)
    }

    @inline(__always)
    func word64(_ offset: Int) -> UInt64 {
        unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}

/// A message in its buffer, read and overwritten in words.
///
/// The accessors do not check: whoever routes has checked what is read, whoever answers has checked
/// the capacity once.
@safe
struct MessageOctets {
    private let base: UnsafeMutableRawPointer

    @inline(__always)
    init(_ base: UnsafeMutableRawPointer) { unsafe self.base = unsafe base }

    @inline(__always)
    func octet(_ offset: Int) -> UInt8 {
        unsafe base.load(fromByteOffset: offset, as: UInt8.self)
    }

    @inline(__always)
    func word16(_ offset: Int) -> UInt16 {
        unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
    }

    @inline(__always)
    func word32(_ offset: Int) -> UInt32 {
        unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }

    @inline(__always)
    func word64(_ offset: Int) -> UInt64 {
        unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// Sixteen octets.
    @inline(__always)
    func word128(_ offset: Int) -> SIMD16<UInt8> {
        unsafe base.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    /// Writes a value, the octet of lowest weight first.
    @inline(__always)
    func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        unsafe base.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    /// Copies a run; up to 15 octets behind it are overwritten too.
    @inline(__always)
    func copy(_ run: OctetRun, to offset: Int) {
        var done = 0
        repeat {
            let part = unsafe run.start.loadUnaligned(
                fromByteOffset: done,
                as: SIMD16<UInt8>.self
            )
            unsafe base.storeBytes(
                of: part,
                toByteOffset: offset &+ done,
                as: SIMD16<UInt8>.self
            )
            done &+= 16
        } while done < run.count
    }

    /// Copies octets of the message itself to a place behind them; up to 15 octets behind the
    /// copy are overwritten too.
    @inline(__always)
    func copy(from source: Int, count: Int, to offset: Int) {
        var done = 0
        repeat {
            store(word128(source &+ done), at: offset &+ done)
            done &+= 16
        } while done < count
    }
}

/// Names in words: eight octets folded in six operations.
enum FoldedWord {
    // RFC 4343 §3. Length octets are at most 63 and cannot look like `A`…`Z`, so that raw wire
    // words can be folded, lengths and all.
    @inline(__always)
    static func fold(_ word: UInt64) -> UInt64 {
        let low = word & 0x7f7f_7f7f_7f7f_7f7f
        let fromA = low &+ 0x3f3f_3f3f_3f3f_3f3f
        let beyondZ = low &+ 0x2525_2525_2525_2525
        let upper = fromA & ~beyondZ & ~word & 0x8080_8080_8080_8080
        return word | (upper &>> 2)
    }

    /// The bits in which letters differ from themselves in the other case.
    static let caseBits: UInt64 = 0x2020_2020_2020_2020

    /// The first `count` octets of a word, 1…8; the others zero.
    @inline(__always)
    static func prefix(_ word: UInt64, count: Int) -> UInt64 {
        word & (~0 &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count))
    }
}
