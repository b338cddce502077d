// SPDX-License-Identifier: Apache-2.0

/// What the first pass found out about a datagram, on its scratch line.
///
/// It is read and written in place: as a value it would be copied field by field from pass to pass.
@safe
struct Route {
    /// What answers.
    enum Kind: UInt8 {
        /// A name that no keyword makes a form of: it does not exist.
        case nothing
        /// `[tag.]s.service` and the RFC 2782 forms.
        case service
        /// `n.node`.
        case node
        /// A name in a static zone.
        case zone
    }

    /// What there is besides.
    struct Flags: OptionSet {
        let rawValue: UInt8

        /// The query has OPT.
        static let hasEDNS = Flags(rawValue: 1 << 0)
        static let hasTag = Flags(rawValue: 1 << 1)
        /// The tag is the proto of RFC 2782, with an underscore before it.
        static let tagIsProto = Flags(rawValue: 1 << 2)
        /// The domain is the alternate one.
        static let isAlternate = Flags(rawValue: 1 << 3)
        /// The datacenter stands before the domain.
        static let namesDatacenter = Flags(rawValue: 1 << 4)
        /// The client wants DNSSEC records: DO is copied.
        static let isDO = Flags(rawValue: 1 << 5)
    }

    private let base: UnsafeMutableRawPointer

    @inline(__always)
    init(base: UnsafeMutableRawPointer) { unsafe self.base = unsafe base }

    @inline(__always)
    private func load<Value: BitwiseCopyable>(_ offset: Int, _ type: Value.Type) -> Value {
        unsafe base.load(fromByteOffset: offset, as: Value.self)
    }

    @inline(__always)
    private func store<Value: BitwiseCopyable>(_ value: Value, _ offset: Int) {
        unsafe base.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    /// Forgets the datagram before.
    @inline(__always)
    func begin(nameEnd: Int, wireType: UInt16) {
        // Kind, flags, key length and size become zero.
        store(UInt64(wireType) | UInt64(truncatingIfNeeded: nameEnd) &<< 16, 8)
    }

    /// Of kind and key.
    var hash: UInt64 {
        @inline(__always) get { load(0, UInt64.self) }
        @inline(__always) nonmutating set { store(newValue, 0) }
    }

    /// QTYPE as it lies in the message.
    var wireType: UInt16 {
        @inline(__always) get { load(8, UInt16.self) }
    }

    /// Behind the root of the question name.
    var nameEnd: Int {
        @inline(__always) get { Int(load(10, UInt16.self)) }
    }

    /// The payload size of OPT as it lies in the message.
    var wireSize: UInt16 {
        @inline(__always) get { load(12, UInt16.self) }
        @inline(__always) nonmutating set { store(newValue, 12) }
    }

    var kind: Kind {
        @inline(__always) get { unsafe unsafeBitCast(load(14, UInt8.self), to: Kind.self) }
        @inline(__always) nonmutating set { store(newValue.rawValue, 14) }
    }

    var flags: Flags {
        @inline(__always) get { Flags(rawValue: load(15, UInt8.self)) }
        @inline(__always) nonmutating set { store(newValue.rawValue, 15) }
    }

    /// Where the domain begins in the question name.
    var domainStart: Int {
        @inline(__always) get { Int(load(16, UInt16.self)) }
        @inline(__always) nonmutating set { store(UInt16(truncatingIfNeeded: newValue), 16) }
    }

    /// The octets of the key on the scratch line.
    var keyLength: Int {
        @inline(__always) get { Int(load(18, UInt16.self)) }
        @inline(__always) nonmutating set { store(UInt16(truncatingIfNeeded: newValue), 18) }
    }

    /// Where the tag begins.
    var tagStart: Int {
        @inline(__always) get { Int(load(20, UInt16.self)) }
        @inline(__always) nonmutating set { store(UInt16(truncatingIfNeeded: newValue), 20) }
    }

    /// How many octets of labels the tag has.
    var tagLength: Int {
        @inline(__always) get { Int(load(22, UInt16.self)) }
        @inline(__always) nonmutating set { store(UInt16(truncatingIfNeeded: newValue), 22) }
    }

    /// Where the static zone stands in its table; in the place of the tag.
    var zone: ZoneTable.Place {
        @inline(__always) get { ZoneTable.Place(word: load(20, UInt32.self)) }
        @inline(__always) nonmutating set { store(newValue.word, 20) }
    }
}
