// SPDX-License-Identifier: Apache-2.0
import HashTreeCollections

public import Definitions

extension StateStore {
    /// The checks on a node, compared without case, by check ID (`/v1/health/node/:n`).
    public func checks(onNode name: String) -> Indexed<[CheckRow]> {
        let key = Self.folded(name)
        let checks = nodeTable[TreeKey.make(key)]?.checks.values() ?? []
        return Indexed(
            checks.map(\.row), index: tableIndexes.checks, topics: [.node(key)])
    }

    /// The checks of the instances of a service, without those of their nodes, by node and check
    /// ID (`/v1/health/checks/:s`).
    public func checks(ofService name: String) -> Indexed<[CheckRow]> {
        let key = Self.folded(name)
        let record = serviceTable[TreeKey.make(key)]
        var rows: [CheckRow] = []
        var start = 0
        record?.instances.forEach { _, instance in
            // Instances of one node follow each other; their checks are sorted as one list.
            if let first = rows.last, first.node != instance.row.node {
                start = rows.count
            }
            let isMixed = start < rows.count && !instance.checks.isEmpty
            for check in instance.checks { rows.append(check.row) }
            if isMixed { rows[start...].sort { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) } }
            return true
        }
        return Indexed(rows, index: index(of: record), topics: [.service(key)])
    }

    /// The checks in a state, or all of them, by node and check ID (`/v1/health/state/:s`; `any`
    /// is `nil`).
    public func checks(inState state: CheckStatus?) -> Indexed<[CheckRow]> {
        var rows: [CheckRow] = []
        if let state {
            checksByStatus[state.rawValue]?.forEach { _, check in
                rows.append(check.row)
                return true
            }
        } else {
            nodeTable.forEach { _, record in
                record.checks.forEach { _, check in
                    rows.append(check.row)
                    return true
                }
                return true
            }
        }
        return Indexed(rows, index: tableIndexes.checks, topics: [.checks])
    }

    /// One check by its node's name, compared without case, and its ID.
    public func check(onNode name: String, id: String) -> CheckRow? {
        nodeTable[TreeKey.make(Self.folded(name))]?.checks[TreeKey.make(id)]?.row
    }
}
