// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack

/// Decodes frames of the catalog, in any order, apart from all others: each thread that takes part
/// has one of its own, which remembers what rows share.
public struct CatalogDecoder: Sendable {
    /// Which of the decoders this is.
    let number: Int
    /// The names and tags of instances by number; pieces refer to them.
    private(set) var texts: [InstanceTexts] = []
    private var textNumbers = OctetNumbers()

    /// The piece that is being made.
    private var piece: CatalogPiece
    /// The node that is being read, if one is.
    private var node = OpenNode()
    private var hasNode = false
    // Filled anew for each node.
    private var instances = TreeRun<InstanceRecord>()
    private var checks: [Box<CheckRow>] = []
    private var checkRun = TreeRun<Box<CheckRow>>()
    private var statusRuns: [(status: String, keys: TreeRun<Presence>)] = []
    // The texts of the check before, and where they stand: most say the same.
    private var knownName = KnownText()
    private var knownOutput = KnownText()
    private var knownDetails: Box<CheckDetails>?

    /// A node that is being read.
    private struct OpenNode {
        var row = NodeRow(name: "", address: "")
        /// The folded name.
        var name = ""
        /// What the keys of all that is on it begin with.
        var prefix: [UInt8] = []
        var ownChecks: [Box<CheckRow>] = []
        var looseChecks: [Box<CheckRow>] = []
        var firstID: String?
        var lastID: String?
        var isContinued = false
    }

    /// A text of the frame.
    private struct KnownText {
        var range = 0..<0
        var text = ""
    }

    /// Begins; each decoder of a snapshot has another number.
    public init(number: Int) {
        self.number = number
        piece = CatalogPiece(decoder: number)
    }

    /// Whether a frame is one of the catalog.
    public static func isCatalog(_ frame: [UInt8]) -> Bool {
        frame.first == UInt8(SnapshotTable.catalog.rawValue)
    }

    /// Decodes a frame of the catalog.
    public mutating func decode(
        _ frame: [UInt8]
    ) throws(SnapshotCodingError) -> CatalogPiece {
        piece = CatalogPiece(decoder: number)
        hasNode = false
        instances.removeAll()
        checks.removeAll(keepingCapacity: true)
        statusRuns.removeAll(keepingCapacity: true)
        knownName = KnownText()
        knownOutput = KnownText()
        // Behind the number of the table.
        var cursor = RowCursor(frame, at: 1)
        do throws(MessagePackError) {
            while !cursor.isAtEnd { try takeRow(&cursor) }
            try closeNode(at: cursor.place)
        } catch {
            throw SnapshotCodingError("a row of the snapshot cannot be read: \(error)")
        }
        for (status, keys) in statusRuns { piece.checksByStatus[status] = keys.tree() }
        defer { piece = CatalogPiece(decoder: number) }
        return piece
    }

    private mutating func takeRow(_ cursor: inout RowCursor) throws(MessagePackError) {
        let start = cursor.place
        let (kind, count) = try Self.readHead(&cursor)
        switch kind {
        case .node, .continuation:
            try closeNode(at: start)
            let row = try NodeRow(reading: &cursor, count)
            try open(row, isContinued: kind == .continuation, at: start)
        case .instance:
            guard hasNode else { throw MessagePackError(.outOfRange, at: start) }
            try takeInstance(&cursor, count)
        case .check:
            guard hasNode else { throw MessagePackError(.outOfRange, at: start) }
            try takeCheck(&cursor, count)
        case .instanceCheck:
            // It would have been taken with its instance.
            throw MessagePackError(.outOfRange, at: start)
        }
    }

    /// Reads of which kind a row is, and how many members follow.
    private static func readHead(
        _ cursor: inout RowCursor
    ) throws(MessagePackError) -> (kind: CatalogRow, count: Int) {
        let start = cursor.place
        let count = try cursor.mapCount()
        guard count > 0, try cursor.key() == CatalogRow.kindKey,
            let kind = CatalogRow(rawValue: try cursor.integer())
        else { throw MessagePackError(.outOfRange, at: start) }
        return (kind, count - 1)
    }
}

// Nodes.
extension CatalogDecoder {
    private mutating func open(
        _ row: NodeRow,
        isContinued: Bool,
        at place: Int
    ) throws(MessagePackError) {
        // Only the first node of a frame can go on.
        guard !isContinued || piece.nodes.isEmpty else {
            throw MessagePackError(.outOfRange, at: place)
        }
        let name = StateStore.folded(row.name)
        node = OpenNode(
            row: row,
            name: name,
            prefix: TreeKey.prefix(name),
            isContinued: isContinued
        )
        hasNode = true
    }

