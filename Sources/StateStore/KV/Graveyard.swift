// SPDX-License-Identifier: Apache-2.0

/// Where keys that are gone leave the index at which they went, so that the index of a prefix does
/// not go back with them (API-064).
///
/// Consul forgets a tombstone after a time; this one keeps so many of the youngest, and the index
/// of those that it forgot counts for every prefix from then on. So the index of a prefix never
/// goes back, and forgetting depends on nothing but the commands.
struct Graveyard: Sendable {
    /// The most tombstones; beyond that the older half is forgotten.
    ///
    /// It is the same for all servers of a cluster: their states must not differ.
    static let limit = 65_536

    /// The indexes by key, or by the prefix of keys that went together.
    private(set) var stones = OrderedTree<RaftIndex>()
    /// The same, by index and key.
    private var order = OrderedTree<Presence>()
    /// The highest index of a stone that was forgotten.
    private(set) var forgotten = RaftIndex.zero

    /// The highest index at which something went that began with a prefix; 0 for none.
    func index(ofPrefix prefix: [UInt8]) -> RaftIndex {
        var highest = RaftIndex.zero
        stones.forEach(prefix: prefix) { _, index in
            highest = max(highest, index)
            return true
        }
        return highest
    }

    /// A key went.
    mutating func bury(_ key: [UInt8], at index: RaftIndex) {
        remove(key)
        stones.updateValue(index, forKey: key)
        order.updateValue(Presence(), forKey: Self.place(index, key))
        if stones.count > Self.limit { forgetOlderHalf() }
    }

    /// All keys that begin with a prefix went: one stone tells what theirs would.
    mutating func bury(prefix: [UInt8], at index: RaftIndex) {
        var covered: [[UInt8]] = []
        stones.forEach(prefix: prefix) { key, _ in
            covered.append(key)
            return true
        }
        for key in covered { remove(key) }
        // Consul: after the whole tree went, the index of the table tells it.
        if !prefix.isEmpty { bury(prefix, at: index) }
    }

    /// A key came again; what is written now is younger than its stone.
    mutating func remove(_ key: [UInt8]) {
        guard let index = stones.removeValue(forKey: key) else { return }
        order.removeValue(forKey: Self.place(index, key))
    }

    /// Sets what was forgotten, as a snapshot tells.
    mutating func restore(forgotten index: RaftIndex) { forgotten = max(forgotten, index) }

    private mutating func forgetOlderHalf() {
        var old: [[UInt8]] = []
        order.forEach { place, _ in
            old.append(place)
            return old.count < Self.limit / 2
        }
        for place in old {
            let key = Array(place[8...])
            if let index = stones.removeValue(forKey: key) { forgotten = max(forgotten, index) }
            order.removeValue(forKey: place)
        }
    }

    private static func place(_ index: RaftIndex, _ key: [UInt8]) -> [UInt8] {
        TreeKey.bigEndian(index.rawValue) + key
    }
}
