// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import RaftLog

/// Short words for what tests do to a log.
enum LogBench {
    static let identity = LogIdentity(
        server: "6f1b7a2c-0f57-4d0c-9d0e-1a2b3c4d5e6f",
        cluster: [UInt8](repeating: 7, count: 16),
        salt: Array(1...16)
    )
    /// Eight blocks a segment, one of them in reserve.
    static let layout = LogLayout(segmentSize: 8 * 4096, reserve: 4096, batchLimit: 4 * 4096)

    /// An empty log.
    static func begin(
        _ directory: MemoryDirectory,
        _ layout: LogLayout = layout
    ) throws -> LogWriter {
        let end = try SegmentMaker.makeFirst(in: directory, size: layout.segmentSize)
        var writer = try LogWriter(directory, identity, layout, end: end)
        try writer.beginIfNew(term: 1)
        return writer
    }

    /// The payloads of a log's commands, and its end.
    static func recover(
        _ directory: MemoryDirectory
    ) throws(LogProblem) -> (commands: [String], end: LogEnd) {
        var commands: [String] = []
        let end = try LogRecovery.recover(directory, identity) { record in
            guard case .entry(.command, _, let index, let payload) = record else { return }
            #expect(index == UInt64(commands.count) + 1)
            commands.append(String(decoding: payload, as: UTF8.self))
        }
        return (commands, end)
    }

    /// The names of the segments, in order.
    static func segments(_ directory: MemoryDirectory) throws -> [String] {
        try directory.names().filter { $0.hasSuffix(".log") }.sorted()
    }
}

extension LogWriter {
    /// Appends commands that are texts.
    mutating func append(texts: String...) throws(LogWriteError) {
        _ = try append(texts.map { Array($0.utf8) })
    }
}

/// A random generator whose numbers follow from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
