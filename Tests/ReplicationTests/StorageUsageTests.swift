// SPDX-License-Identifier: Apache-2.0
import DNSZones
import Glibc
import RaftLog
import StateStore
import Testing

@testable import Replication

@Suite("What the state takes on the disk, and how long it is waited for")
struct StorageUsageTests {
    @Test("segments are summed up, and the last snapshot tells its time")
    func usage() throws {
        let place = try TemporaryDirectory()
        #expect(StorageUsage(dataDirectory: place.path + "/none") == StorageUsage())
        let root = try DiskDirectory(place.path + "/raft")
        let log = try DiskDirectory(root.path + "/log")
        let snapshots = try DiskDirectory(root.path + "/snapshots")
        let segments = [3, 2].map { SegmentName(sequence: $0, first: 100 * $0).text }
        for (name, count) in zip(segments + [SegmentName.next], [1000, 20, 4]) {
            try log.open(name, isNew: true).write([UInt8](repeating: 1, count: count), at: 0)
        }
        for (path, seconds) in [
            ("\(root.path)/\(LogIdentity.fileName)", 50), ("\(log.path)/\(segments[0])", 90),
            ("\(log.path)/\(segments[1])", 80),
        ] {
            if seconds == 50 { _ = try root.open(LogIdentity.fileName, isNew: true) }
            try Self.date(path, seconds)
        }
        var usage = StorageUsage(dataDirectory: place.path)
        let space = try #require(usage.space)
        #expect(space.size > 0)
        #expect((0...space.size).contains(space.free))
        // Others write there too.
        usage.space = nil
        var expected = StorageUsage(logOctets: 1024)
        expected.logTime = 50
        expected.segments = [.init(sequence: 2, changed: 80), .init(sequence: 3, changed: 90)]
        #expect(usage == expected)
        for (name, seconds) in [
            (SnapshotName(index: 9).text, 100), (SnapshotName(index: 10).text, 200),
            (SnapshotName.part, 300),
        ] {
            _ = try snapshots.open(name, isNew: true)
            try Self.date("\(snapshots.path)/\(name)", seconds)
        }
        usage = StorageUsage(dataDirectory: place.path)
        usage.space = nil
        expected.snapshotTime = 200
        #expect(usage == expected)
    }

    /// Gives a file a time in seconds since 1970.
    private static func date(_ path: String, _ seconds: Int) throws {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        let outcome = unsafe utimensat(AT_FDCWD, path, [time, time], 0)
        try #require(outcome == 0)
    }

    @Test("each write that waits for the disk is told of, a segment that is made is not")
    func waits() async throws {
        let place = try TemporaryDirectory()
        let waits = Noted(0)
        let layout = LogLayout(segmentSize: 256 << 10, reserve: 8 << 10, batchLimit: 64 << 10)
        let state = try DurableState.open(dataDirectory: place.path, layout: layout) { took in
            waits.note { $0 += took >= .zero ? 1 : 0 }
        }
        let machine = try StateMachine(
            settings: DurabilityTests.settings(),
            zones: ZoneSet(),
            durable: state
        ) { _ in }
        // The first batch, which says whose log it is.
        #expect(waits.current == 1)
        _ = try await machine.submit(
            .register(Registration(node: NodeRow(name: "n", address: "10.0.0.1")))
        )
        #expect(waits.current >= 2)
        machine.stop()
        machine.waitUntilEnded()
        // The seal of the last batch, after a second or at the end.
        #expect(waits.current == 3)
    }
}
