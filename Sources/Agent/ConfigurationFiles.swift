// SPDX-License-Identifier: Apache-2.0
public import AgentConfiguration
import Glibc

/// Reads what `-config-file` and `-config-dir` name (Consul: spec cli.md 6.1): a directory is not
/// searched below; its files ending in `.json` or `.hcl` are taken in the order of their names.
public enum ConfigurationFiles {
    /// What was read, with what was passed over.
    public struct Reading: Sendable {
        /// The texts in the order in which they count.
        public var sources: [ConfigurationSource] = []
        /// One line for each file that was skipped.
        public var warnings: [String] = []
    }

    /// Reads files and directories in the given order.
    ///
    /// - Throws: ``FileProblem`` when a path does not exist, cannot be read or has an unknown ending.
    public static func read(
        _ paths: [String], format: ConfigurationFormat?
    ) throws(FileProblem) -> Reading {
        var reading = Reading()
        for path in paths { try read(path, format: format, into: &reading) }
        return reading
    }

    private static func read(
        _ path: String, format: ConfigurationFormat?, into reading: inout Reading
    ) throws(FileProblem) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            // Consul: CLI-041, CFG-024.
            throw FileProblem(
                "config: Open failed on \(path). open \(path): \(errorText(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            guard let format = format ?? ConfigurationFormat(ending: path) else {
                throw FileProblem(
                    "file \(path) has unknown extension; must be .hcl or .json, or config format must be set"
                )
            }
            let octets = try contents(of: path)
            reading.sources.append(ConfigurationSource(name: path, format: format, octets: octets))
            return
        }
        for name in try names(in: path) {
            let file = path.hasSuffix("/") ? path + name : path + "/" + name
            var status = stat()
            // A symbolic link is followed; what vanished meanwhile is passed over.
            guard unsafe stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
                continue
            }
            guard let format = format ?? ConfigurationFormat(ending: file) else {
                reading.warnings.append(
                    "skipping file \(file), extension must be .hcl or .json, or config format must be set"
                )
                continue
            }
            let octets = try contents(of: file)
            reading.sources.append(ConfigurationSource(name: file, format: format, octets: octets))
        }
    }

    /// The names in a directory, sorted by octets.
    private static func names(in path: String) throws(FileProblem) -> [String] {
        guard let directory = unsafe opendir(path) else {
            throw FileProblem(
                "config: Open failed on \(path). open \(path): \(errorText(errno))")
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                unsafe String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func contents(of path: String) throws(FileProblem) -> [UInt8] {
        guard let octets = octets(of: path) else {
            throw FileProblem(
                "config: Open failed on \(path). open \(path): \(errorText(errno))")
        }
        return octets
    }

    /// The octets of a file, at most 64 MiB; `nil` (and `errno`) when it cannot be read.
    static func octets(of path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
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
}

/// Why a file could not be used; the text names it.
public struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, where, and how to mend it.
    public var description: String

    /// Makes a problem from its text.
    public init(_ text: String) { description = text }
}

/// The system's text of an error number, in Go's lower case ("no such file or directory").
func errorText(_ code: Int32) -> String {
    let text = unsafe String(cString: strerror(code))
    guard let first = text.first else { return text }
    return first.lowercased() + text.dropFirst()
}

extension ConfigurationFormat {
    /// The notation that a file's ending names.
    init?(ending path: String) {
        if path.hasSuffix(".hcl") {
            self = .hcl
        } else if path.hasSuffix(".json") {
            self = .json
        } else {
            return nil
        }
    }
}
