// SPDX-License-Identifier: Apache-2.0

/// How often values occur that are told by their fingerprints of 64 bits: three counts for each,
/// called lanes.
///
/// An open hash table in memory of its own, 16 octets a slot; it grows and shrinks with what it
/// holds. Two values with one fingerprint count as one that occurs twice. The fingerprints come
/// from a secret seed, so nobody can bring that about; of 10,000 values two agree once in 10¹¹ times.
@safe
struct FingerprintCounts: ~Copyable {
    /// The highest count.
    static let maximum = 1 << 21 - 1

    private struct Slot {
        /// 0 where there is none.
        var key: UInt64
        /// Three counts of 21 bits.
        var counts: UInt64
    }

    private static let least = 64
    private var slots: UnsafeMutablePointer<Slot>
    private var capacity = least
    private var used = 0

    init() { unsafe slots = Self.allocate(Self.least) }

    deinit { unsafe slots.deallocate() }

    /// The octets allocated.
    var size: Int { capacity * MemoryLayout<Slot>.stride }

    /// Forgets everything; keeps the memory.
    mutating func removeAll() {
        if used > 0 { unsafe slots.update(repeating: Slot(key: 0, counts: 0), count: capacity) }
        used = 0
    }

    /// How often a value is counted in a lane.
    func count(_ key: UInt64, lane: UInt64) -> Int {
        let index = find(key | 1)
        let counts = unsafe slots[index].counts
        return Int(truncatingIfNeeded: counts >> (21 * lane)) & Self.maximum
    }

    /// Counts a value once more in a lane; returns how often it was counted there before.
    mutating func add(_ key: UInt64, lane: UInt64) -> Int {
        let key = key | 1
        var index = find(key)
        if unsafe slots[index].key == 0 {
            if (used + 1) * 4 > capacity * 3 {
                move(to: capacity * 2)
                index = find(key)
            }
            unsafe slots[index].key = key
            used += 1
        }
        let old = unsafe Int(truncatingIfNeeded: slots[index].counts >> (21 * lane)) & Self.maximum
        precondition(old < Self.maximum, "a value occurs more than \(Self.maximum) times")
        unsafe slots[index].counts &+= 1 << (21 * lane)
        return old
    }

    /// Counts a value once less in a lane, in which it is counted; returns how often it still is.
    mutating func remove(_ key: UInt64, lane: UInt64) -> Int {
        let index = find(key | 1)
        let old = unsafe Int(truncatingIfNeeded: slots[index].counts >> (21 * lane)) & Self.maximum
        precondition(old > 0, "a value was never counted")
        unsafe slots[index].counts &-= 1 << (21 * lane)
        if unsafe slots[index].counts == 0 { free(index) }
        return old - 1
    }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Slot> {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        unsafe slots.initialize(repeating: Slot(key: 0, counts: 0), count: capacity)
        return unsafe slots
    }

    /// Where a key stands or would stand.
    private func find(_ key: UInt64) -> Int {
        let mask = capacity - 1
        var index = home(key)
        while true {
            let found = unsafe slots[index].key
            if found == key || found == 0 { return index }
            index = (index + 1) & mask
        }
    }

    // Bit 0 is always set.
    private func home(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: key >> 1) & (capacity - 1)
    }

    /// Empties a slot; what was pushed behind it comes closer to its home.
    private mutating func free(_ index: Int) {
        let mask = capacity - 1
        var hole = index
        var next = (hole + 1) & mask
        while unsafe slots[next].key != 0 {
            let distance = unsafe (next - home(slots[next].key)) & mask
            if distance >= (next - hole) & mask {
                unsafe slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        unsafe slots[hole] = Slot(key: 0, counts: 0)
        used -= 1
        if capacity > Self.least, used * 8 < capacity { move(to: capacity / 2) }
    }

    private mutating func move(to newCapacity: Int) {
        let old = unsafe slots
        let oldCapacity = capacity
        unsafe slots = Self.allocate(newCapacity)
        capacity = newCapacity
        for index in 0..<oldCapacity where unsafe old[index].key != 0 {
            unsafe slots[find(old[index].key)] = old[index]
        }
        unsafe old.deallocate()
    }
}
