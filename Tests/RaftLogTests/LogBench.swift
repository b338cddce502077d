// SPDX-License-Identifier: Apache-2.0
import TestSupport
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
        let end = try LogRecovery.recover(
            directory,
            identity,
            segmentSize: layout.segmentSize
        ) { record in
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
