// SPDX-License-Identifier: Apache-2.0
import Publication

/// A node as the fast line sees it, found by name for node queries and by number for SRV targets.
///
/// Own fields of the ``Entry``: TTL *wire* 4, IPv4 *wire* 4, target length 1, spare 1, texts 2,
/// size of the texts 2, target offset 2. Behind the key, the folded label of the name, stand the
/// IPv6 address if there is one, the target `<node>.node.<dc>` as labels without the domain, and
/// the texts, each RDLENGTH and RDATA of a TXT record.
@safe
struct NodeEntry {
    struct Flags: OptionSet {
        let rawValue: UInt16

        /// Only the reference line can answer.
        static let isSlow = Flags(rawValue: 1 << 0)
        static let hasV4 = Flags(rawValue: 1 << 1)
        static let hasV6 = Flags(rawValue: 1 << 2)
        /// The address for ANY is the IPv6 one.
        static let anyIsV6 = Flags(rawValue: 1 << 3)
        /// An instance without addresses of its own is reached at these.
        static let lendsAddresses = Flags(rawValue: 1 << 4)
        /// SRV of such an instance names the address: it is not the plain one of the node.
        static let lendsTagged = Flags(rawValue: 1 << 5)
    }

    static let kind: UInt8 = 2

    private let base: UnsafeRawPointer

    @inline(__always)
    init(_ entry: Entry) { unsafe base = unsafe entry.base }

    /// Where the entry begins, for prefetching.
    var address: UnsafeRawPointer {
        @inline(__always) get { unsafe base }
    }

    var flags: Flags {
        @inline(__always) get { unsafe Flags(rawValue: Entry(base: base).flags) }
    }

    /// The TTL of node answers as it goes out.
    var wireTTL: UInt32 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 16, as: UInt32.self) }
    }

    /// The IPv4 address as it goes out.
    var wireV4: UInt32 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 20, as: UInt32.self) }
    }

    /// The IPv6 address as it goes out; it stands before the target.
    var wireV6: SIMD16<UInt8> {
        unsafe base.loadUnaligned(
            fromByteOffset: targetOffset &- 16,
            as: SIMD16<UInt8>.self
        )
    }

    private var targetOffset: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 30, as: UInt16.self)) }
    }

    /// `<node>.node.<dc>`, without the domain.
    var target: OctetRun {
        @inline(__always) get {
            let length = unsafe Int(base.load(fromByteOffset: 24, as: UInt8.self))
            return unsafe OctetRun(start: base + targetOffset, count: length)
        }
    }

    /// The octets of the first label, its length octet counted.
    var labelLength: Int {
        unsafe Int(base.load(fromByteOffset: targetOffset, as: UInt8.self)) &+ 1
    }

    /// The number of TXT records.
    var textCount: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 26, as: UInt16.self)) }
    }

    /// RDLENGTH and RDATA of all TXT records together, in octets.
    var textSize: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 28, as: UInt16.self)) }
    }

    /// Visits RDLENGTH and RDATA of each TXT record.
    @inline(__always)
    func forEachText(_ visit: (OctetRun) -> Void) {
        let target = target
        var offset = targetOffset &+ target.count
        var left = textCount
        while left > 0 {
            let length = unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
            let count = 2 &+ Int(length.byteSwapped)
            visit(unsafe OctetRun(start: base + offset, count: count))
            offset &+= count
            left &-= 1
        }
    }
}
