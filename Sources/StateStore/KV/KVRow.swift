// SPDX-License-Identifier: Apache-2.0

/// An entry of the key/value store (HTTP API 5.7).
public struct KVRow: Hashable, Sendable {
    /// The key; compared octet by octet.
    public var key: String
    /// The value.
    public var value: [UInt8]
    /// A number that clients put to a meaning of their own.
    public var flags: UInt64
    /// The session that holds the lock; empty for none.
    public var session: String
    /// How often the lock was acquired; a plain write sets it to 0 (API-095).
    public var lockIndex: UInt64
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex

    /// Makes a row; the indexes are set when a command is applied.
    public init(
        key: String,
        value: [UInt8] = [],
        flags: UInt64 = 0,
        session: String = "",
        lockIndex: UInt64 = 0,
        createIndex: RaftIndex = .zero,
        modifyIndex: RaftIndex = .zero
    ) {
        self.key = key
        self.value = value
        self.flags = flags
        self.session = session
        self.lockIndex = lockIndex
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
    }

    /// The row without its value, as transactions report what they wrote.
    var withoutValue: KVRow {
        var copy = self
        copy.value = []
        return copy
    }

    /// Swift takes texts for equal that Unicode does, though their octets differ; keys are octets.
    public static func == (a: KVRow, b: KVRow) -> Bool {
        a.key.utf8.elementsEqual(b.key.utf8) && a.value == b.value && a.flags == b.flags
            && a.session == b.session && a.lockIndex == b.lockIndex
            && a.createIndex == b.createIndex && a.modifyIndex == b.modifyIndex
    }
}
