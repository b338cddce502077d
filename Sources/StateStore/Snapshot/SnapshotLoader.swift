// SPDX-License-Identifier: Apache-2.0
import MessagePack

/// Builds a state from the frames of a snapshot, in their order.
public struct SnapshotLoader {
    private var store = StateStore()
    /// The node whose instances or checks are read, taken out of its table.
    private var node: (name: String, key: [UInt8], record: CopyOnWrite<NodeRecord>)?
    private var hasIndexes = false
    /// The number of a table that this version does not know.
    private var unknownTable: Int?
    /// What was decoded of the catalog and is not yet in ``store``, and by whom.
    private var pieces: [CatalogPiece] = []
    private var decoders: [CatalogDecoder] = []
    private let worker: any PartsWorker
    /// What rows of others must keep to; `nil` for rows that this agent wrote itself, whatever its version then.
    private var limits: SnapshotRowLimits?

    /// Begins with the empty state.
    ///
    /// - Parameters:
    ///   - worker: who builds the tables of a catalog.
    ///   - isForeign: Whether rows that no command could have brought are refused: names that are too long
    ///     (`NameLimit`), and rows that are too large.
    public init(worker: some PartsWorker = OneThread(), isForeign: Bool = false) {
        self.worker = worker
        limits = isForeign ? SnapshotRowLimits() : nil
    }

    /// Takes the next frame.
    public mutating func take(_ frame: [UInt8]) throws(SnapshotCodingError) {
        if CatalogDecoder.isCatalog(frame) {
            if decoders.isEmpty { decoders.append(CatalogDecoder(number: 0)) }
            try limits?.checkCatalog(frame)
            let piece = try decoders[0].decode(frame)
            try limits?.check(piece)
            pieces.append(piece)
            return
        }
        try assemble()
        var reader = MessagePackReader(frame)
        let number: Int
        do throws(MessagePackError) { number = try reader.readInteger() } catch {
            throw SnapshotCodingError("a row of the snapshot cannot be read: \(error)")
        }
        guard let table = SnapshotTable(rawValue: number) else {
            unknownTable = number
            return
        }
        while !reader.isAtEnd {
            let row = reader
            do throws(MessagePackError) { try take(table, &reader) } catch {
                throw SnapshotCodingError("a row of the snapshot cannot be read: \(error)")
            }
            try limits?.check(row, of: table, octets: reader.offset - row.offset)
        }
    }

    /// Takes all frames of the catalog at once, decoded elsewhere.
    ///
    /// - Parameters:
    ///   - pieces: what came of each frame, in their order.
    ///   - decoders: who decoded them, each at the place of its number.
    /// - Throws: ``SnapshotCodingError`` when the rows are out of order.
    public mutating func take(
        _ pieces: [CatalogPiece],
        by decoders: [CatalogDecoder]
    ) throws(SnapshotCodingError) {
        try assemble()
        self.pieces = pieces
        self.decoders = decoders
        try assemble()
    }

    /// Builds the tables of the catalog, once all of its frames were decoded.
    private mutating func assemble() throws(SnapshotCodingError) {
        guard !pieces.isEmpty else { return }
        guard store.nodeTable.isEmpty else {
            throw SnapshotCodingError("the snapshot has more than one catalog")
        }
        let assembly = try CatalogAssembly(pieces, decoders)
        pieces = []
        decoders = []
        assembly.fill(&store, on: worker)
    }

    /// The state, once all frames were taken.
    public consuming func finish() throws(SnapshotCodingError) -> StateStore {
        try assemble()
        putBack()
        if let unknownTable {
            throw SnapshotCodingError(
                "the snapshot has a table (\(unknownTable)) that this version does not know"
            )
        }
        guard hasIndexes else { throw SnapshotCodingError("the snapshot has no indexes") }
        guard store.lastIndex < StateStore.indexLimit else {
            throw SnapshotCodingError("index \(store.lastIndex.rawValue) leaves no room for others")
        }
        return store
    }

