// SPDX-License-Identifier: Apache-2.0
import Publication

/// Up to 64 instances of a service, with a mask of them for each tag. Offsets in octets:
///
/// | 0 | 2 | 4 | 8 | 16 | |
/// |---|---|---|---|---|---|
/// | count 2 | tags 2 | tag offset 4 | size 8 | records 16 each | IPv6 addresses, tags, texts |
@safe
struct Block {
    static let capacity = 64
    static let recordsOffset = 16

    private let base: UnsafeRawPointer

    @inline(__always)
    init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    /// Where it begins.
    var address: UnsafeRawPointer { unsafe base }

    var count: Int { unsafe Int(base.load(as: UInt16.self)) }

    /// The octets that it takes.
    var size: Int { unsafe Int(base.load(fromByteOffset: 8, as: UInt64.self)) }

    var tagCount: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 2, as: UInt16.self)) }
    }

    /// Where the tags begin.
    var tagOffset: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 4, as: UInt32.self)) }
    }

    @inline(__always)
    func record(_ index: Int) -> InstanceRecord {
        unsafe InstanceRecord(
            base: base + (Self.recordsOffset &+ InstanceRecord.size &* index)
        )
    }

    /// Whether an instance has an IPv6 address.
    var hasV6: Bool { tagOffset > Self.recordsOffset &+ InstanceRecord.size &* count }

    /// Copies the records as they are.
    func copyRecords(to memory: UnsafeMutableRawPointer) {
        unsafe memory.copyMemory(
            from: base + Self.recordsOffset,
            byteCount: InstanceRecord.size &* count
        )
    }

    /// A tag by its number.
    func tag(_ number: Int) -> BlockTag {
        unsafe BlockTag(block: base, base: base + tagOffset + 16 * number)
    }

    /// Which instances have a tag: a bit for each.
    ///
    /// A tag is 16 octets: mask 8, then hash 2 and length 2, then the offset of its text 4. The
    /// text is in the form of labels, folded, in zero padded words.
    @inline(__always)
    func mask(of tag: EntryKey, mark: UInt32) -> UInt64 {
        var offset = tagOffset
        let end = offset &+ 16 &* tagCount
        while offset < end {
            if unsafe base.load(fromByteOffset: offset &+ 8, as: UInt32.self) == mark {
                let text = unsafe Int(base.load(fromByteOffset: offset &+ 12, as: UInt32.self))
                if matches(tag, at: text) {
                    return unsafe base.load(fromByteOffset: offset, as: UInt64.self)
                }
            }
            offset &+= 16
        }
        return 0
    }

    /// The hash and the length of a tag as they stand in a block.
    @inline(__always)
    static func mark(of tag: EntryKey) -> UInt32 {
        mark(hash: tag.hash(kind: 0, seed: 0), length: tag.length)
    }

    /// The mark of a tag whose hash is known.
    @inline(__always)
    static func mark(hash: UInt64, length: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: hash) & 0xffff | UInt32(truncatingIfNeeded: length) &<< 16
    }

    @inline(__always)
    private func matches(_ tag: EntryKey, at text: Int) -> Bool {
        var offset = 0
        while offset < tag.length {
            let same =
                unsafe base.load(fromByteOffset: text &+ offset, as: UInt64.self)
                == tag.words.load(fromByteOffset: offset, as: UInt64.self)
            if !same { return false }
            offset &+= 8
        }
        return true
    }
}

/// A tag in a block.
@safe
struct BlockTag {
    private let block: UnsafeRawPointer
    private let base: UnsafeRawPointer

    fileprivate init(block: UnsafeRawPointer, base: UnsafeRawPointer) {
        unsafe self.block = unsafe block
        unsafe self.base = unsafe base
    }

    /// Which instances have it: a bit for each.
    var mask: UInt64 { unsafe base.load(as: UInt64.self) }

    /// Its hash and length (``Block/mark(of:)``).
    var mark: UInt32 { unsafe base.load(fromByteOffset: 8, as: UInt32.self) }

    /// A word of its text.
    func word(_ number: Int) -> UInt64 {
        let text = unsafe Int(base.load(fromByteOffset: 12, as: UInt32.self))
        return unsafe block.load(fromByteOffset: text + 8 * number, as: UInt64.self)
    }
}

/// An instance: 16 octets. Offsets in octets:
///
/// | 0 | 4 | 6 | 8 | 12 | 14 |
/// |---|---|---|---|---|---|
/// | IPv4 *wire* 4 | weight *wire* 2 | port *wire* 2 | node number 4 | flags 2 | IPv6 distance 2 |
///
/// The address is also a node's where the instance has none of its own: A answers touch no node.
@safe
struct InstanceRecord {
    static let size = 16

    struct Flags: OptionSet {
        let rawValue: UInt16

        /// SRV names the address, not the node.
        static let targetIsAddress = Flags(rawValue: 1 << 0)
        /// The address for ANY and SRV is the IPv6 one.
        static let anyIsV6 = Flags(rawValue: 1 << 1)
        static let hasV4 = Flags(rawValue: 1 << 2)
        static let hasV6 = Flags(rawValue: 1 << 3)
    }

    private let base: UnsafeRawPointer

    @inline(__always)
    init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    /// Its two halves.
    var first: UInt64 { unsafe base.load(as: UInt64.self) }
    var second: UInt64 { unsafe base.load(fromByteOffset: 8, as: UInt64.self) }

    /// The IPv4 address as it goes out.
    var wireV4: UInt32 {
        @inline(__always) get { unsafe base.load(as: UInt32.self) }
    }

    /// Weight and port as they go out, one behind the other.
    var wireWeightAndPort: UInt32 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 4, as: UInt32.self) }
    }

    var wirePort: UInt16 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 6, as: UInt16.self) }
    }

    var node: UInt32 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 8, as: UInt32.self) }
    }

    var flags: Flags {
        @inline(__always) get {
            unsafe Flags(rawValue: base.load(fromByteOffset: 12, as: UInt16.self))
        }
    }

    /// The IPv6 address as it goes out.
    var wireV6: SIMD16<UInt8> {
        @inline(__always) get {
            let distance = unsafe base.load(fromByteOffset: 14, as: UInt16.self)
            return unsafe base.loadUnaligned(
                fromByteOffset: 16 &* Int(distance),
                as: SIMD16<UInt8>.self
            )
        }
    }

    /// Whether both answer ANY with the same address.
    func hasSameAnyAddress(as other: InstanceRecord) -> Bool {
        guard flags.contains(.anyIsV6) == other.flags.contains(.anyIsV6) else { return false }
        return flags.contains(.anyIsV6) ? wireV6 == other.wireV6 : wireV4 == other.wireV4
    }

    /// Whether both are one location (spec/dns.md 3.2).
    func isSameLocation(as other: InstanceRecord) -> Bool {
        node == other.node && wirePort == other.wirePort && hasSameTarget(as: other)
    }

    /// Whether both have the same SRV target.
    func hasSameTarget(as other: InstanceRecord) -> Bool {
        guard flags.contains(.targetIsAddress) == other.flags.contains(.targetIsAddress) else {
            return false
        }
        return flags.contains(.targetIsAddress) ? hasSameAnyAddress(as: other) : node == other.node
    }
}
