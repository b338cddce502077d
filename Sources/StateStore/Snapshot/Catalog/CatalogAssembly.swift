// SPDX-License-Identifier: Apache-2.0
import Definitions
import HashTreeCollections

/// Puts the pieces of a catalog together: the tables of a state that has no node yet, each built at
/// once from its sorted keys.
struct CatalogAssembly {
    /// What came of the nodes, in the order of their names.
    private var nodes: [CatalogPiece.Node] = []
    /// Keys of checks, by status, whose node went on in another frame.
    private var laterChecks: [(status: String, key: [UInt8])] = []
    private let pieces: [CatalogPiece]
    /// The texts of each decoder by their numbers.
    private let texts: [[InstanceTexts]]

    /// Takes the pieces of all frames, in order, and the decoders that made them by their numbers.
    init(_ pieces: [CatalogPiece], _ decoders: [CatalogDecoder]) throws(SnapshotCodingError) {
        self.pieces = pieces
        texts = decoders.map(\.texts)
        nodes.reserveCapacity(pieces.reduce(0) { $0 + $1.nodes.count })
        for piece in pieces {
            for (place, node) in piece.nodes.enumerated() {
                if place == 0, piece.goesOn {
                    try goOn(with: node)
                } else {
                    try begin(node)
                }
            }
        }
        attachLooseChecks()
    }

    /// Fills the tables of the catalog, which are empty.
    func fill(_ store: inout StateStore, on worker: some PartsWorker) {
        let (nodes, pieces, texts) = (nodes, pieces, texts)
        // The instances are sorted by service beside the tables of all nodes and checks.
        let tables = worker.map(5) { number in
            switch number {
            case 0: Part.postings(ServicePostings(pieces, texts))
            case 1: Part.nodes(Self.nodeTable(nodes))
            case 2: Part.nodeKeys(Self.nodeKeys(nodes))
            case 3: Part.checks(Self.checks(pieces))
            default: Part.addresses(Self.addresses(pieces))
            }
        }
        for table in tables {
            switch table {
            case .postings(let services): fill(&store, services, on: worker)
            case .nodes(let table): store.nodeTable = table
            case .nodeKeys(let keys):
                store.nodeIDTable = keys.nodeIDTable
                store.nodeAddressTable = keys.nodeAddressTable
            case .checks(let tables):
                for (status, keys) in tables { store.checksByStatus[status] = keys }
            case .addresses(let keys): store.instanceAddressTable = keys
            }
        }
        for (status, key) in laterChecks {
            store.checksByStatus[status, default: OrderedTree()]
                .updateValue(Presence(), forKey: key)
        }
        for piece in pieces {
            for connection in piece.connections {
                store.indexConnect(
                    connection.destination,
                    place: connection.place,
                    at: connection.index
                )
            }
        }
    }

    private func fill(
        _ store: inout StateStore,
        _ services: ServicePostings,
        on worker: some PartsWorker
    ) {
        let chunk = 512
        let pieces = pieces
        let parts = worker.map((services.count + chunk - 1) / chunk) { number in
            services.records(from: number * chunk, count: chunk, pieces)
        }
        for part in parts { store.serviceTable.append(part) }
    }

    /// What a part of the work gives.
    private enum Part: Sendable {
        case nodes(OrderedTree<CopyOnWrite<NodeRecord>>)
        case nodeKeys(StateStore)
        case checks([String: OrderedTree<Presence>])
        case addresses(OrderedTree<Presence>)
        case postings(ServicePostings)
    }
}

// Nodes.
extension CatalogAssembly {
    private mutating func begin(_ node: CatalogPiece.Node) throws(SnapshotCodingError) {
        if let last = nodes.last, !last.name.utf8.lexicographicallyPrecedes(node.name.utf8) {
            throw Self.disorder
        }
        nodes.append(node)
    }

    /// Adds what the next frame has of the last node.
    private mutating func goOn(with node: CatalogPiece.Node) throws(SnapshotCodingError) {
        guard var last = nodes.popLast(), last.name.hasOctets(of: node.name) else {
            throw Self.disorder
        }
        if let before = last.lastID, let first = node.firstID {
            guard before.utf8.lexicographicallyPrecedes(first.utf8) else { throw Self.disorder }
        }
        last.record.instances.append(node.record.instances)
        last.firstID = last.firstID ?? node.firstID
        last.lastID = node.lastID ?? last.lastID
        var isTwice = false
        let prefix = TreeKey.prefix(last.name)
        node.record.checks.forEach { key, check in
            isTwice = last.record.checks.updateValue(check, forKey: key) != nil
            if check.row.status != .passing {
                var place = prefix
                TreeKey.append(check.row.id, to: &place)
                laterChecks.append((check.row.status.rawValue, place))
            }
            return !isTwice
        }
        if isTwice { throw Self.disorder }
        for check in node.record.ownChecks { last.record.ownChecks.replace(nil, with: check) }
        last.looseChecks += node.looseChecks
        nodes.append(last)
    }

    /// Puts the checks to their instances that stood in another frame, or stand apart.
    private mutating func attachLooseChecks() {
        for place in nodes.indices where !nodes[place].looseChecks.isEmpty {
            for check in nodes[place].looseChecks {
                nodes[place].record.attach(check, replacing: nil, for: check.row.serviceID)
            }
        }
    }

    private static var disorder: SnapshotCodingError {
        SnapshotCodingError("the rows of the catalog are out of order")
    }

    private static func nodeTable(
        _ nodes: [CatalogPiece.Node]
    ) -> OrderedTree<CopyOnWrite<NodeRecord>> {
        var run = TreeRun<CopyOnWrite<NodeRecord>>()
        for node in nodes { _ = run.append(CopyOnWrite(node.record), key: node.name.utf8) }
        return run.tree()
    }

    /// A state with the tables by ID and by address alone.
    private static func nodeKeys(_ nodes: [CatalogPiece.Node]) -> StateStore {
        var store = StateStore()
        for node in nodes { store.indexNode(node.record.row.row, name: node.name) }
        return store
    }

    private static func checks(_ pieces: [CatalogPiece]) -> [String: OrderedTree<Presence>] {
        var tables: [String: OrderedTree<Presence>] = [:]
        for piece in pieces {
            for (status, keys) in piece.checksByStatus {
                tables[status, default: OrderedTree()].append(keys)
            }
        }
        return tables
    }

    private static func addresses(_ pieces: [CatalogPiece]) -> OrderedTree<Presence> {
        var keys = pieces.flatMap(\.addresses)
        keys.sort { $0.lexicographicallyPrecedes($1) }
        var run = TreeRun<Presence>()
        for key in keys { _ = run.append(Presence(), key: key) }
        return run.tree()
    }
}

extension String {
    /// Whether the octets are the same; texts that Unicode holds equal may have others.
    func hasOctets(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
