// SPDX-License-Identifier: Apache-2.0

/// What stands in the log: entries, and what recovery must know besides.
///
/// A record is its length (u32: the octets of the payload), its kind (u8), the kind of an entry (u8), two octets that
/// are 0, a term (u64), an index (u64), and the payload.
public enum LogRecord: Hashable, Sendable {
    /// What an entry is; the raw value stands in the file.
    public enum EntryKind: UInt8, Hashable, Sendable {
        /// A command of the state store.
        case command = 1
        /// What a new leader appends.
        case noop = 2
        /// The members of the cluster.
        case configuration = 3
        /// The state was replaced by the snapshot of this index: nothing before counts.
        case restoration = 4
    }

    /// The term, the server that was voted for in it (no octets: none), and an index up to which
    /// entries are known to be committed.
    case hardState(term: UInt64, vote: [UInt8], commit: UInt64)
    /// An entry.
    case entry(EntryKind, term: UInt64, index: UInt64, payload: [UInt8])
    /// Entries from this index on do not count.
    case truncate(from: UInt64)
    /// The log begins at this index; the entry before it had this term.
    case start(index: UInt64, previousTerm: UInt64)

    /// The octets of a record without its payload.
    static let headLength = 24

    /// Appends the octets of the record.
    func write(to octets: inout [UInt8]) {
        switch self {
        case .hardState(let term, let vote, let commit):
            Self.write(1, 0, term, commit, vote, to: &octets)
        case .entry(let kind, let term, let index, let payload):
            Self.write(2, kind.rawValue, term, index, payload, to: &octets)
        case .truncate(let index):
            Self.write(3, 0, 0, index, [], to: &octets)
        case .start(let index, let term):
            Self.write(4, 0, term, index, [], to: &octets)
        }
    }

    private static func write(
        _ kind: UInt8,
        _ entryKind: UInt8,
        _ term: UInt64,
        _ index: UInt64,
        _ payload: [UInt8],
        to octets: inout [UInt8]
    ) {
        octets.append(littleEndian: UInt32(payload.count))
        octets.append(kind)
        octets.append(entryKind)
        octets.append(littleEndian: UInt16(0))
        octets.append(littleEndian: term)
        octets.append(littleEndian: index)
        octets.append(contentsOf: payload)
    }

    /// The records of a batch's body; `nil` when it does not consist of `count` records that this
    /// version knows.
    static func records(in body: ArraySlice<UInt8>, count: Int) -> [LogRecord]? {
        guard count <= body.count / headLength else { return nil }
        var records: [LogRecord] = []
        records.reserveCapacity(count)
        var reader = LittleEndianReader(body)
        for _ in 0..<count {
            guard let record = read(&reader) else { return nil }
            records.append(record)
        }
        return reader.rest.isEmpty ? records : nil
    }

    private static func read(_ reader: inout LittleEndianReader) -> LogRecord? {
        guard let length = reader.read(UInt32.self), let kind = reader.read(UInt8.self),
            let entryKind = reader.read(UInt8.self), reader.read(UInt16.self) == 0,
            let term = reader.read(UInt64.self), let index = reader.read(UInt64.self),
            let payload = reader.readOctets(Int(length))
        else { return nil }
        switch kind {
        case 1: return .hardState(term: term, vote: Array(payload), commit: index)
        case 2:
            guard let kind = EntryKind(rawValue: entryKind) else { return nil }
            return .entry(kind, term: term, index: index, payload: Array(payload))
        case 3: return .truncate(from: index)
        case 4: return .start(index: index, previousTerm: term)
        default: return nil
        }
    }
}
