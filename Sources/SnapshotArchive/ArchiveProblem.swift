// SPDX-License-Identifier: Apache-2.0

/// Why octets are not a snapshot archive that this version can read.
public struct ArchiveProblem: Error, Hashable, Sendable {
    /// At what the reading failed; Consul's words for it begin the message.
    public enum Stage: String, Hashable, Sendable {
        /// What came is not compressed with gzip.
        case decompression = "failed to decompress snapshot"
        /// The files in the archive could not be read.
        case reading = "failed to read snapshot file"
        /// The files are not what their checksums say.
        case integrity = "failed to read snapshot file: failed checking integrity of snapshot"
        /// The files are whole, but their content is not ours.
        case content = "failed to read the state of the snapshot"
    }

    /// At what the reading failed.
    public var stage: Stage
    /// What was found, for people.
    public var detail: String

    /// Makes a problem.
    public init(_ stage: Stage, _ detail: String) {
        self.stage = stage
        self.detail = detail
    }

    /// The problem in a line.
    public var message: String { "\(stage.rawValue): \(detail)" }
}
