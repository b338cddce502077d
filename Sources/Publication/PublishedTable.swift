// SPDX-License-Identifier: Apache-2.0
import Synchronization

#if _endian(big)
#error("entries are compared and slots packed as little-endian words")
#endif

/// The writer's side of a published view: entries by key and by number that change one slot at a
/// time while readers read, and the memory of what was replaced until no reader can hold it.
///
/// One thread writes. Everything before ``publish()`` becomes visible at once or shortly after,
/// entry by entry; when `publish()` has returned, every later look sees it. The table frees what
/// was handed to ``retire(_:)`` and nothing else; the rest is its owner's.
///
/// Invariants, between calls:
/// - a key stands in at most one slot of a table, and a table is at most half full;
/// - while a successor table is being filled, every key whose old slot was passed stands in it
///   with the same address, and every later change goes to both.
@safe
public final class PublishedTable {
    /// Where readers begin.
    public var root: UnsafePointer<ViewRoot> { unsafe UnsafePointer(rootStorage) }
    /// Whether freed memory is overwritten first, so that tests notice a reader that is late.
    public var poisonsFreedMemory: Bool {
        @inline(__always) _read { yield state.value.poisonsFreedMemory }
        @inline(__always) _modify { yield &state.value.poisonsFreedMemory }
    }
    /// Octets retired and not yet freed.
    public internal(set) var retiredOctets: Int {
        @inline(__always) _read { yield state.value.retiredOctets }
        @inline(__always) _modify { yield &state.value.retiredOctets }
    }
    /// How many pieces of memory have been freed after retirement.
    public internal(set) var freedCount: Int {
        @inline(__always) _read { yield state.value.freedCount }
        @inline(__always) _modify { yield &state.value.freedCount }
    }
    /// Entries by key.
    public private(set) var count: Int {
        @inline(__always) _read { yield state.value.count }
        @inline(__always) _modify { yield &state.value.count }
    }

    let rootStorage: UnsafeMutablePointer<ViewRoot>
    let directory: UnsafeMutableRawPointer

    private struct State: ~Copyable {
        var poisonsFreedMemory = false
        var retiredOctets = 0
        var freedCount = 0
        var count = 0
        var readers: [ViewReader] = []
        var current: WritableTable
        var successor: WritableTable?
        var passedSlots = 0
        var retired = RetirementQueue()
        var freeNumbers: [UInt32] = []
        var nextNumber: UInt32 = 0
        var spare = SpareMemory()

        init(current: WritableTable) { self.current = current }
    }

    private let state: Unshared<State>
    var readers: [ViewReader] {
        @inline(__always) _read { yield state.value.readers }
        @inline(__always) _modify { yield &state.value.readers }
    }
    var current: WritableTable {
        @inline(__always) _read { yield state.value.current }
        @inline(__always) _modify { yield &state.value.current }
    }
    var successor: WritableTable? {
        @inline(__always) _read { yield state.value.successor }
        @inline(__always) _modify { yield &state.value.successor }
    }
    /// How many of the current table's slots the successor has taken over.
    var passedSlots: Int {
        @inline(__always) _read { yield state.value.passedSlots }
        @inline(__always) _modify { yield &state.value.passedSlots }
    }
    var retired: RetirementQueue {
        @inline(__always) _read { yield state.value.retired }
        @inline(__always) _modify { yield &state.value.retired }
    }
    /// Memory for blocks and the like that will be replaced.
    var spare: SpareMemory {
        @inline(__always) _read { yield state.value.spare }
        @inline(__always) _modify { yield &state.value.spare }
    }
    /// Numbers that were given back.
    var freeNumbers: [UInt32] {
        @inline(__always) _read { yield state.value.freeNumbers }
        @inline(__always) _modify { yield &state.value.freeNumbers }
    }
    /// The lowest number that was never given.
    var nextNumber: UInt32 {
        @inline(__always) _read { yield state.value.nextNumber }
        @inline(__always) _modify { yield &state.value.nextNumber }
    }

