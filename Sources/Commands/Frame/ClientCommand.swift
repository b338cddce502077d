// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
public import AgentConfiguration

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
}

/// What commands have around them.
struct CommandContext {
    /// How the program was called, without its directory: `waypost` or `consul`.
    var program: String
    var environment: [String: String]
    var console: Console
    /// Reads files; tests give their own.
    var files: any FileAccess
    /// Looks at the zone files that a configuration names; tests give their own.
    var zones: ZoneCheck = { _ in ([], []) }
    /// Reads standard input to its end; tests give their own.
    var input: @Sendable () -> [UInt8] = StandardInput.read
    /// Reaches an agent; tests give their own.
    var connect: (AgentEndpoint) -> any AgentTransport
}

/// Reads the zone files that a configuration names, as the agent would: what is wrong, each with
/// file and line, and what is odd but served.
public typealias ZoneCheck = (RuntimeConfiguration) -> (problems: [String], warnings: [String])

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