    /// Ends the node that is being read.
    private mutating func closeNode(at place: Int) throws(MessagePackError) {
        guard hasNode else { return }
        hasNode = false
        let open = node
        var record = NodeRecord(row: Box(open.row))
        record.ownChecks = open.ownChecks
        record.instances = instances.tree()
        instances.removeAll()
        // Each stands behind its instance, and the order of instances often is theirs.
        for isSorted in [false, true] {
            if isSorted {
                checks.sort { $0.row.id.utf8.lexicographicallyPrecedes($1.row.id.utf8) }
            }
            checkRun.removeAll()
            var isAscending = true
            for check in checks where isAscending {
                isAscending = checkRun.append(check, key: check.row.id.utf8)
            }
            if isAscending { break }
            // Two checks of one ID.
            if isSorted { throw MessagePackError(.outOfRange, at: place) }
        }
        record.checks = checkRun.tree()
        if !open.isContinued {
            for check in checks {
                try note(check.row.id, check.row.status, open.prefix, at: place)
            }
        }
        checks.removeAll(keepingCapacity: true)
        piece.goesOn = piece.goesOn || open.isContinued
        piece.nodes.append(
            CatalogPiece.Node(
                name: open.name,
                record: record,
                looseChecks: open.looseChecks,
                firstID: open.firstID,
                lastID: open.lastID
            )
        )
    }

    /// Reads another spelling of the name of the node.
    private func nodeName(_ cursor: inout RowCursor) throws(MessagePackError) -> String {
        let start = cursor.place
        let name = try cursor.string()
        guard StateStore.folded(name).utf8.elementsEqual(node.name.utf8) else {
            throw MessagePackError(.outOfRange, at: start)
        }
        return name
    }

    private mutating func note(
        _ id: String,
        _ status: CheckStatus,
        _ prefix: [UInt8],
        at place: Int
    ) throws(MessagePackError) {
        guard status != .passing else { return }
        let status = status.rawValue
        let index = statusRuns.firstIndex { $0.status == status } ?? statusRuns.count
        if index == statusRuns.count { statusRuns.append((status, TreeRun())) }
        let isLater = statusRuns[index].keys.append(Presence()) { key in
            key.append(contentsOf: prefix)
            TreeKey.append(id, to: &key)
        }
        guard isLater else { throw MessagePackError(.outOfRange, at: place) }
    }
}

// Instances.
extension CatalogDecoder {
    /// Reads an instance and the checks that follow it.
    ///
    /// Its row has some twenty fields that are counted by reference: it is made in one place and
    /// moved into its record.
    private mutating func takeInstance(
        _ cursor: inout RowCursor,
        _ count: Int
    ) throws(MessagePackError) {
        var row = ServiceRow(node: node.row.name, id: "", name: "")
        var details: ServiceDetails?
        var name = 0..<0
        var tags = 0..<0
        for _ in 0..<count {
            guard let key = try cursor.key() else { continue }
            switch key {
            case 1: row.node = try nodeName(&cursor)
            case 2: row.id = try cursor.string()
            case 3: name = try cursor.text()
            case 5: tags = try cursor.skipped()
            case 6: row.address = try cursor.string()
            case 9: row.port = try cursor.integer()
            case 30: row.createIndex = try cursor.index()
            case 31: row.modifyIndex = try cursor.index()
            default:
                var reader = cursor.reader
                if try !row.read(key, &reader) {
                    var more = details ?? ServiceDetails()
                    if try more.read(key, &reader) { details = more } else { try reader.skip() }
                }
                cursor.advance(to: reader)
            }
        }
        row.details = details?.box()
        let (number, isNew) = textNumbers.number(of: cursor.octets, tags, name)
        if isNew {
            let name = try cursor.string(name)
            var list: [String] = []
            if !tags.isEmpty {
                var reader = RowCursor(cursor.octets, at: tags.lowerBound).reader
                list = try reader.readStrings()
            }
            let folded = StateStore.folded(name)
            texts.append(InstanceTexts(name: name, folded: folded, tags: list))
        }
        row.name = texts[number].name
        row.tags = texts[number].tags
        piece.texts.append(UInt32(number))
        piece.keys.append(contentsOf: node.prefix)
        TreeKey.append(row.id, to: &piece.keys)
        piece.keyEnds.append(UInt32(piece.keys.count))
        piece.modified.append(row.modifyIndex)
        if !row.address.isEmpty {
            piece.addresses.append(StateStore.addressKey(of: row, onNode: node.name))
        }
        if let destination = row.connectDestination {
            piece.connections.append(
                CatalogPiece.Connection(
                    destination: destination,
                    place: Array(piece.key(piece.texts.count - 1)),
                    index: row.modifyIndex
                )
            )
        }
        if node.firstID == nil { node.firstID = row.id }
        node.lastID = row.id
        let id = row.id
        let checks = try takeChecks(&cursor, id, row.name, row.tags)
        let record = InstanceRecord(row: row, checks: checks)
        // Neither twice, nor in another order.
        guard instances.append(record, key: id.utf8) else {
            throw MessagePackError(.outOfRange, at: cursor.place)
        }
    }
}

