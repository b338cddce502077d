// SPDX-License-Identifier: Apache-2.0
import Definitions
import RaftLog
import StateStore
import TestSupport
import Testing

@testable import Replication

@Suite("A snapshot that several threads read")
struct CatalogFramesTests {
    private static let identity = LogIdentity(
        server: "s",
        cluster: [UInt8](repeating: 1, count: LogIdentity.keyLength),
        salt: [UInt8](repeating: 2, count: LogIdentity.keyLength)
    )

    /// A state whose catalog takes many frames.
    private static func state() throws -> StateStore {
        var store = StateStore()
        for number in 0..<400 {
            let row = ServiceRow(
                node: "",
                id: "s\(number)",
                name: "web-\(number % 7)",
                port: number
            )
            let check = CheckRow(
                node: "",
                id: "c\(number)",
                name: "check",
                status: .passing,
                output: String(repeating: "out put ", count: 500),
                serviceID: row.id
            )
            let registration = Registration(
                node: NodeRow(name: "n\(number / 10)", address: "10.0.0.1"),
                service: row,
                checks: [check]
            )
            _ = try store.apply(.register(registration), at: store.lastIndex.next)
        }
        return store
    }

    private static func frames(_ store: StateStore) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        store.writeSnapshot(frameLength: 1 << 16) { frames.append($0) }
        return frames
    }

    @Test("it is the same whoever reads it, and is written as it was read")
    func isSame() throws {
        let store = try Self.state()
        let directory = MemoryDirectory()
        _ = try SnapshotStore.write(store, in: directory, Self.identity)
        let name = SnapshotName(index: store.lastIndex.rawValue)
        for size in 1...4 {
            let found = try SnapshotStore.load(
                name,
                in: directory,
                Self.identity,
                crew: WorkCrew(size: size)
            )
            #expect(Self.frames(found) == Self.frames(store))
            #expect(found.instances(ofService: "web-3").value.count == 57)
        }
    }

    @Test("rot is told by the place of its frame, wherever it is")
    func damage() throws {
        let store = try Self.state()
        let directory = MemoryDirectory()
        _ = try SnapshotStore.write(store, in: directory, Self.identity)
        let name = SnapshotName(index: store.lastIndex.rawValue)
        let whole = directory[name.text]
        for part in 1..<12 {
            directory[name.text][whole.count * part / 12] ^= 1
            let problems = (1...3).map { size in
                #expect(throws: LogProblem.self) {
                    try SnapshotStore.load(
                        name,
                        in: directory,
                        Self.identity,
                        crew: WorkCrew(size: size)
                    )
                }
            }
            #expect(problems[0]?.kind == .damaged)
            #expect(problems[0]?.offset.map { $0 <= whole.count * part / 12 } == true)
            #expect(problems.allSatisfy { $0 == problems[0] })
            directory[name.text] = whole
        }
    }

    @Test("rows that cannot be read are told by the place of the first such frame")
    func unreadable() throws {
        let directory = MemoryDirectory()
        let header = SnapshotHeader(
            index: 9,
            term: 1,
            commandVersion: 0,
            cluster: Self.identity.cluster,
            servers: ["s"]
        )
        let frames: [[UInt8]] =
            [[1, 0x81, 1, 9]]
            + (0..<20).map { (number: Int) -> [UInt8] in
                // A row of a kind that is not known, from the eighth frame on.
                [15, 0x82, 0, number < 8 ? 1 : 9, 1, 0xa1, 0x61 + UInt8(number)]
            }
        var writer = try SnapshotFileWriter(directory, header)
        for frame in frames { try writer.append(frame) }
        _ = try writer.finish()
        for size in 1...4 {
            let problem = #expect(throws: LogProblem.self) {
                try SnapshotStore.load(
                    SnapshotName(index: 9),
                    in: directory,
                    Self.identity,
                    crew: WorkCrew(size: size)
                )
            }
            #expect(problem?.kind == .newerFormat)
            let front =
                directory[SnapshotName(index: 9).text].count - 28 - frames.count * 8
                - frames.reduce(0) { $0 + $1.count }
            #expect(problem?.offset == front + 12 + 8 * 15)
        }
    }

    @Test("each part of a work is done once, and their results are in order", arguments: 1...5)
    func parts(size: Int) {
        for count in [0, 1, 2, 50] {
            let done = Noted(0)
            let results = WorkCrew(size: size).map(count) { number in
                done.note { $0 += 1 }
                return number * number
            }
            #expect(results == (0..<count).map { $0 * $0 })
            #expect(done.current == count)
        }
    }
}
