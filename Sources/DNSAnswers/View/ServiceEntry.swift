// SPDX-License-Identifier: Apache-2.0
import Publication

/// A service as the fast line sees it: the instances that DNS may answer with.
///
/// Those of a wide service stand in the order in which they came, and the last one in the place of one that went;
/// those of another in the order of the store.
///
/// A service without any has no entry.
///
/// Own fields of the ``Entry``: TTL *wire* 4, count 4, blocks 2, widest target 2, block list's
/// offset 4. Behind the key, the folded label of the name, stand the addresses of the blocks,
/// then the block. Of a wide service each block has memory of its own, which entries hand on to
/// their successors. All blocks but the last are full: instance `i` is at `(i >> 6, i & 63)`.
@safe
struct ServiceEntry {
    /// What readers must know before they look at instances.
    struct Flags: OptionSet {
        let rawValue: UInt16

        /// Nothing but the reference line can answer: a host name among the addresses, say.
        static let isSlow = Flags(rawValue: 1 << 0)
        /// SRV is for the reference line.
        static let hasSlowLocations = Flags(rawValue: 1 << 1)
        /// An instance has an IPv4 address; has none; two have the same.
        static let someV4 = Flags(rawValue: 1 << 2)
        static let someWithoutV4 = Flags(rawValue: 1 << 3)
        static let repeatsV4 = Flags(rawValue: 1 << 4)
        /// The same for IPv6.
        static let someV6 = Flags(rawValue: 1 << 5)
        static let someWithoutV6 = Flags(rawValue: 1 << 6)
        static let repeatsV6 = Flags(rawValue: 1 << 7)
        /// The address that answers ANY is IPv6, is IPv4; two instances have the same.
        static let someAnyV6 = Flags(rawValue: 1 << 8)
        static let someAnyV4 = Flags(rawValue: 1 << 9)
        static let repeatsAny = Flags(rawValue: 1 << 10)
        /// Two instances are one location: node, port and address are equal (spec/dns.md 3.2).
        static let repeatsLocations = Flags(rawValue: 1 << 11)
        /// Two instances share a node or a target.
        static let repeatsTargets = Flags(rawValue: 1 << 12)
        /// A node has metadata that goes into the additional section.
        static let hasTexts = Flags(rawValue: 1 << 13)
        /// There are instances that are not answered: it may be asked why.
        static let hidesInstances = Flags(rawValue: 1 << 14)
    }

    static let kind: UInt8 = 1

    private let base: UnsafeRawPointer

    @inline(__always)
    init(_ entry: Entry) { unsafe base = unsafe entry.base }

    private var entry: Entry {
        @inline(__always) get { unsafe Entry(base: base) }
    }

    var flags: Flags {
        @inline(__always) get { Flags(rawValue: entry.flags) }
    }

    /// The TTL as it goes out.
    var wireTTL: UInt32 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 16, as: UInt32.self) }
    }

    /// The number of instances.
    var count: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 20, as: UInt32.self)) }
    }

    var blockCount: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 24, as: UInt16.self)) }
    }

    /// The octets of the longest SRV target, without the domain.
    var widestTarget: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 26, as: UInt16.self)) }
    }

    /// Where the addresses of the blocks stand.
    var blocks: BlockList {
        @inline(__always) get {
            let offset = unsafe base.load(fromByteOffset: 28, as: UInt32.self)
            return unsafe BlockList(start: base + Int(offset))
        }
    }
}

/// The blocks of a service by number.
@safe
struct BlockList {
    private let start: UnsafeRawPointer

    @inline(__always)
    init(start: UnsafeRawPointer) { unsafe self.start = unsafe start }

    @inline(__always)
    subscript(number: Int) -> Block {
        unsafe Block(base: start.load(fromByteOffset: 8 &* number, as: UnsafeRawPointer.self))
    }

    /// An instance by its number in the service.
    @inline(__always)
    func record(_ index: Int) -> InstanceRecord { self[index &>> 6].record(index & 63) }
}
