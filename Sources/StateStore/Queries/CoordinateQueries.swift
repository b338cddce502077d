// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// All network coordinates, by node and segment (`/v1/coordinate/nodes`).
    public func coordinates() -> Indexed<[CoordinateRow]> {
        Indexed(
            coordinateTable.values(),
            index: tableIndexes.coordinates,
            topics: [.coordinates]
        )
    }

    /// The network coordinates of a node, compared without case, by segment
    /// (`/v1/coordinate/node/:n`).
    public func coordinates(ofNode name: String) -> Indexed<[CoordinateRow]> {
        Indexed(
            coordinateTable.values(prefix: TreeKey.prefix(Self.folded(name))),
            index: tableIndexes.coordinates,
            topics: [.coordinates]
        )
    }

    /// Rows sorted by the distance of their nodes from a node; those at unknown distance go last,
    /// in the order they had.
    ///
    /// - Returns: the rows; `nil` when the node has no coordinate, which leaves the order as it is
    ///   (HTTP API 1.7, `near`).
    public func sorted<Row>(
        _ rows: [Row],
        byDistanceFrom node: String,
        name: (Row) -> String
    ) -> [Row]? {
        guard !node.isEmpty, !coordinateTable.isEmpty else { return nil }
        let origin = coordinates(ofNode: node).value
        guard !origin.isEmpty else { return nil }
        let distances = rows.map { distance(from: origin, to: name($0)) }
        return rows.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.map { rows[$0] }
    }

    private func distance(from origin: [CoordinateRow], to node: String) -> Double {
        let rows = coordinates(ofNode: node).value
        // Consul: CoordinateSet.Intersect: the segment of whichever is in one segment only.
        let segment =
            rows.count == 1 ? rows[0].segment : origin.count == 1 ? origin[0].segment : ""
        guard let one = origin.first(where: { $0.segment == segment }),
            let other = rows.first(where: { $0.segment == segment })
        else { return .infinity }
        return one.coordinate.distance(to: other.coordinate)
    }
}
