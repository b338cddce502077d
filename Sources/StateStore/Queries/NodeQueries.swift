// SPDX-License-Identifier: Apache-2.0
import Definitions

extension StateStore {
    /// All nodes, by name (`/v1/catalog/nodes`).
    public func nodes() -> Indexed<[NodeRow]> {
        var rows: [NodeRow] = []
        rows.reserveCapacity(nodeTable.count)
        nodeTable.forEach { _, record in
            rows.append(record.value.row.row)
            return true
        }
        return Indexed(rows, index: tableIndexes.nodes, topics: [.nodes])
    }

    /// The node of that name, compared without case.
    public func node(named name: String) -> NodeRow? {
        nodeTable[TreeKey.make(Self.folded(name))]?.value.row.row
    }

    /// The node of that ID, compared without case.
    public func node(withID id: String) -> NodeRow? {
        guard !id.isEmpty else { return nil }
        return nodeIDTable[TreeKey.make(Self.folded(id))].flatMap { node(named: $0) }
    }

    /// Nodes whose ID begins so, at most two: one is the answer, two mean "not unique" (HTTP API
    /// 4.4, `/v1/catalog/node/:n`).
    public func nodes(withIDPrefix prefix: String) -> [NodeRow] {
        guard !prefix.isEmpty else { return [] }
        var names: [String] = []
        nodeIDTable.forEach(prefix: TreeKey.make(Self.folded(prefix))) { _, name in
            names.append(name)
            return names.count < 2
        }
        return names.compactMap { node(named: $0) }
    }

    /// The nodes with this address, whatever its spelling, by folded name (DNS 2.8, step 1).
    public func nodes(withAddress address: String) -> [NodeRow] {
        var rows: [NodeRow] = []
        let prefix = TreeKey.prefix(IPAddressText.canonical(address))
        nodeAddressTable.forEach(prefix: prefix) { key, _ in
            if let record = nodeTable[TreeKey.pair(key).last] { rows.append(record.value.row.row) }
            return true
        }
        return rows
    }

    /// The node of that name with the instances on it, by service ID (`/v1/catalog/node/:n`).
    public func services(
        onNode name: String
    ) -> Indexed<(node: NodeRow, services: [ServiceRow])?> {
        let key = Self.folded(name)
        let record = nodeTable[TreeKey.make(key)]?.value
        // Consul: NodeServices reports the higher of the nodes and the services table.
        return Indexed(
            record.map { ($0.row.row, $0.instances.values().map(\.row)) },
            index: max(tableIndexes.nodes, tableIndexes.services),
            topics: [.node(key)]
        )
    }
}
