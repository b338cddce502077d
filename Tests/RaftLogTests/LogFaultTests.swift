// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TestSupport
import Testing

@testable import RaftLog

@Suite("The log when the disk fails")
struct LogFaultTests {
    /// Appends until something fails; what was acknowledged, and all that was tried.
    private static func work(
        _ directory: MemoryDirectory
    ) -> (acknowledged: Int, tried: Int, error: LogWriteError?) {
        var acknowledged = 0
        guard var writer = try? LogBench.begin(directory) else { return (0, 0, nil) }
        for number in 0..<20 {
            do throws(LogWriteError) {
                try writer.append(texts: "\(acknowledged)", "\(acknowledged + 1)")
                acknowledged += 2
                if number % 4 == 3 { try writer.seal() }
            } catch {
                // Broken is broken: nothing is written after a failure.
                let operations = directory.operations
                if error != .full {
                    #expect(throws: LogWriteError.broken) { try writer.append(texts: "x") }
                    #expect(directory.operations == operations)
                }
                return (acknowledged, acknowledged + 2, error)
            }
        }
        return (acknowledged, acknowledged, nil)
    }

    @Test("a failure of any call, then a loss of power: what was acknowledged is there")
    func everyCall() throws {
        let whole = MemoryDirectory()
        #expect(Self.work(whole).error == nil)
        let setUp = MemoryDirectory()
        _ = try LogBench.begin(setUp)
        for operation in setUp.operations..<whole.operations {
            let directory = MemoryDirectory()
            directory.fail(at: operation)
            let (acknowledged, tried, error) = Self.work(directory)
            #expect(error != nil && error != .full)
            for seed in 0..<4 {
                var generator = SplitMix64(seed: UInt64(operation * 4 + seed))
                let after = directory.afterPowerLoss {
                    seed > 0 && (seed == 1 || Bool.random(using: &generator))
                }
                let commands = try LogBench.recover(after).commands
                #expect(commands.count >= acknowledged, "call \(operation)")
                #expect(commands.count <= tried, "call \(operation)")
                #expect(commands == (0..<commands.count).map(String.init))
            }
        }
    }

    @Test("a loss of power at any moment, with any blocks kept: what was acknowledged is there")
    func powerLoss() throws {
        for seed in 0..<200 {
            var generator = SplitMix64(seed: UInt64(seed))
            let directory = MemoryDirectory()
            var writer = try LogBench.begin(directory)
            var acknowledged = 0
            for _ in 0..<Int.random(in: 0..<12, using: &generator) {
                try writer.append(texts: "\(acknowledged)")
                acknowledged += 1
            }
            directory.fail(at: directory.operations + Int.random(in: 0...1, using: &generator))
            _ = try? writer.append(texts: "\(acknowledged)")
            let after = directory.afterPowerLoss { Bool.random(using: &generator) }
            let commands = try LogBench.recover(after).commands
            #expect(commands.count >= acknowledged && commands.count <= acknowledged + 1)
        }
    }

    @Test("a full disk refuses before anything is written, and the log goes on once there is space")
    func full() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        directory.state.withLock { $0.isFull = true }
        var count = 0
        let refusal = #expect(throws: LogWriteError.self) {
            while true {
                try writer.append(texts: "\(count)")
                count += 1
            }
        }
        #expect(refusal == .full)
        #expect(count == 6, "the reserve is left")
        #expect(try !directory.names().contains(SegmentName.next))
        #expect(throws: LogWriteError.full) { try writer.append(texts: "x") }
        try writer.seal()
        #expect(try LogBench.recover(directory).commands.count == count)

        directory.state.withLock { $0.isFull = false }
        try writer.append(texts: "\(count)")
        #expect(try LogBench.recover(directory).commands.count == count + 1)
        #expect(try LogBench.segments(directory).count == 2)
    }

    @Test("a segment that was made beforehand is taken, and only then")
    func madeBeforehand() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        try SegmentMaker.make(in: directory, size: LogBench.layout.segmentSize)
        directory.state.withLock { $0.isFull = true }
        var taken = 0
        for number in 0..<10 where try writer.append([Array("\(number)".utf8)], hasNext: true) {
            taken += 1
        }
        #expect(taken == 1)
        #expect(try LogBench.recover(directory).commands.count == 10)
    }

    @Test("every flipped bit of an identity is found")
    func identity() throws {
        let octets = LogBench.identity.encoded
        #expect(try LogIdentity(decoding: octets, path: "p") == LogBench.identity)
        for bit in 0..<(octets.count * 8) {
            var copy = octets
            copy[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: LogProblem.self) { try LogIdentity(decoding: copy, path: "p") }
        }
        for count in octets.indices {
            #expect(throws: LogProblem.self) {
                try LogIdentity(decoding: Array(octets[..<count]), path: "p")
            }
        }
    }

    @Test("names of segments and snapshots give back what they were made of, others are left alone")
    func names() {
        let name = SegmentName(sequence: 12, first: 345)
        #expect(name.text == "0000000012-00000000000000000345.log")
        #expect(SegmentName(name.text) == name)
        let others = ["", ".log", "1-1.log", "segment.next", "0000000012-+0000000000000000345.log"]
        #expect(others.allSatisfy { SegmentName($0) == nil })
        #expect(SnapshotName(SnapshotName(index: 7).text) == SnapshotName(index: 7))
        #expect(SnapshotName("7.snapshot") == nil && SnapshotName(SnapshotName.part) == nil)
    }
}
