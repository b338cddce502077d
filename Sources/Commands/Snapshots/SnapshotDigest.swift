// SPDX-License-Identifier: Apache-2.0
internal import SnapshotArchive
internal import StateStore

/// What is in the archive of a snapshot, found by reading all of it.
struct SnapshotDigest {
    /// Rows of one kind, or keys with the same begin.
    typealias Figure = SnapshotInspection.Figure

    /// What the archive says of itself.
    var metadata: ArchiveMetadata
    /// Rows by kind.
    var kinds: [String: Figure]
    /// Keys by their first parts; empty when nobody asked.
    var keys: [String: Figure] = [:]

    /// How keys are counted.
    struct KeyDetails {
        /// How many parts between slashes count.
        var depth = 2
        /// Only keys that begin so are counted.
        var filter = ""

        /// The name under which a key is counted; `nil` when it is not.
        func name(of key: String) -> String? {
            guard filter.isEmpty || key.hasPrefix(filter) else { return nil }
            let parts = key.split(separator: "/", omittingEmptySubsequences: false)
            return parts.prefix(max(0, depth)).joined(separator: "/")
        }
    }

    /// Reads an archive from its first octet to its last.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be read, or is not whole.
    init(
        _ file: LocalFile,
        keys details: KeyDetails? = nil,
        progress: inout Progress
    ) throws(CommandFailure) {
        let archive = ArchiveReader()
        var stream = StateStreamReader()
        var inspection = SnapshotInspection()
        var keys: [String: Figure] = [:]
        do throws(ArchiveProblem) {
            while let part = file.read() {
                try archive.take(part) { octets throws(ArchiveProblem) in
                    try stream.take(octets) { frame throws(ArchiveProblem) in
                        do throws(SnapshotCodingError) {
                            try inspection.take(frame) { key, count in
                                guard let name = details?.name(of: key) else { return }
                                keys[name, default: Figure()].add(count)
                            }
                        } catch { throw ArchiveProblem(.content, error.detail) }
                    }
                }
                progress.advance(by: part.count)
            }
            if let failure = file.failure { throw ArchiveProblem(.reading, failure.message) }
            metadata = try archive.finish()
            try stream.finish()
        } catch { throw CommandFailure(message: error.message) }
        kinds = inspection.figures
        self.keys = keys
    }
}
