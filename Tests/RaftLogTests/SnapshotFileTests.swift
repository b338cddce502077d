// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import RaftLog

@Suite("Files of snapshots")
struct SnapshotFileTests {
    private static let header = SnapshotHeader(
        index: 42,
        term: 3,
        commandVersion: 1,
        cluster: LogBench.identity.cluster,
        servers: [LogBench.identity.server]
    )
    private static let frames: [[UInt8]] = [
        Array("first".utf8), Array(0...255), Array("last".utf8),
    ]

    private static func write(_ directory: MemoryDirectory) throws -> String {
        var writer = try SnapshotFileWriter(directory, header)
        for frame in frames { try writer.append(frame) }
        try writer.append([])
        let size = try writer.finish()
        let name = SnapshotName(index: 42).text
        #expect(directory[name].count == size)
        return name
    }

    private static func read(
        _ directory: MemoryDirectory,
        _ name: String
    ) throws -> (SnapshotHeader, [[UInt8]]) {
        var reader = try SnapshotFileReader(directory.open(name, isNew: false), path: "/\(name)")
        var frames: [[UInt8]] = []
        while let frame = try reader.next() { frames.append(frame) }
        return (reader.header, frames)
    }

    @Test("header and frames come back")
    func roundTrip() throws {
        let directory = MemoryDirectory()
        let name = try Self.write(directory)
        let (header, frames) = try Self.read(directory, name)
        #expect(header == Self.header && frames == Self.frames)
        #expect(try directory.names() == [name])
    }

    @Test("every flipped bit is found, and every end that comes too early or too late")
    func damage() throws {
        let directory = MemoryDirectory()
        let name = try Self.write(directory)
        let octets = directory[name]
        for bit in 0..<(octets.count * 8) {
            directory[name] = octets
            directory[name][bit / 8] ^= 1 << UInt8(bit % 8)
            let problem = #expect(throws: LogProblem.self) { try Self.read(directory, name) }
            #expect(problem?.path == "/\(name)" && problem?.offset != nil)
        }
        for count in octets.indices {
            directory[name] = Array(octets[..<count])
            #expect(throws: LogProblem.self) { try Self.read(directory, name) }
        }
        directory[name] = octets + [0]
        #expect(throws: LogProblem.self) { try Self.read(directory, name) }
    }

    @Test("frames that are missing, doubled or exchanged are found")
    func order() throws {
        let directory = MemoryDirectory()
        let name = try Self.write(directory)
        let octets = directory[name]
        let first = Self.header.encoded.count
        let second = first + 8 + Self.frames[0].count
        let third = second + 8 + Self.frames[1].count
        let parts = [
            octets[..<first], octets[first..<second], octets[second..<third], octets[third...],
        ]
        for order in [[0, 2, 3], [0, 1, 3], [0, 1, 1, 2, 3], [0, 2, 1, 3]] {
            directory[name] = order.flatMap { parts[$0] }
            #expect(throws: LogProblem.self) { try Self.read(directory, name) }
        }
    }

    @Test("after a failure of any call and a loss of power there is the whole snapshot or none")
    func everyCall() throws {
        let whole = MemoryDirectory()
        _ = try Self.write(whole)
        for operation in 0..<whole.operations {
            let directory = MemoryDirectory()
            directory.fail(at: operation)
            #expect(throws: StorageError.self) { _ = try Self.write(directory) }
            let after = directory.afterPowerLoss { true }
            for name in try after.names() where SnapshotName(name) != nil {
                #expect(try Self.read(after, name).1 == Self.frames)
            }
        }
    }

    @Test("an error of storage prints as its message, wherever it is printed")
    func errorText() {
        let error: any Error = StorageError(.list, "/d/services", reason: "Not a directory")
        #expect("\(error)" == "/d/services: cannot list: Not a directory")
    }
}
