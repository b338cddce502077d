// SPDX-License-Identifier: Apache-2.0
import MessagePack

extension StateStore {
    /// Writes the state as frames: the number of a table, then rows of it, each as it would stand
    /// in the log, its indexes with it.
    ///
    /// What is in memory is one frame; it grows beyond `frameLength` octets by at most one row, and
    /// one of the catalog beyond four times as many (``CatalogRow``). A row of another table that is longer than
    /// `frameLength` has a frame to itself: what could be read in one can be written in one.
    public func writeSnapshot<Failure: Error>(
        frameLength: Int,
        _ emit: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        for table in SnapshotTable.allCases where table.isWritten {
            if table == .catalog {
                try writeCatalog(frameLength: frameLength, emit)
                continue
            }
            var writer = MessagePackWriter()
            var failure: Failure?
            var isEmpty = true
            writer.write(table.rawValue)
            let headLength = writer.octets.count
            forEachRow(of: table) { write in
                let start = writer.octets.count
                writer.writeFields(write)
                isEmpty = false
                guard writer.octets.count >= frameLength else { return true }
                do throws(Failure) {
                    let isLarge = writer.octets.count - start > frameLength
                    if isLarge, start > headLength {
                        try emit(Array(writer.octets[..<start]))
                        try emit(Array(writer.octets[..<headLength] + writer.octets[start...]))
                    } else {
                        try emit(writer.octets)
                    }
                } catch {
                    failure = error
                }
                writer = MessagePackWriter()
                writer.write(table.rawValue)
                isEmpty = true
                return failure == nil
            }
            if let failure { throw failure }
            if !isEmpty { try emit(writer.octets) }
        }
    }

    /// Visits the rows of a table until `body` returns `false`.
    private func forEachRow(
        of table: SnapshotTable,
        _ body: ((inout FieldWriter) -> Void) -> Bool
    ) {
        switch table {
        case .indexes: _ = body(writeIndexes)
        case .catalog, .nodes, .instances, .checks: break
        case .services:
            serviceTable.forEach { key, record in
                body { Self.write(key, record.value.index, to: &$0) }
            }
        case .connect:
            connectTable.forEach { key, record in
                body { Self.write(key, record.index, to: &$0) }
            }
        case .preparedQueries:
            preparedQueryTable.queries.forEach { _, query in body(query.row.write) }
        case .configEntries:
            configEntryTable.entries.forEach { _, entry in body(entry.row.write) }
        case .virtualAddresses: virtualAddressTable.forEachRow(body)
        case .coordinates: coordinateTable.forEach { _, row in body(row.write) }
        case .keys: kvTable.forEachRow(body)
        case .tombstones: kvTable.graveyard.forEachRow(body)
        case .lockDelays: kvTable.delays.forEachRow(body)
        case .sessions: sessionTable.forEachRow(body)
        case .autopilot: if let autopilot { _ = body(autopilot.row.write) }
        }
    }

    private func writeIndexes(_ fields: inout FieldWriter) {
        fields.write(1, lastIndex)
        for (key, path, _) in TableIndexes.members {
            fields.write(key, tableIndexes[keyPath: path])
        }
        fields.write(TableIndexes.timeKey, time.rawValue)
        fields.write(TableIndexes.restoredKey, restoredAt)
    }

    private static func write(
        _ name: [UInt8],
        _ index: RaftIndex,
        to fields: inout FieldWriter
    ) {
        fields.write(1, String(decoding: name, as: UTF8.self))
        fields.write(2, index)
    }
}