// Checks.
extension CatalogDecoder {
    /// Reads the checks that follow an instance; returns those that are its own.
    private mutating func takeChecks(
        _ cursor: inout RowCursor,
        _ id: String,
        _ name: String,
        _ tags: [String]
    ) throws(MessagePackError) -> [Box<CheckRow>] {
        var own: [Box<CheckRow>] = []
        while !cursor.isAtEnd {
            let start = cursor.place
            let (kind, count) = try Self.readHead(&cursor)
            switch kind {
            case .check: try takeCheck(&cursor, count)
            case .instanceCheck:
                var row = emptyCheck
                row.serviceID = id
                row.serviceName = name
                row.serviceTags = tags
                try read(&row, &cursor, count)
                let box = Box(row)
                checks.append(box)
                // Most have one, and an array of exactly one.
                if own.isEmpty { own = [box] } else { own.replace(nil, with: box) }
            case .node, .continuation, .instance:
                cursor.goBack(to: start)
                return own
            }
        }
        return own
    }

    /// Reads a check that says itself what it belongs to.
    private mutating func takeCheck(
        _ cursor: inout RowCursor,
        _ count: Int
    ) throws(MessagePackError) {
        var row = emptyCheck
        try read(&row, &cursor, count)
        let isOfNode = row.serviceID.isEmpty
        let box = Box(row)
        checks.append(box)
        if isOfNode {
            node.ownChecks.replace(nil, with: box)
        } else {
            node.looseChecks.append(box)
        }
    }

    private var emptyCheck: CheckRow {
        CheckRow(node: node.row.name, id: "", name: "", status: CheckStatus(rawValue: ""))
    }

    @inline(__always)
    private mutating func read(
        _ row: inout CheckRow,
        _ cursor: inout RowCursor,
        _ count: Int
    ) throws(MessagePackError) {
        var details: CheckDetails?
        for _ in 0..<count {
            guard let key = try cursor.key() else { continue }
            switch key {
            case 1: row.node = try nodeName(&cursor)
            case 2: row.id = try cursor.string()
            case 3: row.name = try Self.read(&cursor, &knownName)
            case 4: row.status = CheckStatus(rawValue: try cursor.string())
            case 6: row.output = try Self.read(&cursor, &knownOutput)
            case 30: row.createIndex = try cursor.index()
            case 31: row.modifyIndex = try cursor.index()
            default:
                var reader = cursor.reader
                if try !row.read(key, &reader) {
                    var more = details ?? CheckDetails()
                    if try more.read(key, &reader) { details = more } else { try reader.skip() }
                }
                cursor.advance(to: reader)
            }
        }
        guard let details else { return }
        // Many checks run in the same way.
        if knownDetails?.row.hasSameOctets(as: details) != true { knownDetails = details.box() }
        row.details = knownDetails
    }

    /// Reads a text that often is the same as in the row before.
    private static func read(
        _ cursor: inout RowCursor,
        _ known: inout KnownText
    ) throws(MessagePackError) -> String {
        let range = try cursor.text()
        if !cursor.areSame(range, known.range) {
            known = KnownText(range: range, text: try cursor.string(range))
        }
        return known.text
    }
}

extension NodeRow {
    /// Reads so many members of a row.
    fileprivate init(
        reading cursor: inout RowCursor,
        _ count: Int
    ) throws(MessagePackError) {
        var row = NodeRow(name: "", address: "")
        for _ in 0..<count {
            guard let key = try cursor.key() else { continue }
            var reader = cursor.reader
            if try !row.read(key, &reader) { try reader.skip() }
            cursor.advance(to: reader)
        }
        self = row
    }
}
