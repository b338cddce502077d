// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Where a command writes: results to standard output, everything else to standard error.
public struct Console: Sendable {
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void
    private let octets: @Sendable ([UInt8]) -> Void
    /// Whether somebody looks at the errors: only then is progress shown.
    let isTerminal: Bool

    /// Makes a console over two sinks for text, and one for results that are octets; without the
    /// third they are written as text.
    public init(
        output: @escaping @Sendable (String) -> Void,
        errors: @escaping @Sendable (String) -> Void,
        octets: (@Sendable ([UInt8]) -> Void)? = nil,
        isTerminal: Bool = false
    ) {
        self.isTerminal = isTerminal
        self.output = output
        self.errors = errors
        self.octets = octets ?? { output(String(decoding: $0, as: UTF8.self)) }
    }

    /// The process's own standard output and standard error.
    public static let standard = Console(
        output: { writeAll(Array($0.utf8), to: STDOUT_FILENO) },
        errors: { writeAll(Array($0.utf8), to: STDERR_FILENO) },
        octets: { writeAll($0, to: STDOUT_FILENO) },
        isTerminal: isatty(STDERR_FILENO) == 1
    )

    /// Writes a result and a line break.
    public func write(_ line: String) { output(line + "\n") }

    /// Writes a result that need not be text, and a line break.
    public func write(octets line: [UInt8]) { octets(line + [UInt8(ascii: "\n")]) }

    /// Writes a piece of a result as it is.
    func write(piece: [UInt8]) { octets(piece) }

    /// Writes a message and a line break, unless it ends with one.
    public func writeError(_ text: String) {
        errors(text.hasSuffix("\n") ? text : text + "\n")
    }

    /// Writes a text that is not a line to the errors: it says how far work is.
    func writeProgress(_ text: String) { errors(text) }

    // A reader that went away ends the output, not the program.
    private static func writeAll(_ octets: [UInt8], to descriptor: Int32) {
        var rest = octets[...]
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
