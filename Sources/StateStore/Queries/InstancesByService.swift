// SPDX-License-Identifier: Apache-2.0

/// All instances in the order of their nodes, each with the place of its service: a walk over rows
/// in the order in which they lie in memory, which several threads can share.
public struct InstanceWalk: Sendable {
    /// The names of the services, folded, in order.
    public let names: [String]
    private let numbers: OctetNumbers
    private let nodes: [NodeRecord]

    fileprivate init(_ store: StateStore) {
        var nodes: [NodeRecord] = []
        nodes.reserveCapacity(store.nodeTable.count)
        store.nodeTable.forEach { _, node in
            nodes.append(node.value)
            return true
        }
        var names: [String] = []
        names.reserveCapacity(store.serviceTable.count)
        var numbers = OctetNumbers()
        store.serviceTable.forEach { key, _ in
            names.append(String(decoding: key, as: UTF8.self))
            _ = numbers.number(of: key, key.indices, 0..<0)
            return true
        }
        self.nodes = nodes
        self.names = names
        self.numbers = numbers
    }

    /// The number of nodes.
    public var nodeCount: Int { nodes.count }

    /// A node by its place in the order of the folded names.
    public func node(_ place: Int) -> NodeRow { nodes[place].row.row }

    /// How many instances some nodes have.
    public func instanceCount(onNodes places: Range<Int>) -> Int {
        places.reduce(0) { $0 + nodes[$1].instances.count }
    }

    /// Visits the instances on some nodes, by node and ID, with the places of node and service.
    public func forEach(
        onNodes places: Range<Int>,
        _ body: (InstanceView, _ node: Int, _ service: Int) -> Void
    ) {
        for place in places {
            let node = nodes[place]
            node.instances.forEach { _, record in
                // Each instance has an entry in the table of services.
                if let service = numbers.find(StateStore.folded(record.row.name)) {
                    let instance = InstanceView(
                        nodeRow: node.row,
                        record: record,
                        nodeRecords: node.ownChecks
                    )
                    body(instance, place, service)
                }
                return true
            }
        }
    }
}

/// What was found on a walk over all instances, part by part, grouped by service: each group in the
/// order of ``StateStore/instances(ofService:)``.
public struct InstancesByService: Sendable {
    /// An instance: its part, and its place there.
    public struct Place: Sendable {
        /// The part of the walk.
        public var part: UInt32
        /// The place among the instances of the part.
        public var index: UInt32
    }

    /// Where the instances of each service begin in ``places``, and where the last ends.
    private let starts: [Int]
    private let places: [Place]

    /// Groups instances.
    ///
    /// - Parameters:
    ///   - parts: the places of the services of the instances of each part, in the order of the
    ///     walk.
    ///   - count: the number of services.
    public init(_ parts: [[UInt32]], services count: Int) {
        var ends = [Int](repeating: 0, count: count + 1)
        for part in parts { for service in part { ends[Int(service) + 1] += 1 } }
        for service in 0..<count { ends[service + 1] += ends[service] }
        starts = ends
        var places = [Place](repeating: Place(part: 0, index: 0), count: ends[count])
        for (number, part) in parts.enumerated() {
            for (index, service) in part.enumerated() {
                places[ends[Int(service)]] = Place(part: UInt32(number), index: UInt32(index))
                ends[Int(service)] += 1
            }
        }
        self.places = places
    }

    /// How many instances a service has.
    public func count(ofService service: Int) -> Int { starts[service + 1] - starts[service] }

    /// The instances of a service.
    public func places(ofService service: Int) -> ArraySlice<Place> {
        places[starts[service]..<starts[service + 1]]
    }
}

extension StateStore {
    /// A walk over all instances.
    public func instanceWalk() -> InstanceWalk { InstanceWalk(self) }
}
