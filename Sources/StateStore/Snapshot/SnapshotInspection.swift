// SPDX-License-Identifier: Apache-2.0
import MessagePack

/// Counts what stands in the frames of a snapshot, without building a state of it.
public struct SnapshotInspection: Sendable {
    /// The rows of one kind.
    public struct Figure: Hashable, Sendable {
        /// How many there are.
        public var count = 0
        /// Their octets.
        public var octets = 0

        /// None.
        public init() {}

        /// Adds a row.
        public mutating func add(_ octets: Int) {
            count += 1
            self.octets += octets
        }
    }

    /// The rows by the name that Consul's `snapshot inspect` has for them.
    public private(set) var figures: [String: Figure] = [:]

    /// Begins with nothing.
    public init() {}

    /// Takes the next frame; keys are told one by one, with the octets of their rows.
    public mutating func take(
        _ frame: [UInt8],
        key: (String, Int) -> Void
    ) throws(SnapshotCodingError) {
        var reader = MessagePackReader(frame)
        do throws(MessagePackError) {
            let number: Int = try reader.readInteger()
            let table = SnapshotTable(rawValue: number)
            let name = table?.consulName ?? "Table \(number)"
            while !reader.isAtEnd {
                let start = reader.offset
                var counts = true
                if table == .catalog {
                    counts = try Self.isRow(&reader)
                } else if table == .keys {
                    let row = try KVRow(reading: &reader)
                    key(row.key, reader.offset - start)
                } else {
                    try reader.skip()
                }
                let octets = reader.offset - start
                if counts {
                    figures[name, default: Figure()].add(octets)
                } else {
                    // Belongs to the rows that follow.
                    figures[name, default: Figure()].octets += octets
                }
            }
        } catch {
            throw SnapshotCodingError("a row of the snapshot cannot be read: \(error)")
        }
    }

    /// Reads past a row of the catalog; returns whether it is one of its own, not the name of a node
    /// that goes on.
    private static func isRow(_ reader: inout MessagePackReader) throws(MessagePackError) -> Bool {
        var kind: Int?
        try reader.readFields { key, reader throws(MessagePackError) in
            guard key == CatalogRow.kindKey else { return false }
            kind = try reader.readInteger(Int.self)
            return true
        }
        return kind != CatalogRow.continuation.rawValue
    }
}

extension SnapshotTable {
    /// The name of Consul's records of this kind (HTTP API 9.1); what only Waypost keeps has one of
    /// its own.
    fileprivate var consulName: String {
        switch self {
        case .catalog, .nodes, .instances, .checks: "Register"
        case .indexes, .services, .connect: "Index"
        case .preparedQueries: "PreparedQuery"
        case .configEntries: "ConfigEntry"
        case .virtualAddresses: "ServiceVirtualIP"
        case .coordinates: "CoordinateBatchUpdate"
        case .keys: "KVS"
        case .tombstones: "Tombstone"
        case .lockDelays: "LockDelay"
        case .sessions: "Session"
        case .autopilot: "Autopilot"
        }
    }
}
