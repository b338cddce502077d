// SPDX-License-Identifier: Apache-2.0
public import AgentConfiguration
import Glibc

/// Reads what `-config-file` and `-config-dir` name; the rules are ``ConfigurationPaths``'.
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
        _ paths: [String],
        format: ConfigurationFormat?
    ) throws(FileProblem) -> Reading {
        do {
            let (sources, warnings) = try ConfigurationPaths.read(
                paths,
                format: format,
                from: SystemFiles()
            )
            return Reading(sources: sources, warnings: warnings)
        } catch { throw FileProblem(error.message) }
    }

    /// The octets of a file, at most 64 MiB; `nil` (and `errno`) when it cannot be read.
    static func octets(of path: String) -> [UInt8]? { SystemFiles.octets(of: path) }
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