    /// How many slots each change moves while a successor is being filled.
    ///
    /// At half load and 64 slots a change the successor is complete long before it could fill up
    /// itself.
    static let slotsPerChange = 64

    /// An empty table.
    ///
    /// - Parameters:
    ///   - seed: what makes the hashes of keys unpredictable.
    ///   - capacity: slots at first, a power of two.
    public init(seed: UInt64, capacity: Int = 1024) {
        unsafe rootStorage = .allocate(capacity: 1)
        unsafe rootStorage.initialize(to: ViewRoot(seed: seed))
        state = Unshared(State(current: WritableTable(capacity: capacity)))
        let pages = EntryPages.slotsPerPage * MemoryLayout<UInt>.stride
        unsafe directory = ZeroedMemory.allocate(pages)
        unsafe rootStorage.pointee.keyed.store(current.address, ordering: .releasing)
        unsafe rootStorage.pointee.numbered.store(
            UInt(bitPattern: directory),
            ordering: .releasing
        )
    }

    deinit {
        freeRetired(before: .max)
        freePages()
        successor?.free()
        current.free()
        for reader in readers { unsafe reader.slot.deallocate() }
        unsafe rootStorage.deinitialize(count: 1)
        unsafe rootStorage.deallocate()
    }

    /// The seed of the hashes.
    public var seed: UInt64 { unsafe rootStorage.pointee.seed }

    /// Makes a reader.
    ///
    /// Called by the writer's thread, or before there is one.
    public func makeReader() -> ViewReader {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: ReaderSlot.stride,
            alignment: ReaderSlot.stride
        )
        let slot = unsafe memory.bindMemory(to: ReaderSlot.self, capacity: 1)
        unsafe slot.initialize(to: ReaderSlot())
        let reader = unsafe ViewReader(root: root, slot: UnsafePointer(slot))
        readers.append(reader)
        return reader
    }

    /// The entry with a kind and a key.
    public func find(kind: UInt8, key: EntryKey) -> Entry? {
        current.reading.find(kind: kind, key: key, hash: key.hash(kind: kind, seed: seed))
    }

    /// Puts an entry in the place of the one with the same kind and key, if any.
    ///
    /// - Returns: the entry that was replaced; readers may still hold it.
    public func insert(_ entry: Entry) -> Entry? {
        let old = current.place(entry)
        if old == nil { count += 1 }
        _ = successor?.place(entry)
        afterChange()
        return old
    }

    /// Takes an entry out.
    ///
    /// - Returns: the entry that was there; readers may still hold it.
    public func remove(kind: UInt8, key: EntryKey) -> Entry? {
        let hash = key.hash(kind: kind, seed: seed)
        guard let old = current.bury(kind: kind, key: key, hash: hash) else { return nil }
        count -= 1
        _ = successor?.bury(kind: kind, key: key, hash: hash)
        afterChange()
        return old
    }

    /// Puts an entry in the place of another with the same kind and key, which is the one that is
    /// there; readers may still hold that.
    public func replace(_ old: Entry, with entry: Entry) {
        state.value.current.replace(old, with: entry)
        // No slot came or went, but a successor that is being filled goes on.
        guard state.value.successor != nil else { return }
        _ = successor?.place(entry)
        afterChange()
    }

    /// Visits every entry.
    public func forEachEntry(_ visit: (Entry) -> Void) {
        for index in 0..<current.capacity {
            if let entry = current.entry(at: index) { visit(entry) }
        }
    }

    /// Replaces what the owner keeps beside the entries.
    ///
    /// - Returns: what was there; readers may still hold it.
    public func replaceConfiguration(
        _ memory: UnsafeMutableRawPointer?
    ) -> UnsafeMutableRawPointer? {
        let old = unsafe rootStorage.pointee.configurationAddress.exchange(
            UInt(bitPattern: memory),
            ordering: .acquiringAndReleasing
        )
        return unsafe UnsafeMutableRawPointer(bitPattern: old)
    }
}
