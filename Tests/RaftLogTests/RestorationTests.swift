// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import RaftLog

@Suite("Restorations in the log")
struct RestorationTests {
    /// The entries of a log: what a command says, or that the state was replaced.
    private static func entries(
        _ directory: MemoryDirectory
    ) throws(LogProblem) -> ([UInt64: String], LogEnd) {
        var entries: [UInt64: String] = [:]
        let end = try LogRecovery.recover(
            directory,
            LogBench.identity,
            segmentSize: LogBench.layout.segmentSize
        ) { record in
            guard case .entry(let kind, _, let index, let payload) = record else { return }
            entries[index] =
                kind == .restoration ? "restored" : String(decoding: payload, as: UTF8.self)
        }
        return (entries, end)
    }

    @Test("one at the next index, or far behind it; the log goes on from there over segments")
    func jumps() throws {
        for gap in [1, 2, 1_000_000] as [UInt64] {
            for before in [0, 1, 20] {
                let directory = MemoryDirectory()
                var writer = try LogBench.begin(directory)
                var expected: [UInt64: String] = [:]
                func append(_ text: String) throws {
                    try writer.append(texts: text)
                    expected[writer.end.lastIndex] = text
                }
                for number in 0..<before { try append("before \(number)") }
                let index = writer.end.lastIndex + gap
                _ = try writer.appendRestoration(at: index)
                expected[index] = "restored"
                #expect(writer.end.lastIndex == index)
                for number in 0..<20 { try append("after \(number)") }
                let (found, end) = try Self.entries(directory)
                #expect(found == expected)
                #expect(end == writer.end)
                writer = try LogWriter(directory, LogBench.identity, LogBench.layout, end: end)
                try append("once more")
                #expect(try Self.entries(directory).0 == expected)
            }
        }
    }

    @Test("what stands before it can be removed, segment by segment")
    func removal() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        for number in 0..<20 { try writer.append(texts: "before \(number)") }
        _ = try writer.appendRestoration(at: 5000)
        for number in 0..<20 { try writer.append(texts: "after \(number)") }
        let names = try LogBench.segments(directory).compactMap { SegmentName($0) }
        try SegmentMaker.removeSegments(in: directory, below: 5000)
        let (found, end) = try Self.entries(directory)
        #expect(try LogBench.segments(directory).count < names.count)
        #expect(found[5000] == "restored" && found[5020] == "after 19")
        #expect(end == writer.end)
    }

    @Test("names of snapshots that are to replace the state are told from others")
    func names() {
        let name = SnapshotName(index: 42)
        #expect(SnapshotName(restoration: name.restorationText) == name)
        #expect(SnapshotName(name.restorationText) == nil)
        #expect(SnapshotName(restoration: name.text) == nil)
        for text in [SnapshotName.restorationPart, "42.restoration", ".restoration"] {
            #expect(SnapshotName(restoration: text) == nil && SnapshotName(text) == nil)
        }
    }
}
