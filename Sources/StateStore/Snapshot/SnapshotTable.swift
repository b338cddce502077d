// SPDX-License-Identifier: Apache-2.0
import MessagePack

/// The tables of which a snapshot consists, in the order in which they stand in it; the raw value
/// stands in the file and is never used again for something else.
///
/// A new table gets a case here. The compiler then asks for it in ``StateStore/writeSnapshot(frameLength:_:)``
/// and in ``SnapshotLoader``; that no stored property is forgotten is a test's to say. An older
/// version refuses a snapshot with a table that it does not know.
enum SnapshotTable: Int, CaseIterable, Sendable {
    /// One row: the last index, the time of the log, and when each table changed last.
    case indexes = 1
    /// Nodes, each with its instances and checks (``CatalogRow``); all tables by node, address,
    /// service and status follow from them, but for the indexes.
    case catalog = 15
    /// Nodes; read in snapshots of before ``catalog``, as are the next two, and never written.
    case nodes = 2
    /// Service instances, by node.
    case instances = 3
    /// Checks, by node.
    case checks = 4
    /// When each service changed last.
    case services = 5
    /// When what is reached through proxies changed last, by service.
    case connect = 6
    /// Prepared queries.
    case preparedQueries = 7
    /// Config entries.
    case configEntries = 8
    /// Virtual addresses, given and given back.
    case virtualAddresses = 9
    /// Network coordinates.
    case coordinates = 10
    /// The entries of the key/value store; who holds what follows from them.
    case keys = 11
    /// Keys that went, after the entries.
    case tombstones = 12
    /// Locks that were lost a short time ago.
    case lockDelays = 13
    /// Sessions; their indexes by node and check follow from them.
    case sessions = 14
    /// The configuration of autopilot, if one was written.
    case autopilot = 16

    /// Whether snapshots of today have it.
    var isWritten: Bool {
        switch self {
        case .nodes, .instances, .checks: false
        default: true
        }
    }
}

extension TableIndexes {
    /// One of the indexes.
    typealias Member = any WritableKeyPath<TableIndexes, RaftIndex> & Sendable

    /// Every index with its key in a snapshot, and the name of its table in Consul.
    static let members: [(key: Int, path: Member, name: String)] = [
        (2, \.nodes, "nodes"), (3, \.services, "services"), (4, \.checks, "checks"),
        (5, \.serviceExtinction, "service_last_extinction"),
        (6, \.connectExtinction, "connect_last_extinction"),
        (7, \.preparedQueries, "prepared-queries"), (8, \.configEntries, "config-entries"),
        (9, \.coordinates, "coordinates"), (10, \.keys, "kvs"), (11, \.sessions, "sessions"),
        (14, \.autopilot, "autopilot-config"), (15, \.terminatingGateways, "gateway-services"),
    ]

    /// The key of ``StateStore/time`` beside them.
    static let timeKey = 12
    /// The key of ``StateStore/restoredAt``.
    static let restoredKey = 13
}

/// Why octets are not the snapshot of a state that this version can hold.
public struct SnapshotCodingError: Error, Hashable, Sendable {
    /// What is wrong.
    public var detail: String

    init(_ detail: String) { self.detail = detail }
}
