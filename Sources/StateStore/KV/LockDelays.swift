// SPDX-License-Identifier: Apache-2.0

/// Keys whose lock a session lost, with the time until which nobody acquires it (HTTP API 5.8).
struct LockDelays: Sendable {
    /// The ends by key.
    private(set) var ends = OrderedTree<LogTime>()
    /// The same, by end and key.
    private var order = OrderedTree<Presence>()

    /// Whether the lock of a key cannot be acquired at a time.
    func isDelayed(_ key: [UInt8], at time: LogTime) -> Bool {
        ends[key].map { time < $0 } ?? false
    }

    /// Delays the lock of a key, and forgets delays that are over at `time`.
    mutating func delay(_ key: [UInt8], until end: LogTime, at time: LogTime) {
        forgetUntil(time)
        if let old = ends.updateValue(end, forKey: key) {
            order.removeValue(forKey: Self.place(old, key))
        }
        order.updateValue(Presence(), forKey: Self.place(end, key))
    }

    private mutating func forgetUntil(_ time: LogTime) {
        var over: [[UInt8]] = []
        let now = TreeKey.bigEndian(time.rawValue)
        order.forEach { place, _ in
            guard !now.lexicographicallyPrecedes(place[..<8]) else { return false }
            over.append(place)
            return true
        }
        for place in over {
            ends.removeValue(forKey: Array(place[8...]))
            order.removeValue(forKey: place)
        }
    }

    private static func place(_ end: LogTime, _ key: [UInt8]) -> [UInt8] {
        TreeKey.bigEndian(end.rawValue) + key
    }
}
