// SPDX-License-Identifier: Apache-2.0
import Publication

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
        /// The domain is in lower case, as it is configured.
        static let isSpelled = Flags(rawValue: 1 << 5)
    }

    private let base: UnsafeMutableRawPointer

    @inline(__always)
    fileprivate init(base: UnsafeMutableRawPointer) { unsafe self.base = unsafe base }

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
}

/// All memory that a responder writes besides replies, taken once.
@safe
struct ResponderScratch {
    // A line for each datagram of a batch: the key in up to eight words, then the route.
    private static let lineSize = 128
    private static let routeOffset = 64

    private let lines: UnsafeMutableRawPointer
    /// Where the labels of the name begin that is being routed.
    let labels: LabelStarts
    /// The tag that is being looked up, in words.
    let tag: ScratchWords
    /// The instances that were chosen for the answer that is being made.
    let chosen: ChosenInstances

    init(slots: Int) {
        let size = Self.lineSize * slots
        unsafe lines = .allocate(byteCount: size, alignment: 64)
        unsafe lines.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        labels = LabelStarts()
        tag = ScratchWords(count: 33)
        chosen = ChosenInstances()
    }

    func free() {
        unsafe lines.deallocate()
        labels.free()
        tag.free()
        chosen.free()
    }

    /// The key words of a datagram.
    @inline(__always)
    func key(_ slot: Int) -> ScratchWords {
        unsafe ScratchWords(base: lines + Self.lineSize &* slot)
    }

    @inline(__always)
    func route(_ slot: Int) -> Route {
        unsafe Route(base: lines + (Self.lineSize &* slot &+ Self.routeOffset))
    }
}

/// Words of scratch memory that a key is folded into.
@safe
struct ScratchWords {
    private let base: UnsafeMutableRawPointer

    @inline(__always)
    init(base: UnsafeMutableRawPointer) { unsafe self.base = unsafe base }

    init(count: Int) {
        unsafe base = .allocate(byteCount: 8 * count, alignment: 8)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: 8 * count)
    }

    func free() { unsafe base.deallocate() }

    @inline(__always)
    func store(_ word: UInt64, at offset: Int) {
        unsafe base.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
    }

    /// The words as a key.
    @inline(__always)
    func key(length: Int) -> EntryKey {
        unsafe EntryKey(words: UnsafeRawPointer(base), length: length)
    }
}

/// Where the labels of a name begin, and its root.
@safe
struct LabelStarts {
    // RFC 1035 §2.3.4: 255 octets are 127 labels and the root.
    private static let capacity = 128

    private let base: UnsafeMutablePointer<UInt16>

    init() {
        unsafe base = .allocate(capacity: Self.capacity)
        unsafe base.initialize(repeating: 0, count: Self.capacity)
    }

    func free() { unsafe base.deallocate() }

    subscript(index: Int) -> Int {
        @inline(__always) get { unsafe Int(base[index]) }
        @inline(__always) nonmutating set {
            unsafe base[index] = UInt16(truncatingIfNeeded: newValue)
        }
    }
}

/// The instances of an answer in their order, 32 octets each: record, node, and what is found out
/// about them on the way.
@safe
struct ChosenInstances {
    /// More are for the reference line: what an SRV reply can point at ends at 16,384 octets.
    static let capacity = 512
    private static let stride = 32

    private let base: UnsafeMutableRawPointer

    init() {
        let size = Self.stride * Self.capacity
        unsafe base = .allocate(byteCount: size, alignment: 64)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }

    func free() { unsafe base.deallocate() }

    /// An instance.
    subscript(index: Int) -> ChosenInstance {
        @inline(__always) get { unsafe ChosenInstance(base: base + Self.stride &* index) }
    }
}

/// An instance of an answer.
@safe
struct ChosenInstance {
    private let base: UnsafeMutableRawPointer

    @inline(__always)
    fileprivate init(base: UnsafeMutableRawPointer) { unsafe self.base = unsafe base }

    var record: InstanceRecord {
        @inline(__always) get { unsafe base.load(as: InstanceRecord.self) }
        @inline(__always) nonmutating set {
            unsafe base.storeBytes(of: newValue, as: InstanceRecord.self)
        }
    }

    /// The instance's node, if it is needed.
    ///
    /// It is looked up once for an answer: the writer may replace it meanwhile, and what was
    /// measured must be what is written.
    var node: NodeEntry {
        @inline(__always) get { unsafe base.load(fromByteOffset: 8, as: NodeEntry.self) }
        @inline(__always) nonmutating set {
            unsafe base.storeBytes(of: newValue, toByteOffset: 8, as: NodeEntry.self)
        }
    }

    /// Where the target stands in the reply.
    var target: Int {
        @inline(__always) get { number(16) }
        @inline(__always) nonmutating set { store(newValue, 16) }
    }

    /// Where the owner of the node's texts stands in the reply.
    var owner: Int {
        get { number(20) }
        nonmutating set { store(newValue, 20) }
    }

    /// The octets taken in a cut reply: location and glue.
    var size: Int {
        get { number(24) }
        nonmutating set { store(newValue, 24) }
    }

    @inline(__always)
    private func number(_ offset: Int) -> Int {
        unsafe Int(base.load(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    private func store(_ value: Int, _ offset: Int) {
        unsafe base.storeBytes(
            of: UInt32(truncatingIfNeeded: value),
            toByteOffset: offset,
            as: UInt32.self
        )
    }
}

/// Numbers of instances.
@safe
struct ScratchNumbers {
    private let base: UnsafeMutablePointer<UInt32>

    @inline(__always)
    init(base: UnsafeMutablePointer<UInt32>) { unsafe self.base = unsafe base }

    /// Memory of their own, to be given back by ``free()``.
    init(capacity: Int) {
        unsafe base = .allocate(capacity: capacity)
        unsafe base.initialize(repeating: 0, count: capacity)
    }

    func free() { unsafe base.deallocate() }

    subscript(index: Int) -> Int {
        @inline(__always) get { unsafe Int(base[index]) }
        @inline(__always) nonmutating set {
            unsafe base[index] = UInt32(truncatingIfNeeded: newValue)
        }
    }
}