    private mutating func take(
        _ table: SnapshotTable,
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) {
        let start = reader.offset
        switch table {
        case .indexes: try takeIndexes(&reader)
        // Taken as whole frames.
        case .catalog: throw MessagePackError(.outOfRange, at: start)
        case .nodes: take(try NodeRow(reading: &reader))
        case .instances:
            let row = try ServiceRow(reading: &reader)
            guard moveTo(node: row.node) else { throw MessagePackError(.outOfRange, at: start) }
            take(row)
        case .checks:
            let row = try CheckRow(reading: &reader)
            guard moveTo(node: row.node) else { throw MessagePackError(.outOfRange, at: start) }
            take(row)
        case .services:
            let (name, index) = try Self.readIndex(&reader)
            _ = store.serviceTable.modify(TreeKey.make(name)) { $0.value.index = index }
        case .connect:
            let (name, index) = try Self.readIndex(&reader)
            _ = store.connectTable.modify(TreeKey.make(name)) { $0.index = index }
        case .preparedQueries:
            let row = try PreparedQueryRow(reading: &reader)
            guard let record = PreparedQueryRecord(restoring: row) else {
                throw MessagePackError(.outOfRange, at: start)
            }
            store.preparedQueryTable.update(record)
        case .configEntries:
            store.configEntryTable.update(try ConfigEntryRow(reading: &reader))
        case .virtualAddresses: try store.virtualAddressTable.takeRow(&reader)
        case .coordinates:
            let row = try CoordinateRow(reading: &reader)
            store.coordinateTable.updateValue(
                row,
                forKey: TreeKey.make(StateStore.folded(row.node), row.segment)
            )
        case .keys: try store.kvTable.takeRow(&reader)
        case .tombstones: try store.kvTable.graveyard.takeRow(&reader)
        case .lockDelays: try store.kvTable.delays.takeRow(&reader)
        case .sessions: try store.sessionTable.takeRow(&reader)
        case .autopilot: store.autopilot = Box(try AutopilotConfiguration(reading: &reader))
        }
    }

    private mutating func takeIndexes(
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) {
        hasIndexes = true
        var lastIndex = RaftIndex.zero
        var time = LogTime.zero
        var restoredAt = RaftIndex.zero
        var indexes = TableIndexes()
        try reader.readFields { key, reader throws(MessagePackError) in
            if key == 1 {
                lastIndex = try reader.readIndex()
                return true
            }
            if key == TableIndexes.timeKey {
                time = LogTime(rawValue: try reader.readInteger())
                return true
            }
            if key == TableIndexes.restoredKey {
                restoredAt = try reader.readIndex()
                return true
            }
            guard let member = TableIndexes.members.first(where: { $0.key == key }) else {
                return false
            }
            indexes[keyPath: member.path] = try reader.readIndex()
            return true
        }
        store.lastIndex = lastIndex
        store.time = time
        store.restoredAt = restoredAt
        store.tableIndexes = indexes
    }

    private static func readIndex(
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> (String, RaftIndex) {
        var name = ""
        var index = RaftIndex.zero
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: name = try reader.readString()
            case 2: index = try reader.readIndex()
            default: return false
            }
            return true
        }
        return (name, index)
    }
}

// Rows of the catalog.
extension SnapshotLoader {
    private mutating func take(_ row: NodeRow) {
        let name = StateStore.folded(row.name)
        store.nodeTable.updateValue(
            CopyOnWrite(NodeRecord(row: Box(row))),
            forKey: TreeKey.make(name)
        )
        store.indexNode(row, name: name)
    }

    /// Takes the node of the next rows out of its table.
    ///
    /// - Returns: Whether there is one of that name.
    private mutating func moveTo(node name: String) -> Bool {
        let folded = StateStore.folded(name)
        if let node, node.name.hasOctets(of: folded) { return true }
        putBack()
        let key = TreeKey.make(folded)
        guard let record = store.takeNode(key) else { return false }
        node = (folded, key, record)
        return true
    }

    private mutating func putBack() {
        guard let (_, key, record) = node.take() else { return }
        store.nodeTable.updateValue(record, forKey: key)
    }

    private mutating func take(_ row: ServiceRow) {
        guard let name = node?.name else { return }
        var row = row
        if let shared = node?.record.value.row.row.name, shared.hasOctets(of: row.node) {
            row.node = shared
        }
        store.indexRestored(&row, onNode: name)
        node?.record.value.instances.updateValue(
            InstanceRecord(row: row, checks: []),
            forKey: TreeKey.make(row.id)
        )
    }

    private mutating func take(_ row: CheckRow) {
        guard let name = node?.name else { return }
        var row = row
        if let shared = node?.record.value.row.row.name, shared.hasOctets(of: row.node) {
            row.node = shared
        }
        if let instance = node?.record.value.instances[TreeKey.make(row.serviceID)] {
            // The texts of the instance, as when the check was registered.
            if instance.row.name == row.serviceName { row.serviceName = instance.row.name }
            if instance.row.tags == row.serviceTags { row.serviceTags = instance.row.tags }
        }
        let box = Box(row)
        node?.record.value.checks.updateValue(box, forKey: TreeKey.make(row.id))
        node?.record.value.attach(box, replacing: nil, for: row.serviceID)
        store.indexCheck(row, replacing: nil, onNode: name)
    }
}

extension PreparedQueryRecord {
    /// A query as a snapshot holds it; `nil` when its template cannot be compiled.
    fileprivate convenience init?(restoring row: PreparedQueryRow) {
        guard row.isTemplate else {
            self.init(row: row, template: nil)
            return
        }
        guard let template = try? QueryTemplate(row) else { return nil }
        self.init(row: row, template: template)
    }
}
