// SPDX-License-Identifier: Apache-2.0
import MessagePack

/// Reads the frames of a snapshot as records, without building a state of them.
///
/// What it remembers from one frame to the next is the node whose instances may go on.
public struct SnapshotRecordReader: Sendable {
    private var node: NodeRow?
    private var instance: ServiceRow?

    /// Begins.
    public init() {}

    /// Takes the next frame and hands on its records in their order.
    ///
    /// - Throws: ``SnapshotCodingError`` at the first row that cannot be read; the records before it
    ///   were handed on.
    public mutating func take(
        _ frame: [UInt8],
        _ emit: (SnapshotRecord) -> Void
    ) throws(SnapshotCodingError) {
        instance = nil
        var reader = MessagePackReader(frame)
        let number: Int
        do throws(MessagePackError) {
            number = try reader.readInteger()
            if let table = SnapshotTable(rawValue: number) {
                while !reader.isAtEnd { try take(table, &reader, emit) }
                return
            }
        } catch {
            throw SnapshotCodingError("a row of the snapshot cannot be read: \(error)")
        }
        throw SnapshotCodingError(
            "the snapshot has a table (\(number)) that this version does not know"
        )
    }

    private mutating func take(
        _ table: SnapshotTable,
        _ reader: inout MessagePackReader,
        _ emit: (SnapshotRecord) -> Void
    ) throws(MessagePackError) {
        switch table {
        case .indexes: try Self.takeIndexes(&reader, emit)
        case .catalog: if let record = try catalogRecord(&reader) { emit(record) }
        case .nodes: emit(.node(try NodeRow(reading: &reader)))
        case .instances: emit(.instance(try ServiceRow(reading: &reader), on: nil))
        case .checks: emit(.check(try CheckRow(reading: &reader), on: nil))
        case .services: emit(try PlainRow(reading: &reader).index(of: "service."))
        case .connect: emit(try PlainRow(reading: &reader).index(of: "connect."))
        case .preparedQueries: emit(.preparedQuery(try PreparedQueryRow(reading: &reader)))
        case .configEntries: emit(.configEntry(try ConfigEntryRow(reading: &reader)))
        case .virtualAddresses: emit(try PlainRow(reading: &reader).virtualAddress)
        case .coordinates: emit(.coordinate(try CoordinateRow(reading: &reader)))
        case .keys: emit(.key(try KVRow(reading: &reader)))
        case .tombstones: emit(try PlainRow(reading: &reader).tombstone)
        case .lockDelays: emit(try PlainRow(reading: &reader).lockDelay)
        case .sessions: emit(.session(try SessionRow(reading: &reader)))
        case .autopilot: emit(.autopilot(try AutopilotConfiguration(reading: &reader)))
        }
    }

    /// Reads the one row of ``SnapshotTable/indexes``; tables that never changed are left out.
    private static func takeIndexes(
        _ reader: inout MessagePackReader,
        _ emit: (SnapshotRecord) -> Void
    ) throws(MessagePackError) {
        var progress = StateProgress()
        var indexes = TableIndexes()
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: progress.lastIndex = try reader.readIndex()
            case TableIndexes.timeKey:
                progress.time = LogTime(rawValue: try reader.readInteger())
            case TableIndexes.restoredKey: progress.restoredAt = try reader.readIndex()
            default:
                guard let member = TableIndexes.members.first(where: { $0.key == key }) else {
                    return false
                }
                indexes[keyPath: member.path] = try reader.readIndex()
            }
            return true
        }
        emit(.progress(progress))
        for (_, path, name) in TableIndexes.members where indexes[keyPath: path] > .zero {
            emit(.index(key: name, indexes[keyPath: path]))
        }
    }
}

// Rows of the catalog (``CatalogRow``).
extension SnapshotRecordReader {
    /// Reads a row; `nil` for one that only says whose rows follow.
    private mutating func catalogRecord(
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> SnapshotRecord? {
        let start = reader.offset
        switch try Self.kind(reader) {
        case .node:
            let row = try NodeRow(reading: &reader)
            (node, instance) = (row, nil)
            return .node(row)
        case .continuation:
            let name = try NodeRow(reading: &reader).name
            guard let node, StateStore.folded(node.name) == StateStore.folded(name) else {
                throw MessagePackError(.outOfRange, at: start)
            }
            return nil
        case .instance:
            guard let node else { throw MessagePackError(.outOfRange, at: start) }
            var row = try ServiceRow(reading: &reader)
            if row.node.isEmpty { row.node = node.name }
            instance = row
            return .instance(row, on: node)
        case .check:
            guard let node else { throw MessagePackError(.outOfRange, at: start) }
            return .check(try Self.check(&reader, on: node), on: node)
        case .instanceCheck:
            guard let node, let instance else { throw MessagePackError(.outOfRange, at: start) }
            var row = try Self.check(&reader, on: node)
            row.serviceID = instance.id
            row.serviceName = instance.name
            row.serviceTags = instance.tags
            return .check(row, on: node)
        }
    }

    private static func check(
        _ reader: inout MessagePackReader,
        on node: NodeRow
    ) throws(MessagePackError) -> CheckRow {
        var row = try CheckRow(reading: &reader)
        if row.node.isEmpty { row.node = node.name }
        return row
    }

    /// The kind of the next row, which is its first member.
    private static func kind(
        _ reader: MessagePackReader
    ) throws(MessagePackError) -> CatalogRow {
        var reader = reader
        let start = reader.offset
        guard try reader.readMapCount() > 0, reader.nextKind == .integer,
            try reader.readInteger() == CatalogRow.kindKey,
            let kind = CatalogRow(rawValue: try reader.readInteger())
        else { throw MessagePackError(.outOfRange, at: start) }
        return kind
    }
}

/// A row of those tables whose rows are a name and a number.
private struct PlainRow {
    private var name: [UInt8] = []
    private var number: UInt64 = 0
    /// What stands in a row of its own in front of others.
    private var mark: UInt64 = 0

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = self
        let start = reader.offset
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: row.name = try reader.readOctets()
            case 2: row.number = try reader.readInteger()
            case 3: row.mark = try reader.readInteger()
            default: return false
            }
            return true
        }
        self = row
        guard String(validating: name, as: UTF8.self) != nil else {
            throw MessagePackError(.invalidText, at: start)
        }
    }

    private var text: String { String(decoding: name, as: UTF8.self) }

    func index(of prefix: String) -> SnapshotRecord {
        .index(key: prefix + text, RaftIndex(rawValue: number))
    }

    /// Addresses stand as their number in 240.0.0.0/4 (DNS 2.9).
    var virtualAddress: SnapshotRecord {
        let isCounter = mark > 0
        let address = UInt32(truncatingIfNeeded: isCounter ? mark : number) | 240 << 24
        let octets = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
        return name.isEmpty
            ? .freeVirtualAddress(octets, isCounter: isCounter)
            : .virtualAddress(service: text, octets)
    }

    var tombstone: SnapshotRecord {
        .tombstone(key: text, RaftIndex(rawValue: max(number, mark)))
    }

    var lockDelay: SnapshotRecord { .lockDelay(key: text, LogTime(rawValue: number)) }
}
