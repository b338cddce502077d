// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// The entry of a key (`GET /v1/kv/:key`).
    ///
    /// Index: that of the entry; of the table when there is none (HTTP API 3.1).
    public func entry(_ key: String) -> Indexed<KVRow?> {
        let row = kvTable.entry(key)?.row
        return Indexed(
            row,
            index: row?.modifyIndex ?? tableIndexes.keys,
            topics: [.key(key), .manyKeys]
        )
    }

    /// The entries whose keys begin with a prefix, in octet order (`?recurse`).
    ///
    /// Index: the highest of the entries and of what went there; of the table when there is
    /// nothing. It never goes back (``Graveyard``).
    public func entries(prefix: String) -> Indexed<[KVRow]> {
        var highest = RaftIndex.zero
        var rows: [KVRow] = []
        kvTable.entries.forEach(prefix: TreeKey.make(prefix)) { _, entry in
            rows.append(entry.row)
            highest = max(highest, entry.row.modifyIndex)
            return true
        }
        return indexed(rows, prefix: prefix, highest)
    }

    /// The keys that begin with a prefix, in octet order (`?keys`).
    ///
    /// What follows a separator behind the prefix is cut off, and what is then equal is named once.
    /// An empty separator cuts nothing.
    public func keys(prefix: String, separator: String = "") -> Indexed<[String]> {
        let start = prefix.utf8.count
        let separator = Array(separator.utf8)
        var highest = RaftIndex.zero
        var keys: [String] = []
        var last: [UInt8] = []
        kvTable.entries.forEach(prefix: TreeKey.make(prefix)) { key, entry in
            highest = max(highest, entry.row.modifyIndex)
            guard let end = Self.end(of: separator, in: key, from: start) else {
                keys.append(entry.row.key)
                return true
            }
            let folded = Array(key[..<end])
            guard folded != last else { return true }
            keys.append(String(decoding: folded, as: UTF8.self))
            last = folded
            return true
        }
        return indexed(keys, prefix: prefix, highest)
    }

    private func indexed<Value>(
        _ value: Value,
        prefix: String,
        _ highest: RaftIndex
    ) -> Indexed<Value> {
        var index = tableIndexes.keys
        if !prefix.isEmpty {
            let graveyard = kvTable.graveyard
            let own = max(highest, graveyard.index(ofPrefix: TreeKey.make(prefix)))
            if own > .zero { index = max(own, graveyard.forgotten) }
        }
        return Indexed(value, index: index, topics: [.keyPrefix(KeyPrefix(prefix)), .manyKeys])
    }

    /// Where the first separator ends at or behind `start`.
    private static func end(of separator: [UInt8], in key: [UInt8], from start: Int) -> Int? {
        guard !separator.isEmpty, key.count >= start + separator.count else { return nil }
        for place in start...(key.count - separator.count)
        where key[place..<(place + separator.count)].elementsEqual(separator) {
            return place + separator.count
        }
        return nil
    }
}
