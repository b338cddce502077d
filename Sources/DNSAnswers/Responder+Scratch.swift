// SPDX-License-Identifier: Apache-2.0
import Publication

/// What the first pass found out about a datagram.
struct Route: BitwiseCopyable {
    /// What answers.
    enum Kind: UInt8 {
        /// `[tag.]s.service` and the RFC 2782 forms.
        case service
        /// `n.node`.
        case node
        /// A name that no keyword makes a form of: it does not exist.
        case nothing
    }

    var kind: Kind
    /// Of kind and key.
    var hash: UInt64
    /// The octets of the key on the scratch line.
    var keyLength: UInt8
    /// What there is besides.
    var flags: Flags
    /// QTYPE as it lies in the message.
    var wireType: UInt16
    /// Behind the root of the question name.
    var nameEnd: UInt16
    /// Where the domain begins in the question name.
    var domainStart: UInt16
    /// Where the tag begins and how many octets of labels it has.
    var tagStart: UInt16
    var tagLength: UInt16
    /// The payload size of OPT as it lies in the message.
    var wireSize: UInt16

    struct Flags: OptionSet, BitwiseCopyable {
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
        unsafe (lines + (Self.lineSize &* slot &+ Self.routeOffset)).load(as: Route.self)
    }

    @inline(__always)
    func setRoute(_ slot: Int, _ route: Route) {
        unsafe (lines + (Self.lineSize &* slot &+ Self.routeOffset))
            .storeBytes(of: route, as: Route.self)
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

/// Where the labels of a name begin. Names with more labels are for the reference line.
@safe
struct LabelStarts {
    static let capacity = 16

    private let base: UnsafeMutablePointer<UInt16>

    init() {
        unsafe base = .allocate(capacity: Self.capacity + 1)
        unsafe base.initialize(repeating: 0, count: Self.capacity + 1)
    }

    func free() { unsafe base.deallocate() }

    subscript(index: Int) -> Int {
        @inline(__always) get { unsafe Int(base[index]) }
        @inline(__always) nonmutating set {
            unsafe base[index] = UInt16(truncatingIfNeeded: newValue)
        }
    }
}

/// The instances of an answer in their order.
@safe
struct ChosenInstances {
    /// More are for the reference line: what an SRV reply can point at ends at 16,384 octets.
    static let capacity = 512

    private let records: UnsafeMutablePointer<InstanceRecord>
    private let nodeEntries: UnsafeMutablePointer<NodeEntry>
    private let numbers: UnsafeMutablePointer<UInt32>

    init() {
        unsafe records = .allocate(capacity: Self.capacity)
        unsafe nodeEntries = .allocate(capacity: Self.capacity)
        unsafe numbers = .allocate(capacity: 3 * Self.capacity)
        unsafe numbers.initialize(repeating: 0, count: 3 * Self.capacity)
    }

    func free() {
        unsafe records.deallocate()
        unsafe nodeEntries.deallocate()
        unsafe numbers.deallocate()
    }

    subscript(index: Int) -> InstanceRecord {
        @inline(__always) get { unsafe records[index] }
        @inline(__always) nonmutating set { unsafe records[index] = newValue }
    }

    /// The node of an instance. It is looked up once for an answer: the writer may replace it
    /// meanwhile, and what was measured must be what is written.
    @inline(__always)
    func node(_ index: Int) -> NodeEntry { unsafe nodeEntries[index] }

    @inline(__always)
    func setNode(_ index: Int, _ node: NodeEntry) { unsafe nodeEntries[index] = node }

    /// Where the target of an instance stands in the reply.
    var targets: ScratchNumbers {
        @inline(__always) get { unsafe ScratchNumbers(base: numbers) }
    }

    /// Where the owner of a node's texts stands in the reply.
    var owners: ScratchNumbers {
        @inline(__always) get { unsafe ScratchNumbers(base: numbers + Self.capacity) }
    }

    /// The octets that an instance takes in a cut reply: location and glue.
    var sizes: ScratchNumbers {
        @inline(__always) get { unsafe ScratchNumbers(base: numbers + 2 &* Self.capacity) }
    }
}

/// A number for each instance of an answer.
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
