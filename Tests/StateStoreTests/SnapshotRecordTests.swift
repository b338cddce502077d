// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack
import Testing

@testable import StateStore

@Suite("Records of a snapshot")
struct SnapshotRecordTests {
    private static func records(_ frames: [[UInt8]]) throws -> [SnapshotRecord] {
        var reader = SnapshotRecordReader()
        var records: [SnapshotRecord] = []
        for frame in frames { try reader.take(frame) { records.append($0) } }
        return records
    }

    /// What the tables of a state hold, in the order of a snapshot.
    private static func expected(_ store: StateStore) -> [SnapshotRecord] {
        var all: [SnapshotRecord] = []
        store.nodeTable.forEach { _, record in
            let node = record.value.row.row
            all.append(.node(node))
            all += record.value.ownChecks.map { .check($0.row, on: node) }
            record.value.instances.forEach { _, instance in
                all.append(.instance(instance.row, on: node))
                all += instance.checks.map { .check($0.row, on: node) }
                return true
            }
            return true
        }
        store.preparedQueryTable.queries.forEach { _, query in
            all.append(.preparedQuery(query.row))
            return true
        }
        store.configEntryTable.entries.forEach { _, entry in
            all.append(.configEntry(entry.row))
            return true
        }
        store.coordinateTable.forEach { _, row in
            all.append(.coordinate(row))
            return true
        }
        store.kvTable.entries.forEach { _, entry in
            all.append(.key(entry.row))
            return true
        }
        store.sessionTable.sessions.forEach { _, session in
            all.append(.session(session.row))
            return true
        }
        if let row = store.autopilot?.row { all.append(.autopilot(row)) }
        return all
    }

    private static func isRow(_ record: SnapshotRecord) -> Bool {
        switch record {
        case .progress, .index, .virtualAddress, .freeVirtualAddress, .tombstone, .lockDelay: false
        default: true
        }
    }

    @Test("all that a state holds comes in the order of the snapshot, however frames are cut")
    func everything() throws {
        for seed in [1, 2, 3] as [UInt64] {
            let store = try SnapshotTests.filled(seed: seed)
            let records = try Self.records(SnapshotTests.frames(store, length: 1 << 20))
            #expect(records.filter(Self.isRow) == Self.expected(store))
            for length in [1, 60, 300] {
                #expect(try Self.records(SnapshotTests.frames(store, length: length)) == records)
            }
        }
    }

    @Test("what is no row of the API comes too: progress, indexes, addresses, keys that went")
    func marks() throws {
        let store = try SnapshotTests.filled(seed: 1)
        let records = try Self.records(SnapshotTests.frames(store))
        guard case .progress(let progress)? = records.first else {
            Issue.record("first comes \(records.first as Any)")
            return
        }
        #expect(progress.lastIndex == store.lastIndex && progress.time == store.time)
        #expect(progress.time == LogTime(rawValue: 70_000) && progress.restoredAt == .zero)
        var indexes: [String: RaftIndex] = [:]
        for case .index(let key, let index) in records { indexes[key] = index }
        let tables = store.tableIndexes
        #expect(indexes["nodes"] == tables.nodes && indexes["services"] == tables.services)
        #expect(indexes["checks"] == tables.checks && indexes["kvs"] == tables.keys)
        #expect(indexes["service_last_extinction"] == tables.serviceExtinction)
        #expect(indexes["prepared-queries"] == tables.preparedQueries)
        #expect(indexes["config-entries"] == tables.configEntries)
        #expect(indexes["coordinates"] == tables.coordinates)
        #expect(indexes["sessions"] == tables.sessions)
        #expect(indexes["autopilot-config"] == tables.autopilot)
        let web = store.serviceTable[TreeKey.make("web")]?.value.index
        #expect(web != nil && indexes["service.web"] == web)
        #expect(indexes.keys.contains { $0.hasPrefix("connect.db") })
        var addresses: [String: [UInt8]] = [:]
        for case .virtualAddress(let service, let address) in records {
            addresses[service] = address
        }
        #expect(addresses["one"] == store.virtualAddressTable.address(of: "one"))
        #expect(addresses["one"] != nil && addresses["two"] == nil)
        #expect(addresses["three"] == store.virtualAddressTable.address(of: "three"))
        // Every number up to the counter is a service's or free.
        var free: [[UInt8]] = []
        var counters: [[UInt8]] = []
        for case .freeVirtualAddress(let address, let isCounter) in records {
            if isCounter { counters.append(address) } else { free.append(address) }
        }
        #expect(counters.count == 1 && !free.isEmpty)
        let taken = (free + addresses.values).map { Int($0[3]) }.sorted()
        #expect(taken == Array(1...Int(counters.first?[3] ?? 1)))
        var stones: [String] = []
        for case .tombstone(let key, let index) in records {
            #expect(index > .zero && index <= store.lastIndex)
            stones.append(key)
        }
        #expect(stones == ["b/", "c"])
        #expect(records.contains(.lockDelay(key: "a/lost", LogTime(rawValue: 85_000))))
    }

    @Test("snapshots of before the catalog stood in one table are read, without the nodes")
    func older() throws {
        func frame<Row>(
            _ table: SnapshotTable,
            _ row: Row,
            _ write: (Row) -> (inout FieldWriter) -> Void
        ) -> [UInt8] {
            var writer = MessagePackWriter()
            writer.write(table.rawValue)
            writer.writeFields(write(row))
            return writer.octets
        }
        let node = NodeRow(name: "n", address: "10.0.0.1")
        let instance = ServiceRow(node: "n", id: "w", name: "web", port: 80)
        let check = CheckRow(node: "n", id: "c", name: "c", status: .passing, serviceID: "w")
        let records = try Self.records([
            frame(.nodes, node, NodeRow.write), frame(.instances, instance, ServiceRow.write),
            frame(.checks, check, CheckRow.write),
        ])
        #expect(records == [.node(node), .instance(instance, on: nil), .check(check, on: nil)])
    }

    @Test("what cannot be read is said, behind the records before it")
    func faults() throws {
        let store = try SnapshotTests.filled(seed: 2)
        let frames = SnapshotTests.frames(store, length: 1 << 20)
        let whole = try Self.records(frames)
        var reader = SnapshotRecordReader()
        var records: [SnapshotRecord] = []
        #expect(throws: SnapshotCodingError.self) {
            for frame in frames { try reader.take(Array(frame.dropLast())) { records.append($0) } }
        }
        #expect(whole.starts(with: records) && records.count < whole.count)
        var catalog: [SnapshotRecord] = []
        let cut = Array(frames[1].dropLast())
        #expect(throws: SnapshotCodingError.self) {
            var reader = SnapshotRecordReader()
            try reader.take(cut) { catalog.append($0) }
        }
        #expect(catalog.count > 5)
        let unknown = SnapshotCodingError(
            "the snapshot has a table (99) that this version does not know"
        )
        #expect(throws: unknown) { _ = try Self.records([[99, 0x80]]) }
        // A continuation, an instance and its check without what they belong to.
        for kind in [2, 3, 4, 5, 9] as [UInt8] {
            #expect(throws: SnapshotCodingError.self, "\(kind)") {
                _ = try Self.records([[15, 0x81, 0, kind]])
            }
        }
        #expect(throws: SnapshotCodingError.self) { _ = try Self.records([[]]) }
    }
}
