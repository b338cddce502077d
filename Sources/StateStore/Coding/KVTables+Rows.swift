// SPDX-License-Identifier: Apache-2.0
import MessagePack

// The rows of which a snapshot of the keys and sessions consists. Each table writes its rows one by
// one until it is told to stop, and takes them back in any order; rows of an entry, of a key that
// went and of a delay go to different tables of a snapshot, entries first.

extension KVTable {
    /// Visits the entries until `body` returns `false`.
    func forEachRow(_ body: ((inout FieldWriter) -> Void) -> Bool) {
        entries.forEach { _, entry in body(entry.row.write) }
    }

    /// Takes an entry.
    mutating func takeRow(_ reader: inout MessagePackReader) throws(MessagePackError) {
        update(try KVRow(reading: &reader))
    }
}

extension SessionTable {
    /// Visits the sessions until `body` returns `false`.
    func forEachRow(_ body: ((inout FieldWriter) -> Void) -> Bool) {
        sessions.forEach { _, session in body(session.row.write) }
    }

    /// Takes a session.
    mutating func takeRow(_ reader: inout MessagePackReader) throws(MessagePackError) {
        insert(try SessionRow(reading: &reader))
    }
}

extension Graveyard {
    /// Visits the tombstones, and before them what was forgotten, until `body` returns `false`.
    func forEachRow(_ body: ((inout FieldWriter) -> Void) -> Bool) {
        if forgotten > .zero, !body({ $0.write(3, forgotten) }) { return }
        stones.forEach { key, index in
            body {
                $0.write(1, octets: key)
                $0.write(2, index)
            }
        }
    }

    /// Takes a tombstone, or what was forgotten.
    mutating func takeRow(_ reader: inout MessagePackReader) throws(MessagePackError) {
        var octets: [UInt8] = []
        var index = RaftIndex.zero
        var forgotten = RaftIndex.zero
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: octets = try reader.readOctets()
            case 2: index = try reader.readIndex()
            case 3: forgotten = try reader.readIndex()
            default: return false
            }
            return true
        }
        restore(forgotten: forgotten)
        if index > .zero { bury(octets, at: index) }
    }
}

extension LockDelays {
    /// Visits the delays until `body` returns `false`.
    func forEachRow(_ body: ((inout FieldWriter) -> Void) -> Bool) {
        ends.forEach { key, end in
            body {
                $0.write(1, octets: key)
                $0.write(2, end.rawValue)
            }
        }
    }

    /// Takes a delay.
    mutating func takeRow(_ reader: inout MessagePackReader) throws(MessagePackError) {
        var octets: [UInt8] = []
        var end = LogTime.zero
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: octets = try reader.readOctets()
            case 2: end = LogTime(rawValue: try reader.readInteger())
            default: return false
            }
            return true
        }
        delay(octets, until: end, at: .zero)
    }
}
