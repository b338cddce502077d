// SPDX-License-Identifier: Apache-2.0

/// The heaviest keys of a stream in bounded memory: the space-saving algorithm (Metwally, Agrawal and
/// El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005).
///
/// Of `capacity` keys the counts are kept. A new key takes the place of the lightest, and its count on
/// as possible error: every key whose true weight is above `total / capacity` is there, and its true
/// weight is within `count - error ... count`.
public struct TopSketch<Key: Hashable & Sendable>: Sendable {
    /// A key and its weight.
    public struct Entry: Sendable {
        /// The key.
        public var key: Key
        /// Its weight, at most.
        public var count: UInt64
        /// By how much ``count`` may be too high.
        public var error: UInt64
        /// Its place in the heap.
        fileprivate var place: Int
    }

    /// How many keys are kept.
    public let capacity: Int
    /// The weight of all keys together.
    public private(set) var total: UInt64 = 0
    private var entries: [Entry] = []
    private var indices: [Key: Int] = [:]
    /// Indices of ``entries``, the lightest first.
    private var heap: [Int] = []

    /// Nothing yet.
    public init(capacity: Int) { self.capacity = max(1, capacity) }

    /// Adds a weight to a key.
    public mutating func take(_ key: Key, _ weight: UInt64 = 1) {
        total += weight
        if let index = indices[key] {
            entries[index].count += weight
            sink(entries[index].place)
        } else if entries.count < capacity {
            let index = entries.count
            entries.append(Entry(key: key, count: weight, error: 0, place: index))
            indices[key] = index
            heap.append(index)
            rise(index)
        } else {
            let index = heap[0]
            let lightest = entries[index].count
            indices[entries[index].key] = nil
            indices[key] = index
            entries[index].key = key
            entries[index].error = lightest
            entries[index].count = lightest + weight
            sink(0)
        }
    }

    /// The heaviest keys of several sketches together, the heaviest first.
    ///
    /// What a full sketch does not hold may have had its lightest weight there: that much is added to
    /// count and error.
    public static func top(_ count: Int, of sketches: [Self]) -> [Entry] {
        var sums: [Key: Entry] = [:]
        for sketch in sketches {
            for entry in sketch.entries {
                sums[entry.key, default: Entry(key: entry.key, count: 0, error: 0, place: 0)]
                    .add(entry.count, error: entry.error)
            }
        }
        for sketch in sketches where sketch.lightest > 0 {
            for key in sums.keys where sketch.indices[key] == nil {
                sums[key]?.add(sketch.lightest, error: sketch.lightest)
            }
        }
        let sorted = sums.values.sorted { first, second in
            first.count != second.count ? first.count > second.count : first.error < second.error
        }
        return Array(sorted.prefix(count))
    }

    /// What a key that is not there may weigh at most.
    private var lightest: UInt64 { entries.count < capacity ? 0 : entries[heap[0]].count }

    private func isLighter(_ first: Int, _ second: Int) -> Bool {
        entries[heap[first]].count < entries[heap[second]].count
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        heap.swapAt(first, second)
        entries[heap[first]].place = first
        entries[heap[second]].place = second
    }

    private mutating func rise(_ place: Int) {
        var place = place
        while place > 0, isLighter(place, (place - 1) / 2) {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ place: Int) {
        var place = place
        while true {
            var lightest = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && isLighter(child, lightest) {
                lightest = child
            }
            guard lightest != place else { return }
            exchange(place, lightest)
            place = lightest
        }
    }
}

extension TopSketch.Entry {
    fileprivate mutating func add(_ more: UInt64, error: UInt64) {
        count += more
        self.error += error
    }
}
