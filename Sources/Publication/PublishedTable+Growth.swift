// SPDX-License-Identifier: Apache-2.0
import Synchronization

// Growth without a stall: a successor is filled a few slots a change, and takes over when it is
// complete. Moving everything at once costs milliseconds at a few hundred thousand names.
extension PublishedTable {
    func afterChange() {
        if successor != nil {
            moveSlots(Self.slotsPerChange)
        } else if (current.used + current.tombstones) * 2 > current.capacity {
            // At load ½ the successor is twice the size; when tombstones fill it, the same size.
            beginSuccessor(
                capacity: current.used * 4 > current.capacity
                    ? current.capacity * 2 : current.capacity
            )
        } else if current.tombstones * 4 > current.capacity {
            beginSuccessor(capacity: current.capacity)
        }
    }

    private func beginSuccessor(capacity: Int) {
        successor = WritableTable(capacity: capacity)
        passedSlots = 0
        moveSlots(Self.slotsPerChange)
    }

    private func moveSlots(_ number: Int) {
        guard var next = successor else { return }
        let end = min(current.capacity, passedSlots + number)
        while passedSlots < end {
            if let entry = current.entry(at: passedSlots) { _ = next.place(entry) }
            passedSlots += 1
        }
        guard passedSlots == current.capacity else {
            successor = next
            return
        }
        unsafe rootStorage.pointee.keyed.store(next.address, ordering: .releasing)
        retire(unsafe Retired(.table, current.base, size: current.size))
        current = next
        successor = nil
    }
}

/// A table as its writer sees it.
@safe
struct WritableTable {
    let base: UnsafeMutableRawPointer
    let capacity: Int
    /// Slots with an entry.
    private(set) var used = 0
    /// Slots whose entry is gone, where searches go on.
    private(set) var tombstones = 0

    /// An empty table with this many slots, a power of two.
    init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "\(capacity) slots")
        self.capacity = capacity
        unsafe base = ZeroedMemory.allocate(EntryTable.slotsOffset + 8 * capacity)
        unsafe base.storeBytes(of: UInt64(capacity - 1), as: UInt64.self)
    }

    func free() { unsafe ZeroedMemory.free(base) }

    var size: Int { EntryTable.slotsOffset + 8 * capacity }
    var address: UInt { unsafe UInt(bitPattern: base) }
    var reading: EntryTable { unsafe EntryTable(base: UnsafeRawPointer(base)) }

    private func load(_ index: Int) -> UInt64 {
        unsafe reading.slots[index].load(ordering: .relaxed)
    }

    private func store(_ value: UInt64, _ index: Int) {
        unsafe reading.slots[index].store(value, ordering: .releasing)
    }

    private func entry(inSlot value: UInt64) -> Entry? {
        guard value > EntryTable.tombstone,
            let address = unsafe UnsafeRawPointer(bitPattern: UInt(value & EntryTable.addressBits))
        else { return nil }
        return unsafe Entry(base: address)
    }

    /// The entry in a slot.
    func entry(at index: Int) -> Entry? { entry(inSlot: load(index)) }

    /// Where the entry with a kind and key stands.
    private func index(kind: UInt8, key: EntryKey, hash: UInt64) -> (match: Int?, vacant: Int) {
        var index = Int(truncatingIfNeeded: hash) & (capacity - 1)
        var vacant: Int?
        while true {
            let value = load(index)
            if value == EntryTable.free { return (nil, vacant ?? index) }
            if value == EntryTable.tombstone {
                if vacant == nil { vacant = index }
            } else if let entry = entry(inSlot: value), entry.hash == hash, entry.kind == kind,
                entry.keyLength == key.length, key.matches(entry)
            {
                return (index, index)
            }
            index = (index + 1) & (capacity - 1)
        }
    }

    /// Stores the entry in the slot of its key; returns what stood there.
    mutating func place(_ entry: Entry) -> Entry? {
        let value =
            unsafe entry.hash & ~EntryTable.addressBits
            | UInt64(UInt(bitPattern: entry.base))
        let (match, vacant) = index(kind: entry.kind, key: entry.key, hash: entry.hash)
        if let match {
            let old = self.entry(at: match)
            store(value, match)
            return old
        }
        if load(vacant) == EntryTable.tombstone { tombstones -= 1 }
        used += 1
        store(value, vacant)
        return nil
    }

    /// Stores an entry in the slot of the one that is there with its key.
    func replace(_ old: Entry, with entry: Entry) {
        let mask = capacity - 1
        let value =
            unsafe entry.hash & ~EntryTable.addressBits | UInt64(UInt(bitPattern: entry.base))
        let held = unsafe old.hash & ~EntryTable.addressBits | UInt64(UInt(bitPattern: old.base))
        var index = Int(truncatingIfNeeded: entry.hash) & mask
        while true {
            let found = load(index)
            if found == held { break }
            precondition(found != EntryTable.free, "an entry that is not there is replaced")
            index = (index + 1) & mask
        }
        store(value, index)
    }

    /// Makes the slot of a key a tombstone; returns what stood there.
    mutating func bury(kind: UInt8, key: EntryKey, hash: UInt64) -> Entry? {
        guard let match = index(kind: kind, key: key, hash: hash).match else { return nil }
        let old = entry(at: match)
        store(EntryTable.tombstone, match)
        used -= 1
        tombstones += 1
        return old
    }
}
