// SPDX-License-Identifier: Apache-2.0
import Glibc
import RaftLog

/// What a server's state takes on the disk, read from its files, and what is free there.
public struct StorageUsage: Hashable, Sendable {
    /// A file system's room, in octets.
    public struct Space: Hashable, Sendable {
        /// What a process without privileges may still write (`f_bavail`).
        public var free: Int
        /// What there is in all.
        public var size: Int

        /// Room of a file system.
        public init(free: Int, size: Int) {
            self.free = free
            self.size = size
        }

        /// The room of the file system of a path; `nil` where nobody says.
        public init?(at path: String) {
            var status = statvfs()
            guard unsafe statvfs(path, &status) == 0 else { return nil }
            let unit = UInt64(status.f_frsize)
            // Some file systems of networks claim more than fits.
            func octets(_ blocks: UInt64) -> Int {
                let (octets, overflows) = blocks.multipliedReportingOverflow(by: unit)
                return overflows ? .max : Int(clamping: octets)
            }
            free = octets(UInt64(status.f_bavail))
            size = octets(UInt64(status.f_blocks))
        }
    }

    /// A file of the log.
    public struct Segment: Hashable, Sendable {
        /// Its number; they are numbered through from 1.
        public var sequence: UInt64
        /// When it was last written to, in seconds since 1970.
        public var changed: Int

        /// A file of the log.
        public init(sequence: UInt64, changed: Int) {
            self.sequence = sequence
            self.changed = changed
        }
    }

    /// The octets of all segments of the log, those that are reserved included.
    public var logOctets = 0
    /// When the last snapshot was written, in seconds since 1970; `nil` before the first.
    public var snapshotTime: Int?
    /// The log's segments, the oldest first.
    public var segments: [Segment] = []
    /// When the log was begun, in seconds since 1970; `nil` before that.
    public var logTime: Int?
    /// The room of the file system; `nil` where nobody says.
    public var space: Space?

    /// Says what a state takes.
    public init(logOctets: Int = 0, snapshotTime: Int? = nil, space: Space? = nil) {
        self.logOctets = logOctets
        self.snapshotTime = snapshotTime
        self.space = space
    }

    /// Looks at the files below a `data_dir`; files that come or go meanwhile may count or not.
    public init(dataDirectory: String) {
        space = Space(at: dataDirectory)
        let path = dataDirectory + "/raft"
        logTime = Self.file("\(path)/\(LogIdentity.fileName)")?.changed
        for name in Self.names(path + "/log") {
            guard let file = Self.file("\(path)/log/\(name)") else { continue }
            logOctets += file.octets
            guard let segment = SegmentName(name) else { continue }
            segments.append(Segment(sequence: segment.sequence, changed: file.changed))
        }
        segments.sort { $0.sequence < $1.sequence }
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
