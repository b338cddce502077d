// SPDX-License-Identifier: Apache-2.0
public import AgentConfiguration
import CSockets
import Glibc

/// The host's file system, for the agent and for commands that read files.
public struct SystemFiles: FileAccess {
    /// Whether a pipe is read to its end, as commands do (`@<(command)`); an agent would wait for one at its start.
    private let readsPipes: Bool

    /// Says whether pipes are read.
    public init(readsPipes: Bool = false) { self.readsPipes = readsPipes }

    /// Reads a file or lists a directory, following links.
    public func open(_ path: String) throws(FileFailure) -> OpenedPath {
        if isDirectory(path) {
            guard let names = Self.names(in: path) else { throw Self.failure() }
            return .directory(names)
        }
        let kind = unsafe csockets_irregular(path)
        let isPipe = kind == 1
        if kind != 0, !(isPipe && readsPipes) {
            throw FileFailure(
                reason: "is \(Self.name(ofKind: kind)), not a file",
                isIrregular: true
            )
        }
        guard let octets = Self.octets(of: path, waits: isPipe) else { throw Self.failure() }
        return .file(octets)
    }

    /// What `csockets_irregular` found where reading might wait for ever.
    private static func name(ofKind kind: Int32) -> String {
        switch kind {
        case 1: "a named pipe"
        case 2: "a socket"
        default: "a device"
        }
    }

    /// Whether a path leads, through links, to a directory.
    public func isDirectory(_ path: String) -> Bool {
        guard let directory = unsafe opendir(path) else {
            // One that may not be listed is a directory all the same.
            return unsafe errno == EACCES && access(path + "/.", F_OK) == 0
        }
        unsafe closedir(directory)
        return true
    }

    /// Whether a path leads, through links, to anything.
    public func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// The octets of a file, at most 64 MiB; `nil` (and `errno`) when it cannot be read.
    ///
    /// With `waits` for who writes them.
    static func octets(of path: String, waits: Bool = false) -> [UInt8]? {
        let mode = O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK)
        let descriptor = unsafe Glibc.open(path, mode)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while result.count < 64 << 20 {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            result.append(contentsOf: buffer[..<count])
        }
        return result
    }

    /// The names in a directory, unsorted; `nil` when it cannot be listed.
    static func names(in path: String) -> [String]? {
        guard let directory = unsafe opendir(path) else { return nil }
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

    private static func failure() -> FileFailure { FileFailure(reason: errorText(errno)) }
}
