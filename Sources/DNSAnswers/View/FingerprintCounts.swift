// SPDX-License-Identifier: Apache-2.0

/// How often values occur that are told by their fingerprints of 64 bits: three counts for each,
/// called lanes.
///
/// An open hash table in memory of its own, 16 octets a slot; it grows and shrinks with what it
/// holds. A value that occurs no more keeps its slot until the table is full: what flaps comes back
/// to it, and nothing has to be moved closer. Two values with one fingerprint count as one that occurs twice. The fingerprints come
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
    /// Slots with a key.
    private var used = 0
    /// Slots with a key that occurs.
    private var live = 0

    init() { unsafe slots = Self.allocate(Self.least) }

    deinit { unsafe slots.deallocate() }

    /// The octets allocated.
    var size: Int { capacity * MemoryLayout<Slot>.stride }

    /// Forgets everything; keeps the memory.
    mutating func removeAll() {
        if used > 0 { unsafe slots.update(repeating: Slot(key: 0, counts: 0), count: capacity) }
        used = 0
        live = 0
    }

    /// How often a value is counted, by lane.
    struct Occurrences {
        fileprivate let bits: UInt64

        /// How often it is counted in a lane.
        func inLane(_ lane: UInt64) -> Int {
            Int(truncatingIfNeeded: bits >> (21 * lane)) & maximum
        }
    }

    /// Some of the three lanes: a one in each count.
    struct Lanes {
        fileprivate let ones: UInt64

        /// Lane 0 alone.
        static let first = Lanes(ones: 1)
        /// Lane 1 alone.
        static let second = Lanes(ones: 1 << 21)
        /// Lanes 0 and 1.
        static let firstTwo = Lanes(ones: 1 | 1 << 21)
        /// All three.
        static let all = Lanes(ones: 1 | 1 << 21 | 1 << 42)
    }

    /// Counts a value once more in some lanes; returns how often it was counted before.
    mutating func add(_ key: UInt64, _ lanes: Lanes) -> Occurrences {
        let key = key | 1
        var index = find(key)
        if unsafe slots[index].key == 0 {
            if live * 8 >= capacity * 5 {
                move(to: capacity * 2)
                index = find(key)
            } else if (used + 1) * 4 > capacity * 3 {
                // Enough does not occur any more.
                move(to: capacity)
                index = find(key)
            }
            unsafe slots[index].key = key
            used += 1
        }
        let old = unsafe slots[index].counts
        // A count that is full: none of its bits is missing.
        precondition(
            !Self.hasZero(~old, lanes),
            "a value occurs more than \(Self.maximum) times"
        )
        if old == 0 { live += 1 }
        unsafe slots[index].counts = old &+ lanes.ones
        return Occurrences(bits: old)
    }

    /// Counts a value once less in some lanes, in which it is counted; returns how often it still
    /// is.
    mutating func remove(_ key: UInt64, _ lanes: Lanes) -> Occurrences {
        let index = find(key | 1)
        let old = unsafe slots[index].counts
        precondition(!Self.hasZero(old, lanes), "a value was never counted")
        let new = old &- lanes.ones
        unsafe slots[index].counts = new
        if new == 0 {
            live -= 1
            if capacity > Self.least, live * 8 < capacity { move(to: capacity / 2) }
        }
        return Occurrences(bits: new)
    }

    /// Whether one of the counts in these lanes is 0.
    private static func hasZero(_ counts: UInt64, _ lanes: Lanes) -> Bool {
        let high = lanes.ones << 20
        // The highest bit of a count is set by adding all others to it unless they are zero.
        let low = high &- lanes.ones
        return ((counts & low &+ low) | counts) & high != high
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

    /// Moves what occurs to another table.
    private mutating func move(to newCapacity: Int) {
        let old = unsafe slots
        let oldCapacity = capacity
        unsafe slots = Self.allocate(newCapacity)
        capacity = newCapacity
        used = live
        for index in 0..<oldCapacity where unsafe old[index].counts != 0 {
            unsafe slots[find(old[index].key)] = old[index]
        }
        unsafe old.deallocate()
    }
}
