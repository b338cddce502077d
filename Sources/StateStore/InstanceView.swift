// SPDX-License-Identifier: Apache-2.0
public import Definitions

/// An instance as readers see it: its row, its node's row and the checks that count for it.
///
/// Small: it refers to rows that the store holds.
public struct InstanceView: Sendable {
    let nodeRow: Box<NodeRow>
    let record: InstanceRecord
    /// The checks of the node itself, by check ID.
    let nodeRecords: [Box<CheckRow>]

    /// The node on which the instance runs.
    public var node: NodeRow { nodeRow.row }

    /// The instance.
    public var service: ServiceRow { record.row }

    // A row has some twenty fields that are counted by reference: one field is cheaper alone.
    /// The name of the node, without copying its row.
    public var nodeName: String { nodeRow.row.name }

    /// The ID of the instance, without copying its row; so are the next.
    public var id: String { record.row.id }

    /// The instance's tags, without copying its row; so are the next.
    public var tags: [String] { record.row.tags }

    /// The own address; empty means the node's.
    public var address: String { record.row.address }

    /// Whether it has further addresses by name.
    public var hasTaggedAddresses: Bool { !record.row.taggedAddresses.isEmpty }

    /// The port as registered.
    public var port: Int { record.row.port }

    /// The SRV weights.
    public var weights: ServiceWeights { record.row.weights }

    /// The priority of SRV answers.
    public var priority: Int { record.row.priority }

    /// The checks of the node itself, by check ID.
    public var nodeChecks: [CheckRow] { nodeRecords.map(\.row) }

    /// The checks of this instance, by check ID.
    public var serviceChecks: [CheckRow] { record.checks.map(\.row) }

    /// The checks of the node, then those of the instance (Consul's order), each by check ID.
    public var checks: [CheckRow] {
        var all: [CheckRow] = []
        all.reserveCapacity(nodeRecords.count + record.checks.count)
        for check in nodeRecords { all.append(check.row) }
        for check in record.checks { all.append(check.row) }
        return all
    }

    /// The instance with another row in the place of its own; node and checks stay.
    public func replacingService(_ row: ServiceRow) -> InstanceView {
        InstanceView(
            nodeRow: nodeRow,
            record: InstanceRecord(row: row, checks: record.checks),
            nodeRecords: nodeRecords
        )
    }

    /// The health of the instance, of all checks that count for it, without copying any.
    public var health: InstanceHealth {
        var health = InstanceHealth()
        for check in nodeRecords { health.include(id: check.row.id, status: check.row.status) }
        for check in record.checks { health.include(id: check.row.id, status: check.row.status) }
        return health
    }
}

/// An instance that is referred to without being counted, for work on all instances at once: most of
/// such a reference's time would go into counters that lie far from each other.
///
/// Unsafe: it leads somewhere as long as the state from which its instance was taken is held.
/// `@unchecked Sendable`: what it refers to is immutable.
@unsafe
public struct UncountedInstance: @unchecked Sendable {
    private let record: Unmanaged<InstanceRecord>

    /// Refers to an instance.
    public init(_ instance: InstanceView) {
        unsafe record = .passUnretained(instance.record)
    }

    /// The ID of the instance.
    public var id: String { unsafe record._withUnsafeGuaranteedRef { $0.row.id } }

    /// The name of the node on which it runs.
    public var nodeName: String { unsafe record._withUnsafeGuaranteedRef { $0.row.node } }

    /// The instance's tags.
    public var tags: [String] { unsafe record._withUnsafeGuaranteedRef { $0.row.tags } }

    /// Where ``id`` and ``tags`` lie in memory, for a cache that is to bring them along.
    public var address: UnsafeRawPointer { unsafe UnsafeRawPointer(record.toOpaque()) }
}

/// An immutable row that tables and snapshots share.
final class Box<Row: Sendable>: Sendable {
    let row: Row

    init(_ row: Row) { self.row = row }
}

extension Box: Equatable where Row: Equatable {
    static func == (a: Box, b: Box) -> Bool { a === b || a.row == b.row }
}

extension Box: Hashable where Row: Hashable {
    func hash(into hasher: inout Hasher) { row.hash(into: &hasher) }
}

/// An instance with its own checks, by check ID; immutable, shared by tables and snapshots.
final class InstanceRecord: Sendable {
    let row: ServiceRow
    let checks: [Box<CheckRow>]

    init(row: ServiceRow, checks: [Box<CheckRow>]) {
        self.row = row
        self.checks = checks
    }
}
