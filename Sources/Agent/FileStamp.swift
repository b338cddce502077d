// SPDX-License-Identifier: Apache-2.0
import CSockets

/// What a file looks like without being read; another look means that it was written or replaced.
struct FileStamp: Hashable, Sendable {
    /// When it was written last, in nanoseconds since 1970.
    var modified: Int
    /// Its length in octets.
    var size: Int
    /// Its number in the file system, links followed.
    var number: Int
    /// The number of the file system.
    var device = 0

    /// A path that is looked at.
    struct Path: Hashable, Sendable {
        /// Where: a file, or a directory whose files count.
        var path: String
        /// How the names of files in a directory end that count; empty for all.
        var endings: [String] = []
    }

    /// How files look, and those in directories, by their paths; what is not there is left out.
    ///
    /// A directory itself changes with every temporary file; what is in it is looked at instead, as far as a reload
    /// reads it: a log beside the configuration would be a change after each reload.
    static func stamps(of paths: [Path]) -> [String: FileStamp] {
        var stamps: [String: FileStamp] = [:]
        for path in paths {
            if let stamp = FileStamp(at: path.path) {
                stamps[path.path] = stamp
                continue
            }
            for name in SystemFiles.names(in: path.path) ?? []
            where path.endings.isEmpty || path.endings.contains(where: name.hasSuffix) {
                let inner = "\(path.path)/\(name)"
                if let stamp = FileStamp(at: inner) { stamps[inner] = stamp }
            }
        }
        return stamps
    }

    /// Makes a stamp of its parts.
    init(modified: Int, size: Int, number: Int) {
        self.modified = modified
        self.size = size
        self.number = number
    }

    private init?(at path: String) {
        var stamp = csockets_stamp()
        guard unsafe csockets_file_stamp(path, &stamp) == 1 else { return nil }
        modified = Int(stamp.modified)
        size = Int(stamp.size)
        number = Int(truncatingIfNeeded: stamp.number)
        device = Int(truncatingIfNeeded: stamp.device)
    }
}
