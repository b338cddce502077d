// SPDX-License-Identifier: Apache-2.0
import SnapshotArchive
import StateStore

/// The archive of a state that comes from a client: read beside the current state, whole before
/// anything of it counts.
struct SnapshotUpload {
    private let archive: ArchiveReader
    private var stream = StateStreamReader(newest: Command.version)
    private var loader = SnapshotLoader(isForeign: true)

    /// Begins.
    init(limits: ArchiveLimits = ArchiveLimits()) { archive = ArchiveReader(limits: limits) }

    /// Takes the next octets of the archive.
    mutating func take(_ octets: [UInt8]) throws(ArchiveProblem) {
        try archive.take(octets) { part throws(ArchiveProblem) in
            try stream.take(part) { frame throws(ArchiveProblem) in
                do throws(SnapshotCodingError) { try loader.take(frame) } catch {
                    throw ArchiveProblem(.content, error.detail)
                }
            }
        }
    }

    /// The state, once all octets were taken.
    consuming func finish() throws(ArchiveProblem) -> StateStore {
        _ = try archive.finish()
        try stream.finish()
        do throws(SnapshotCodingError) { return try loader.finish() } catch {
            throw ArchiveProblem(.content, error.detail)
        }
    }
}
