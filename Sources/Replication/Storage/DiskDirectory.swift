// SPDX-License-Identifier: Apache-2.0
import Glibc
public import RaftLog

/// A directory of the host's file system.
public struct DiskDirectory: LogDirectory {
    /// Where it is.
    public let path: String

    /// A directory, which is made when it is missing.
    public init(_ path: String) throws(StorageError) {
        self.path = path
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw StorageError(.open, path, errno)
        }
    }

    private func path(of name: String) -> String { "\(path)/\(name)" }

    /// The names of its files, in any order.
    public func names() throws(StorageError) -> [String] {
        guard let directory = unsafe opendir(path) else { throw StorageError(.list, path, errno) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                unsafe String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Opens a file, which is made, empty, when `isNew`.
    public func open(_ name: String, isNew: Bool) throws(StorageError) -> any LogFile {
        try DiskFile(path(of: name), isNew: isNew)
    }

    /// Gives a file another name; a file of that name is replaced.
    public func rename(_ name: String, to newName: String) throws(StorageError) {
        guard unsafe Glibc.rename(path(of: name), path(of: newName)) == 0 else {
            throw StorageError(.rename, path(of: name), errno)
        }
    }

    /// Removes a file.
    public func remove(_ name: String) throws(StorageError) {
        guard unsafe unlink(path(of: name)) == 0 else {
            throw StorageError(.remove, path(of: name), errno)
        }
    }

    /// Makes all changes of names durable.
    public func synchronize() throws(StorageError) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(.open, path, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StorageError(.synchronize, path, errno) }
    }
}

extension StorageError {
    /// An error by the number that the system gave.
    init(_ operation: Operation, _ path: String, _ number: Int32) {
        let reason = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        self.init(
            operation,
            path,
            reason: reason,
            isFull: number == ENOSPC || number == EDQUOT
        )
    }
}
