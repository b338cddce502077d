// SPDX-License-Identifier: Apache-2.0

/// The keys of a store, with what is remembered of those that went and of locks that were lost.
struct KVTable: Sendable {
    /// The entries by the octets of their keys.
    private(set) var entries = OrderedTree<Box<KVRow>>()
    /// Keys (folded session ID, key) of the entries that a session holds.
    private var held = OrderedTree<Presence>()
    /// The keys that went.
    var graveyard = Graveyard()
    /// The locks that were lost a short time ago.
    var delays = LockDelays()

    /// The entry of a key.
    func entry(_ key: String) -> Box<KVRow>? { entries[TreeKey.make(key)] }

    /// The keys that a session holds, in order.
    func keys(heldBy session: String) -> [String] {
        let prefix = TreeKey.prefix(StateStore.folded(session))
        var keys: [String] = []
        held.forEach(prefix: prefix) { place, _ in
            keys.append(TreeKey.texts(place)[1])
            return true
        }
        return keys
    }

    /// Inserts an entry, or replaces that of its key.
    mutating func update(_ row: KVRow) {
        let key = TreeKey.make(row.key)
        let old = entries.updateValue(Box(row), forKey: key)
        if let old {
            if old.row.session == row.session { return }
            release(old.row)
        } else {
            graveyard.remove(key)
        }
        if !row.session.isEmpty {
            held.updateValue(Presence(), forKey: Self.place(row))
        }
    }

    /// Removes an entry; the graveyard is told by whoever removes.
    mutating func remove(_ key: [UInt8]) -> KVRow? {
        guard let old = entries.removeValue(forKey: key) else { return nil }
        release(old.row)
        return old.row
    }

    private mutating func release(_ row: KVRow) {
        if !row.session.isEmpty { held.removeValue(forKey: Self.place(row)) }
    }

    private static func place(_ row: KVRow) -> [UInt8] {
        TreeKey.make(StateStore.folded(row.session), row.key)
    }
}
