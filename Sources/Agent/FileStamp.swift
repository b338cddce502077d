// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc

/// What a file looks like without being read; another look means that it was written or replaced.
struct FileStamp: Hashable, Sendable {
    /// Where it lies, links followed.
    var place = ""
    /// When it was written last, in seconds since 1970.
    var modified: Double
    /// Its length in octets.
    var size: Int
    /// Its number in the file system.
    var number: Int

    /// How files look, and those in directories, by their paths; what is not there is left out.
    ///
    /// A directory itself changes with every temporary file; what is in it is looked at instead.
    static func stamps(of paths: [String]) -> [String: FileStamp] {
        var stamps: [String: FileStamp] = [:]
        for path in paths {
            if let stamp = FileStamp(at: path) { stamps[path] = stamp }
            for name in SystemFiles.names(in: path) ?? [] where name != "." && name != ".." {
                let inner = "\(path)/\(name)"
                if let stamp = FileStamp(at: inner) { stamps[inner] = stamp }
            }
        }
        return stamps
    }

    /// Makes a stamp of its parts.
    init(modified: Double, size: Int, number: Int) {
        self.modified = modified
        self.size = size
        self.number = number
    }

    private init?(at path: String) {
        guard let target = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(target) }
        place = unsafe String(cString: target)
        guard let facts = try? FileManager.default.attributesOfItem(atPath: place),
            facts[.type] as? FileAttributeType != .typeDirectory
        else { return nil }
        func count(_ key: FileAttributeKey) -> Int {
            (facts[key] as? any BinaryInteger).map { Int(truncatingIfNeeded: $0) } ?? 0
        }
        modified = (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        size = count(.size)
        number = count(.systemFileNumber)
    }
}
