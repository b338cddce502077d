// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Glibc
import Logging
import Locking

/// Where log lines go, how they look, and from which level on; one for the whole process.
///
/// The level can change while it runs (`log_level` is reloadable), and others may read along
/// (`/v1/agent/monitor`).
final class LogSettings: Sendable {
    private struct State {
        var level: Logger.Level
        var taps: [ObjectIdentifier: LogTap] = [:]
        /// The lowest level that anybody reads.
        var lowest: Logger.Level
    }

    /// Whether each line is a JSON object (`log_json`).
    let isJSON: Bool
    /// The descriptor that is written to.
    let descriptor: Int32
    /// Where lines go besides.
    let outputs: [any LogOutput]
    private let state: Lock<State>

    init(
        level: Logger.Level,
        isJSON: Bool,
        descriptor: Int32 = STDOUT_FILENO,
        outputs: [any LogOutput] = []
    ) {
        state = Lock(State(level: level, lowest: level))
        self.isJSON = isJSON
        self.descriptor = descriptor
        self.outputs = outputs
    }

    /// What a configuration says: standard output, a file, syslog.
    ///
    /// - Throws: ``FileProblem`` when the file cannot be opened.
    convenience init(_ log: LogConfiguration) throws(FileProblem) {
        var outputs: [any LogOutput] = []
        if !log.file.isEmpty { outputs.append(try LogFile(LogRotation(log, path: log.file))) }
        if log.isSyslogEnabled {
            outputs.append(SyslogOutput(log.syslogFacility, isJSON: log.isJSON))
        }
        self.init(level: Logger.Level(log.level), isJSON: log.isJSON, outputs: outputs)
    }

    /// What should be said of the outputs at the start.
    var warning: String? {
        let syslog = outputs.compactMap { $0 as? SyslogOutput }.first
        guard let syslog, !syslog.isConnected else { return nil }
        return
            "enable_syslog: nothing listens at \(SyslogOutput.usualPaths.joined(separator: ", ")); "
            + "lines for syslog are lost until something does"
    }

    /// The lowest level that anybody reads.
    var lowest: Logger.Level { state.withLock { $0.lowest } }

    /// Changes the level of what is written.
    func set(_ new: Logger.Level) {
        state.withLock { state in
            state.level = new
            state.lowest = state.taps.values.reduce(new) { min($0, $1.level) }
        }
    }

    /// Lets somebody read along until the tap is closed.
    func open(_ tap: LogTap) {
        tap.onClose { [self] in remove(tap) }
        state.withLock { state in
            state.taps[ObjectIdentifier(tap)] = tap
            state.lowest = min(state.lowest, tap.level)
        }
    }

    private func remove(_ tap: LogTap) {
        state.withLock { state in
            state.taps[ObjectIdentifier(tap)] = nil
            state.lowest = state.taps.values.reduce(state.level) { min($0, $1.level) }
        }
    }

    /// Passes a line on to whoever reads its level; `line` makes it, its end included.
    func pass(_ level: Logger.Level, _ line: (LogForm) -> String) {
        let (isWritten, taps) = state.withLock { state in
            (level >= state.level, state.taps.values.filter { level >= $0.level })
        }
        if isWritten {
            let usual = line(isJSON ? .json : .text)
            write(usual)
            for output in outputs {
                output.write(output.form.map(line) ?? usual, level: level)
            }
        }
        for tap in taps { tap.take(line(tap.isJSON ? .json : .text)) }
    }

    /// One `write` a line, so that lines of several threads never mix.
    ///
    /// A log that cannot be written is lost: there is nowhere to say so.
    private func write(_ line: String) {
        var copy = line
        copy.withUTF8 { octets in
            _ = unsafe Glibc.write(descriptor, octets.baseAddress, octets.count)
        }
    }
}

extension LogRotation {
    /// What `log_rotate_…` say of a file; also of the query log.
    init(_ log: LogConfiguration, path: String) {
        let (seconds, attoseconds) = log.rotateInterval.components
        self.init(
            path: path,
            maximumOctets: log.rotateBytes,
            interval: UInt64(clamping: seconds) &* 1_000_000_000
                &+ UInt64(clamping: attoseconds / 1_000_000_000),
            keptFiles: log.rotateMaximumFiles
        )
    }
}
