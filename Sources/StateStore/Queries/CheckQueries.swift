// SPDX-License-Identifier: Apache-2.0
import HashTreeCollections

public import Definitions

extension StateStore {
    /// The checks on a node, compared without case, by check ID (`/v1/health/node/:n`).
    public func checks(onNode name: String) -> Indexed<[CheckRow]> {
        let key = Self.folded(name)
        let checks = nodeTable[TreeKey.make(key)]?.value.checks.values() ?? []
        return Indexed(
            checks.map(\.row),
            index: tableIndexes.checks,
            topics: [.node(key)]
        )
    }

    /// The checks of the instances of a service, without those of their nodes, by node and check
    /// ID (`/v1/health/checks/:s`).
    public func checks(ofService name: String) -> Indexed<[CheckRow]> {
        let key = Self.folded(name)
        let record = serviceTable[TreeKey.make(key)]?.value
        var rows: [CheckRow] = []
        var start = 0
        for view in record.map({ views(of: $0.instances) }) ?? [] where !view.record.checks.isEmpty
        {
            // Instances of one node follow each other; their checks are sorted as one list.
            let isSameNode = rows.last?.node == view.record.row.node
            if !isSameNode { start = rows.count }
            for check in view.record.checks { rows.append(check.row) }
            if isSameNode {
                rows[start...].sort { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
            }
        }
        return Indexed(rows, index: index(of: record), topics: [.service(key)])
    }

    /// The checks in a state, or all of them, by node and check ID (`/v1/health/state/:s`; `any`
    /// is `nil`).
    ///
    /// Those that pass are picked out of all, since nearly all do; others are found at once.
    public func checks(inState state: CheckStatus?) -> Indexed<[CheckRow]> {
        var rows: [CheckRow] = []
        if let state, state != .passing {
            checksByStatus[state.rawValue]?.forEach { key, _ in
                let (nodeKey, checkKey) = TreeKey.pair(key)
                if let check = nodeTable[nodeKey]?.value.checks[checkKey] {
                    rows.append(check.row)
                }
                return true
            }
        } else {
            nodeTable.forEach { _, record in
                record.value.checks.forEach { _, check in
                    if state == nil || check.row.status == .passing { rows.append(check.row) }
                    return true
                }
                return true
            }
        }
        return Indexed(rows, index: tableIndexes.checks, topics: [.checks])
    }

    /// One check by its node's name, compared without case, and its ID.
    public func check(onNode name: String, id: String) -> CheckRow? {
        nodeTable[TreeKey.make(Self.folded(name))]?.value.checks[TreeKey.make(id)]?.row
    }
}
