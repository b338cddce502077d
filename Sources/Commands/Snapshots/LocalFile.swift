// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// An open file of the host that is read or written from its begin to its end.
///
/// `@unchecked Sendable`: the thread that carries a request is the only one that uses it.
final class LocalFile: @unchecked Sendable {
    /// Octets that are read at once.
    private static let partLength = 256 << 10

    /// Its path, for messages.
    let path: String
    private let descriptor: Int32
    private(set) var failure: FileProblem?

    /// What a call to the file system failed with, in Go's words: `open x: permission denied`.
    struct FileProblem: Error, Hashable {
        var message: String

        /// A failure with its own text.
        init(message: String) { self.message = message }

        fileprivate init(_ operation: String, _ path: String) {
            let number = errno
            let reason = unsafe strerror(number).map { unsafe String(cString: $0) }
            message = "\(operation) \(path): \((reason ?? "error \(number)").lowercased())"
        }
    }

    /// Opens a file for reading.
    init(reading path: String) throws(FileProblem) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem("open", path) }
    }

    /// The process's standard input, under a descriptor of its own.
    static var standardInput: LocalFile { LocalFile(path: "-", descriptor: dup(STDIN_FILENO)) }

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Makes a file, or empties it, that its owner alone may read.
    init(writing path: String) throws(FileProblem) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileProblem("open", path) }
    }

    /// Makes a file that is not there yet, for those that a mode (`0o600`) names.
    init(creating path: String, mode: UInt32) throws(FileProblem) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileProblem("open", path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The file's octets; `nil` when they cannot be told beforehand, as a pipe's.
    var size: Int? {
        let place = lseek(descriptor, 0, SEEK_CUR)
        if place < 0 { return nil }
        let size = lseek(descriptor, 0, SEEK_END)
        lseek(descriptor, max(0, place), SEEK_SET)
        return max(0, size)
    }

    /// Begins at the first octet again.
    func rewind() { lseek(descriptor, 0, SEEK_SET) }

    /// The next octets; `nil` at the end, and after a failure, which stays in ``failure``.
    func read() -> [UInt8]? {
        guard failure == nil else { return nil }
        var count = 0
        let part = unsafe [UInt8](unsafeUninitializedCapacity: Self.partLength) { room, filled in
            repeat {
                count = unsafe Glibc.read(descriptor, room.baseAddress, room.count)
            } while count < 0 && errno == EINTR
            filled = max(0, count)
        }
        if count < 0 { failure = FileProblem("read", path) }
        return count > 0 ? part : nil
    }

    /// Writes octets behind those that were written before.
    ///
    /// - Returns: whether they were written; else the reason stays in ``failure``.
    func write(_ octets: [UInt8]) -> Bool {
        var rest = octets[...]
        while !rest.isEmpty, failure == nil {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 {
                failure = FileProblem("write", path)
            } else {
                rest = rest.dropFirst(count)
            }
        }
        return failure == nil
    }

    /// Makes durable what was written.
    func synchronize() throws(FileProblem) {
        guard fsync(descriptor) == 0 else { throw FileProblem("sync", path) }
    }

    /// Gives a file another name, durably; a file of that name is replaced.
    static func rename(_ path: String, to newPath: String) throws(FileProblem) {
        guard unsafe Glibc.rename(path, newPath) == 0 else { throw FileProblem("rename", path) }
        let slash = newPath.lastIndex(of: "/")
        let directory = slash.map { String(newPath[...$0]) } ?? "."
        let opened = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw FileProblem("open", directory) }
        defer { close(opened) }
        guard fsync(opened) == 0 else { throw FileProblem("sync", directory) }
    }

    /// Makes a file that is not there yet with its octets, durably; none is left after a failure.
    static func create(
        _ path: String,
        _ octets: [UInt8],
        mode: UInt32
    ) throws(FileProblem) {
        let file = try LocalFile(creating: path, mode: mode)
        do throws(FileProblem) {
            _ = file.write(octets)
            if let failure = file.failure { throw failure }
            try file.synchronize()
        } catch {
            remove(path)
            throw error
        }
    }

    /// Makes a directory that its owner alone may look into; one that is there stays.
    static func makeDirectory(_ path: String) throws(FileProblem) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw FileProblem("mkdir", path)
        }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) { unsafe unlink(path) }
}
