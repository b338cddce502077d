// SPDX-License-Identifier: Apache-2.0
import Glibc
import RaftLog

/// What a server's state takes on the disk, read from its files.
public struct StorageUsage: Hashable, Sendable {
    /// The octets of all segments of the log, those that are reserved included.
    public var logOctets = 0
    /// When the last snapshot was written, in seconds since 1970; `nil` before the first.
    public var snapshotTime: Int?

    /// Says what a state takes.
    public init(logOctets: Int = 0, snapshotTime: Int? = nil) {
        self.logOctets = logOctets
        self.snapshotTime = snapshotTime
    }

    /// Looks at the files below a `data_dir`; files that come or go meanwhile may count or not.
    public init(dataDirectory: String) {
        let path = dataDirectory + "/raft"
        for name in Self.names(path + "/log") {
            logOctets += Self.file("\(path)/log/\(name)")?.octets ?? 0
        }
        let snapshots = Self.names(path + "/snapshots").compactMap { SnapshotName($0) }
        snapshotTime = snapshots.max().flatMap {
            Self.file("\(path)/snapshots/\($0.text)")?.changed
        }
    }

    /// The names in a directory; none where it cannot be read.
    private static func names(_ path: String) -> [String] {
        guard let directory = try? DiskDirectory(path), let names = try? directory.names() else {
            return []
        }
        return names
    }

    private static func file(_ path: String) -> (octets: Int, changed: Int)? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return (Int(status.st_size), status.st_mtim.tv_sec)
    }
}
