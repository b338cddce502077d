// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack

/// Refuses rows of a snapshot that no command could have brought.
///
/// Who sends a snapshot could otherwise leave in the state what cannot be written again.
struct SnapshotRowLimits: Sendable {
    /// The most octets of a row: a command has less than half of that, and a check may repeat the tags of its service.
    static let rowLimit = 16 << 20
    /// The most octets of a frame of the catalog, which ends once it has 1 MiB (``StateStore/writeSnapshot(frameLength:_:)``).
    static let catalogFrameLimit = rowLimit + 2 << 20

    /// The table of the last row, and how many rows it had.
    private var table: SnapshotTable?
    private var row = 0

    /// Checks a row that was read, where it begins, with its length.
    mutating func check(
        _ reader: MessagePackReader,
        of table: SnapshotTable,
        octets: Int
    ) throws(SnapshotCodingError) {
        count(table)
        guard octets <= Self.rowLimit else {
            throw problem("it is \(octets) octets long; at most \(Self.rowLimit) are allowed")
        }
        var reader = reader
        let text: String?
        do throws(MessagePackError) { text = try Self.excess(of: table, &reader) } catch {
            throw SnapshotCodingError("a row of the snapshot cannot be read: \(error)")
        }
        if let text { throw problem(text) }
    }

    /// Checks the length of a frame of the catalog.
    func checkCatalog(_ frame: [UInt8]) throws(SnapshotCodingError) {
        guard frame.count > Self.catalogFrameLimit else { return }
        throw SnapshotCodingError(
            "a frame of table catalog is \(frame.count) octets long; at most \(Self.catalogFrameLimit) are allowed"
        )
    }

    /// Checks the rows of a frame of the catalog.
    mutating func check(_ piece: CatalogPiece) throws(SnapshotCodingError) {
        for node in piece.nodes {
            count(.catalog)
            var text = Self.excess { () throws(DefinitionError) in
                try node.record.row.row.validateLengths()
            }
            node.record.instances.forEach { _, instance in
                text =
                    text
                    ?? Self.excess { () throws(DefinitionError) in
                        try instance.row.validateLengths()
                    }
                return text == nil
            }
            node.record.checks.forEach { _, check in
                text =
                    text
                    ?? Self.excess { () throws(DefinitionError) in
                        try check.row.validateLengths()
                    }
                return text == nil
            }
            if let text { throw problem(text) }
        }
    }

    private mutating func count(_ table: SnapshotTable) {
        if self.table != table { row = 0 }
        self.table = table
        row += 1
    }

    private func problem(_ text: String) -> SnapshotCodingError {
        let name = table.map { "\($0)" } ?? ""
        let what = table == .catalog ? "node" : "row"
        return SnapshotCodingError("\(what) \(row) of table \(name) cannot be taken: \(text)")
    }

    /// What is too long in a row.
    private static func excess(
        of table: SnapshotTable,
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> String? {
        switch table {
        case .indexes, .autopilot, .catalog: return nil
        case .nodes: return excess(try NodeRow(reading: &reader).validateLengths)
        case .instances: return excess(try ServiceRow(reading: &reader).validateLengths)
        case .checks: return excess(try CheckRow(reading: &reader).validateLengths)
        case .preparedQueries:
            return excess(try PreparedQueryRow(reading: &reader).validateLengths)
        case .configEntries: return excess(try ConfigEntryRow(reading: &reader).validateLengths)
        case .coordinates: return excess(try CoordinateRow(reading: &reader).validateLengths)
        case .keys: return excess(try KVRow(reading: &reader).validateLengths)
        case .sessions: return excess(try SessionRow(reading: &reader).validateLengths)
        case .services, .connect, .virtualAddresses:
            return try excess(ofNameIn: &reader, "Service name", isFolded: true)
        case .tombstones, .lockDelays: return try excess(ofNameIn: &reader, "Key")
        }
    }

    /// What is too long in a row whose first member is a name, as text or as octets.
    ///
    /// One in lower case may have more octets than it was registered with: that of İ has three for two.
    private static func excess(
        ofNameIn reader: inout MessagePackReader,
        _ what: String,
        isFolded: Bool = false
    ) throws(MessagePackError) -> String? {
        var name: [UInt8] = []
        try reader.readFields { key, reader throws(MessagePackError) in
            guard key == 1 else { return false }
            name = try reader.readOctets()
            return true
        }
        if isFolded, name.count <= NameLimit.octets * 3 / 2 { return nil }
        let text = String(decoding: name, as: UTF8.self)
        return excess { () throws(DefinitionError) in try NameLimit.validate(text, what) }
    }

    private static func excess(_ validate: () throws(DefinitionError) -> Void) -> String? {
        do throws(DefinitionError) {
            try validate()
            return nil
        } catch {
            return error.message
        }
    }
}
