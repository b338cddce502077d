// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging

/// `pid_file`: written at start, removed at exit (Consul: spec cli.md 5.1).
enum PidFile {
    /// Writes the process ID; a file that cannot be written is reported, not fatal.
    static func write(_ path: String, logger: Logger) {
        guard !path.isEmpty else { return }
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            logger.error(
                "pid_file not written",
                metadata: ["path": "\(path)", "error": "\(errorText(errno))"]
            )
            return
        }
        AgentProcess.write("\(getpid())\n", to: descriptor)
        close(descriptor)
    }

    /// Removes the file.
    static func remove(_ path: String) {
        if !path.isEmpty { unsafe unlink(path) }
    }
}
