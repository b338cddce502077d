// SPDX-License-Identifier: Apache-2.0
import Logging

/// How a line looks.
enum LogForm: Sendable {
    /// Consul's line: time, level, name, message, `key=value`.
    case text
    /// A JSON object.
    case json
    /// The text without time and level, for those who note them in their own way.
    case body
}

/// Somewhere that the log goes besides standard output.
///
/// A line that cannot be written is lost and counted: the agent goes on.
protocol LogOutput: Sendable {
    /// What it is called in metrics: `file` or `syslog`.
    var name: String { get }
    /// How it wants its lines; `nil`: as standard output has them.
    var form: LogForm? { get }
    /// Lines that were lost so far.
    var lostLines: UInt64 { get }

    /// Writes one line, its end included.
    func write(_ line: String, level: Logger.Level)
}
