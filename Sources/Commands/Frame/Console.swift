// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Where a command writes: results to standard output, everything else to standard error.
public struct Console: Sendable {
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void

    /// Makes a console over two sinks.
    public init(
        output: @escaping @Sendable (String) -> Void,
        errors: @escaping @Sendable (String) -> Void
    ) {
        self.output = output
        self.errors = errors
    }

    /// The process's own standard output and standard error.
    public static let standard = Console(
        output: { writeAll($0, to: STDOUT_FILENO) },
        errors: { writeAll($0, to: STDERR_FILENO) }
    )

    /// Writes a result and a line break.
    public func write(_ line: String) { output(line + "\n") }

    /// Writes a message and a line break, unless it ends with one.
    public func writeError(_ text: String) {
        errors(text.hasSuffix("\n") ? text : text + "\n")
    }

    // A reader that went away ends the output, not the program.
    private static func writeAll(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
