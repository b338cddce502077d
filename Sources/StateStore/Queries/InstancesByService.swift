// SPDX-License-Identifier: Apache-2.0

/// All instances, grouped by service: what a look at every service would find, in one walk over the
/// nodes and without a search for each instance.
public struct InstancesByService: Sendable {
    /// The instances of some nodes, in order.
    private struct Piece: Sendable {
        var records: [InstanceRecord] = []
        /// The place of each one's node among all.
        var nodes: [UInt32] = []
        /// The place of each one's service among all.
        var services: [UInt32] = []
    }

    /// An instance: its piece, and its place there.
    private struct Place: Sendable {
        var piece: UInt32
        var index: UInt32
    }

    /// The names of the services, folded, in order.
    public let names: [String]
    private let nodes: [NodeRecord]
    private let pieces: [Piece]
    /// Where the instances of each service begin in ``places``, and where the last ends.
    private let starts: [Int]
    private let places: [Place]

    fileprivate init(_ store: StateStore, on worker: some PartsWorker) {
        var nodes: [NodeRecord] = []
        nodes.reserveCapacity(store.nodeTable.count)
        store.nodeTable.forEach { _, node in
            nodes.append(node.value)
            return true
        }
        var names: [String] = []
        var numbers = OctetNumbers()
        store.serviceTable.forEach { key, _ in
            let name = String(decoding: key, as: UTF8.self)
            names.append(name)
            _ = numbers.number(of: name)
            return true
        }
        let chunk = 64
        let pieces = worker.map((nodes.count + chunk - 1) / chunk) { [nodes, numbers] number in
            let first = number * chunk
            return Self.piece(nodes, first..<min(nodes.count, first + chunk), numbers)
        }
        var ends = [Int](repeating: 0, count: names.count + 1)
        for piece in pieces { for service in piece.services { ends[Int(service) + 1] += 1 } }
        for service in names.indices { ends[service + 1] += ends[service] }
        starts = ends
        var places = [Place](repeating: Place(piece: 0, index: 0), count: ends[names.count])
        for (number, piece) in pieces.enumerated() {
            for (index, service) in piece.services.enumerated() {
                places[ends[Int(service)]] = Place(piece: UInt32(number), index: UInt32(index))
                ends[Int(service)] += 1
            }
        }
        self.places = places
        self.pieces = pieces
        self.nodes = nodes
        self.names = names
    }

    private static func piece(
        _ nodes: [NodeRecord],
        _ range: Range<Int>,
        _ numbers: OctetNumbers
    ) -> Piece {
        var piece = Piece()
        for node in range {
            nodes[node].instances.forEach { _, record in
                // Each instance has an entry in the table of services.
                guard let service = numbers.find(StateStore.folded(record.row.name)) else {
                    return true
                }
                piece.records.append(record)
                piece.nodes.append(UInt32(node))
                piece.services.append(UInt32(service))
                return true
            }
        }
        return piece
    }

    /// The number of nodes.
    public var nodeCount: Int { nodes.count }

    /// A node by its place in the order of the folded names.
    public func node(_ place: Int) -> NodeRow { nodes[place].row.row }

    /// How many instances a service has.
    public func count(ofService service: Int) -> Int { starts[service + 1] - starts[service] }

    /// Visits the instances of a service, in the order of
    /// ``StateStore/instances(ofService:)``, with the places of their nodes.
    public func forEach(ofService service: Int, _ body: (InstanceView, _ node: Int) -> Void) {
        for place in places[starts[service]..<starts[service + 1]] {
            let index = Int(place.index)
            let number = Int(pieces[Int(place.piece)].nodes[index])
            let view = InstanceView(
                nodeRow: nodes[number].row,
                record: pieces[Int(place.piece)].records[index],
                nodeRecords: nodes[number].ownChecks
            )
            body(view, number)
        }
    }
}

extension StateStore {
    /// All instances, grouped by service.
    public func instancesByService(on worker: some PartsWorker) -> InstancesByService {
        InstancesByService(self, on: worker)
    }
}
