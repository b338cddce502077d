// SPDX-License-Identifier: Apache-2.0
import Publication

/// All memory that a responder writes besides replies, taken once.
@safe
struct ResponderScratch {
    // A line for each datagram of a batch: the key in up to eight words, then the route.
    private static let lineSize = 128
    private static let routeOffset = 64

    private let lines: UnsafeMutableRawPointer
    /// Where the labels of the name begin that is being routed.
    let labels: LabelStarts
    /// The hashes of the tails of the name that is being looked up, by their labels.
    let hashes: TailHashes
    /// Where names stand that the reply can point at.
    let places: LabelStarts
    /// The tag that is being looked up, in words.
    let tag: ScratchWords
    /// The instances that were chosen for the answer that is being made.
    let chosen: ChosenInstances

    init(slots: Int) {
        let size = Self.lineSize * slots
        unsafe lines = .allocate(byteCount: size, alignment: 64)
        unsafe lines.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        labels = LabelStarts()
        hashes = TailHashes()
        places = LabelStarts()
        tag = ScratchWords(count: 33)
        chosen = ChosenInstances()
    }

    func free() {
        unsafe lines.deallocate()
        labels.free()
        hashes.free()
        places.free()
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

    /// Sets the bits of a word that are zero so far.
    @inline(__always)
    func merge(_ word: UInt64, at offset: Int) {
        store(unsafe base.load(fromByteOffset: offset, as: UInt64.self) | word, at: offset)
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

/// Hashes of the tails of a name, by how many labels they have.
@safe
struct TailHashes {
    // RFC 1035 §2.3.4: 255 octets are 127 labels and the root.
    private static let capacity = 128

    private let base: UnsafeMutablePointer<UInt64>

    init() {
        unsafe base = .allocate(capacity: Self.capacity)
        unsafe base.initialize(repeating: 0, count: Self.capacity)
    }

    func free() { unsafe base.deallocate() }

    subscript(labels: Int) -> UInt64 {
        @inline(__always) get { unsafe base[labels] }
        @inline(__always) nonmutating set { unsafe base[labels] = newValue }
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
