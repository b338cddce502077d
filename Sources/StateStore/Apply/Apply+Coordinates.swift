// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Sets coordinates; those of unknown nodes are left out (Consul: state.CoordinateBatchUpdate).
    mutating func update(
        _ rows: [CoordinateRow],
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(CommandRefusal) {
        for row in rows where row.coordinate.isValid {
            let name = Self.folded(row.node)
            guard let node = nodeTable[TreeKey.make(name)]?.value else { continue }
            let key = TreeKey.make(name, row.segment)
            var row = row
            row.node = node.row.row.name
            if coordinateTable.updateValue(row, forKey: key) == row { continue }
            noteCoordinateChange(at: index, &changes)
        }
    }

    /// Removes the coordinates of a node that goes.
    mutating func removeCoordinates(
        ofNode name: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let prefix = TreeKey.prefix(name)
        for row in coordinateTable.values(prefix: prefix) {
            coordinateTable.removeValue(forKey: TreeKey.make(name, row.segment))
            noteCoordinateChange(at: index, &changes)
        }
    }

    /// The name of a node is spelled otherwise now.
    mutating func respellCoordinates(
        ofNode name: String,
        as spelling: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        for var row in coordinateTable.values(prefix: TreeKey.prefix(name)) {
            row.node = spelling
            coordinateTable.updateValue(row, forKey: TreeKey.make(name, row.segment))
            noteCoordinateChange(at: index, &changes)
        }
    }

    private mutating func noteCoordinateChange(at index: RaftIndex, _ changes: inout Changes) {
        tableIndexes.coordinates = index
        changes.topics.insert(.coordinates)
    }
}
