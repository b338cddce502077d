// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
public import AgentConfiguration
internal import FoundationEssentials

/// A command: its flags are declared with ArgumentParser, which decodes them and makes the help
/// text; the arguments were brought into shape by Go's rules before (``FlagPrePass``).
protocol ClientCommand: ParsableCommand {
    /// The words that call it: `["catalog", "nodes"]`.
    static var words: [String] { get }
    /// How many arguments may follow the flags.
    static var operandCount: ClosedRange<Int> { get }
    /// What follows the flags in the usage line: `FILE…`.
    static var operandNames: String { get }
    /// The flags whose values are integers.
    static var integerFlags: Set<String> { get }
    /// The flags whose values are integers without a sign, of 64 bits.
    static var unsignedFlags: Set<String> { get }

    /// The arguments as Go's rules are to see them.
    static func prepared(_ arguments: [String]) -> [String]

    /// Does the work and returns the exit code.
    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32
}

extension ClientCommand {
    static var operandCount: ClosedRange<Int> { 0...0 }
    static var operandNames: String { "" }
    static var integerFlags: Set<String> { [] }
    static var unsignedFlags: Set<String> { [] }

    static func prepared(_ arguments: [String]) -> [String] { arguments }
}

/// What commands have around them.
struct CommandContext {
    /// How the program was called, without its directory: `waypost` or `consul`.
    var program: String
    var environment: [String: String]
    var console: Console
    /// Reads files; tests give their own.
    var files: any FileAccess
    /// Reads the files of operands and flags, through a pipe too (`@<(command)`); `nil`: as ``files``.
    var operandFiles: (any FileAccess)?
    /// Where new files are made; tests give their own.
    var newFiles: any NewFiles = LocalNewFiles()
    /// The time, for dates in certificates; tests give their own.
    var now: @Sendable () -> Date = { Date() }
    /// Reads the files that a configuration names; tests give their own.
    var inspect: FileCheck = { _ in ([], []) }
    /// Asks this host for its interfaces; tests give their own.
    var interfaces: @Sendable () -> HostInterfaces = { HostInterfaces() }
    /// Writes a record of a snapshot as the API would.
    var recordFormat: SnapshotRecordFormat = { _, _ in }
    /// Reads standard input to its end; tests give their own.
    var input: @Sendable () -> [UInt8] = StandardInput.read
    /// Reaches an agent; tests give their own.
    var connect: (AgentEndpoint) -> any AgentTransport
}

extension CommandContext {
    /// Reads the file of an operand or a flag.
    func open(_ path: String) throws(FileFailure) -> OpenedPath {
        try (operandFiles ?? files).open(path)
    }
}

/// Makes files for commands that never overwrite one.
protocol NewFiles: Sendable {
    /// Makes a file with its octets and permissions.
    ///
    /// - Throws: when there is one of that name, or the file system refuses.
    func create(
        _ path: String,
        _ octets: [UInt8],
        mode: UInt32
    ) throws(LocalFile.FileProblem)

    /// Removes a file, if it is there.
    func remove(_ path: String)
}

/// Those of the host.
struct LocalNewFiles: NewFiles {
    func create(
        _ path: String,
        _ octets: [UInt8],
        mode: UInt32
    ) throws(LocalFile.FileProblem) {
        try LocalFile.create(path, octets, mode: mode)
    }

    func remove(_ path: String) { LocalFile.remove(path) }
}

/// Reads the files that a configuration names, as the agent would: what is wrong, each with
/// file and line, and what is odd but served.
public typealias FileCheck = (RuntimeConfiguration) -> (problems: [String], warnings: [String])

/// Why a command failed: what is written to standard error, and the exit code.
struct CommandFailure: Error, Hashable {
    var message: String
    /// What to do about it; empty means nothing to say.
    var hint = ""
    /// Whether the usage follows (mistakes in flags and arguments).
    var showsUsage = false
    var code: Int32 = 1

    /// The same failure with words before its message: `Error listing nodes: …`.
    func prefixed(_ words: String) -> CommandFailure {
        var copy = self
        copy.message = "\(words): \(message)"
        return copy
    }
}
