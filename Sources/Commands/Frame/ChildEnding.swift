// SPDX-License-Identifier: Apache-2.0

/// How a command ended that another command ran.
enum ChildEnding: Hashable, Sendable, CustomStringConvertible {
    /// It ended by itself, with this code.
    case exited(Int32)
    /// A signal ended it.
    case signalled(Int32, dumpsCore: Bool)

    /// Reads a status of `waitpid`.
    init(status: Int32) {
        let signal = status & 0x7f
        self =
            signal == 0
            ? .exited(status >> 8 & 0xff)
            : .signalled(signal, dumpsCore: status & 0x80 != 0)
    }

    /// Whether it did what it was to do.
    var isSuccess: Bool { self == .exited(0) }

    /// The ending in Go's words: `exit status 7`, `signal: killed`.
    var description: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signalled(let number, let dumpsCore):
            "signal: \(Self.name(of: number))" + (dumpsCore ? " (core dumped)" : "")
        }
    }

    /// A signal as Go calls it on Linux.
    private static func name(of signal: Int32) -> String {
        let names = [
            "hangup", "interrupt", "quit", "illegal instruction", "trace/breakpoint trap",
            "aborted", "bus error", "floating point exception", "killed", "user defined signal 1",
            "segmentation fault", "user defined signal 2", "broken pipe", "alarm clock",
            "terminated",
        ]
        let place = Int(signal) - 1
        return names.indices.contains(place) ? names[place] : "signal \(signal)"
    }
}
