// SPDX-License-Identifier: Apache-2.0
internal import SnapshotArchive
public import StateStore

/// Appends a record of a snapshot as a line of JSON, its end included.
public typealias SnapshotRecordFormat = @Sendable (SnapshotRecord, inout [UInt8]) -> Void

/// Writes what is in the archive of a snapshot record by record, as it is read: what is in memory
/// is a frame of it and that frame's lines.
struct SnapshotDecoding {
    /// Lines are written once they have so many octets.
    private static let pieceLength = 64 << 10

    private let format: SnapshotRecordFormat
    private let console: Console
    private var lines: [UInt8] = []
    private var hasHeader = false
    private var failure: Console.Failure?
    /// The records that were read, the header among them.
    private(set) var count = 0
    /// The octets of the file that were taken, and where the newest part of them begins.
    private var part = 0..<0

    /// Begins.
    ///
    /// - Parameters:
    ///   - format: how a record is written.
    ///   - console: where to.
    init(format: @escaping SnapshotRecordFormat, console: Console) {
        self.format = format
        self.console = console
    }

    /// Reads an archive to its end, or until nobody reads what is written.
    ///
    /// Whole lines are written, even before a failure.
    mutating func run(_ file: LocalFile) throws(CommandFailure) {
        do throws(ArchiveProblem) {
            try read(file)
        } catch {
            flush()
            throw described(error)
        }
        flush()
        if let failure, failure != .noReader {
            throw CommandFailure(message: "Error writing records: \(failure.message)")
        }
    }

    private mutating func read(_ file: LocalFile) throws(ArchiveProblem) {
        let archive = ArchiveReader()
        var stream = StateStreamReader()
        var records = SnapshotRecordReader()
        while failure == nil, let octets = file.read() {
            part = part.upperBound..<(part.upperBound + octets.count)
            try archive.take(octets) { state throws(ArchiveProblem) in
                try stream.take(state) { frame throws(ArchiveProblem) in
                    guard failure == nil else { return }
                    if !hasHeader { writeHeader(try archive.metadata()) }
                    try take(frame, &records)
                }
            }
        }
        if let failure = file.failure { throw ArchiveProblem(.reading, failure.message) }
        guard failure == nil else { return }
        let metadata = try archive.finish()
        try stream.finish()
        if !hasHeader { writeHeader(metadata) }
    }

    private mutating func take(
        _ frame: [UInt8],
        _ records: inout SnapshotRecordReader
    ) throws(ArchiveProblem) {
        do throws(SnapshotCodingError) {
            try records.take(frame) { record in
                format(record, &lines)
                count += 1
            }
        } catch { throw ArchiveProblem(.content, error.detail) }
        if lines.count >= Self.pieceLength { flush() }
    }

    /// Consul: the header is the archive's `meta.json`.
    private mutating func writeHeader(_ metadata: ArchiveMetadata) {
        hasHeader = true
        count += 1
        let header = """
            {"Type":"SnapshotHeader","Data":{"Version":\(metadata.version),\
            "ID":\(GoJSON.quoted(metadata.id)),"Index":\(metadata.index),\
            "Term":\(metadata.term),"Size":\(metadata.size)}}

            """
        lines += header.utf8
    }

    private mutating func flush() {
        if failure == nil, !lines.isEmpty { failure = console.write(piece: lines) }
        lines.removeAll(keepingCapacity: true)
    }

    private func described(_ problem: ArchiveProblem) -> CommandFailure {
        let place = "octets \(part.lowerBound) to \(part.upperBound) of the file"
        return CommandFailure(
            message: "Error reading snapshot: \(problem.message)",
            hint: count == 0
                ? "It was found in \(place); nothing was written."
                : "It was found in \(place), behind \(count) records, which were written:"
                    + " do not rely on them."
        )
    }
}
