// SPDX-License-Identifier: Apache-2.0
import CSockets
import Synchronization

// Quiescent-state based reclamation. What is replaced is queued with the epoch of its
// replacement; a reader announces the epoch that it found on entering. What was retired before
// the lowest announced epoch can be held by nobody: each reader has entered anew since.
extension PublishedTable {
    /// Ends a group of changes: every look that begins after it has returned sees them all.
    ///
    /// Frees what no reader can hold any more.
    public func publish() {
        let epoch = advanceEpoch()
        freeRetired(before: min(epoch, lowestAnnouncedEpoch))
    }

    /// Moves the epoch on; returns the new one.
    func advanceEpoch() -> UInt64 {
        let epoch = unsafe rootStorage.pointee.epoch.load(ordering: .relaxed) + 1
        unsafe rootStorage.pointee.epoch.store(epoch, ordering: .releasing)
        // Pairs with the fence in `ViewReader.announce(epoch:)`.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return epoch
    }

    /// The lowest epoch that a reader inside has announced; the highest number when all are out.
    public var lowestAnnouncedEpoch: UInt64 {
        var lowest = UInt64.max
        for reader in readers { lowest = min(lowest, reader.announcedEpoch) }
        return lowest
    }

    /// Frees an entry as soon as no reader can hold it.
    public func retire(_ entry: Entry) { retire(Retired(.memory, entry)) }

    /// Frees memory as soon as no reader can hold it.
    ///
    /// It was allocated by Swift.
    public func retire(_ memory: UnsafeMutableRawPointer, size: Int) {
        retire(unsafe Retired(.memory, memory, size: size))
    }

    /// Memory of at least so many octets, at a multiple of 16, for what will be retired with
    /// ``retireReusable(_:size:)``; what stands in it is undefined.
    public func allocateReusable(_ size: Int) -> UnsafeMutableRawPointer {
        unsafe spare.take(size)
    }

    /// The same from the allocator, on any thread.
    public static func newReusable(_ size: Int) -> UnsafeMutableRawPointer {
        unsafe SpareMemory.make(size)
    }

    /// Keeps memory for what is made next as soon as no reader can hold it.
    ///
    /// It came from ``allocateReusable(_:)`` with the same size.
    public func retireReusable(_ memory: UnsafeMutableRawPointer, size: Int) {
        retire(unsafe Retired(.reusable, memory, size: size))
    }

    func retire(_ piece: Retired) {
        retiredOctets += piece.size
        let epoch = unsafe rootStorage.pointee.epoch.load(ordering: .relaxed)
        retired.append(piece, epoch: epoch)
    }

    func freeRetired(before epoch: UInt64) {
        while let piece = retired.popFirst(before: epoch) {
            retiredOctets -= piece.size
            freedCount += 1
            if poisonsFreedMemory { piece.poison() }
            if case .number(let number) = piece.kind {
                // The number may be given to another entry from now on.
                clearSlot(number)
                freeNumbers.append(number)
            }
            if case .reusable = piece.kind, !poisonsFreedMemory {
                unsafe spare.give(piece.memory, size: piece.size)
            } else {
                piece.free()
            }
        }
    }
}

/// A piece of memory that was replaced and may still be read.
@safe
struct Retired {
    /// What has to happen when nobody can read it any more.
    enum Kind {
        /// Give back memory that Swift allocated.
        case memory
        /// Keep it for what is made next.
        case reusable
        /// Give back zeroed memory.
        case table
        /// Give back a numbered entry, and its number with it.
        case number(UInt32)
    }

    let kind: Kind
    let size: Int
    let memory: UnsafeMutableRawPointer

    init(_ kind: Kind, _ memory: UnsafeMutableRawPointer, size: Int) {
        self.kind = kind
        self.size = size
        unsafe self.memory = unsafe memory
    }

    init(_ kind: Kind, _ entry: Entry) {
        unsafe self.init(
            kind,
            UnsafeMutableRawPointer(mutating: entry.base),
            size: entry.size
        )
    }

    func poison() {
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xdd, count: size)
    }

    func free() {
        if case .table = kind {
            unsafe ZeroedMemory.free(memory)
        } else {
            unsafe memory.deallocate()
        }
    }
}

/// What was replaced, in order of its epochs: a ring that grows.
@safe
struct RetirementQueue: ~Copyable {
    private struct Item {
        var epoch: UInt64
        var piece: Retired
    }

    /// The number of places, a power of two.
    private var capacity = 64
    private var items: UnsafeMutablePointer<Item>
    private var head = 0
    private var count = 0

    init() { unsafe items = .allocate(capacity: capacity) }

    // Items are plain numbers and addresses.
    deinit { unsafe items.deallocate() }

    mutating func append(_ piece: Retired, epoch: UInt64) {
        if count == capacity { grow() }
        let place = (head &+ count) & (capacity &- 1)
        unsafe (items + place).initialize(to: Item(epoch: epoch, piece: piece))
        count &+= 1
    }

    mutating func popFirst(before epoch: UInt64) -> Retired? {
        guard count > 0, unsafe items[head].epoch < epoch else { return nil }
        let piece = unsafe items[head].piece
        head = (head &+ 1) & (capacity &- 1)
        count &-= 1
        return piece
    }

    private mutating func grow() {
        let old = unsafe items
        unsafe items = .allocate(capacity: capacity * 2)
        for number in 0..<count {
            let item = unsafe old[(head + number) & (capacity - 1)]
            unsafe (items + number).initialize(to: item)
        }
        unsafe old.deallocate()
        head = 0
        capacity *= 2
    }
}

/// Zeroed memory whose pages come from the kernel as they are first touched: a table of some
/// megabytes costs its writer nothing at once.
enum ZeroedMemory {
    static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        guard let memory = unsafe csockets_zeroed(size) else {
            fatalError("out of memory: \(size) octets for a table of the DNS view")
        }
        return unsafe memory
    }

    static func free(_ memory: UnsafeMutableRawPointer) { unsafe csockets_zeroed_free(memory) }
}
