// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Where a command writes: results to standard output, everything else to standard error.
public struct Console: Sendable {
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void
    private let octets: @Sendable ([UInt8]) -> Failure?
    /// Whether somebody looks at the errors: only then is progress shown.
    let isTerminal: Bool

    /// Why a result was not written.
    public enum Failure: Hashable, Sendable {
        /// Whoever read it has left: there is nobody to complain to.
        case noReader
        /// The number of the system's error.
        case system(Int32)

        /// The failure in Go's words.
        var message: String {
            switch self {
            case .noReader: return "broken pipe"
            case .system(let number):
                let reason = unsafe strerror(number).map { unsafe String(cString: $0) }
                return "write: \((reason ?? "error \(number)").lowercased())"
            }
        }
    }

    /// Makes a console over two sinks for text, and one for results that are octets; without the
    /// third they are written as text.
    public init(
        output: @escaping @Sendable (String) -> Void,
        errors: @escaping @Sendable (String) -> Void,
        octets: (@Sendable ([UInt8]) -> Failure?)? = nil,
        isTerminal: Bool = false
    ) {
        self.isTerminal = isTerminal
        self.output = output
        self.errors = errors
        self.octets =
            octets ?? {
                output(String(decoding: $0, as: UTF8.self))
                return nil
            }
    }

    /// The process's own standard output and standard error.
    public static let standard = Console(
        output: { _ = writeAll(Array($0.utf8), to: STDOUT_FILENO) },
        errors: { _ = writeAll(Array($0.utf8), to: STDERR_FILENO) },
        octets: { writeAll($0, to: STDOUT_FILENO) },
        isTerminal: isatty(STDERR_FILENO) == 1
    )

    /// Writes a result and a line break.
    public func write(_ line: String) { output(line + "\n") }

    /// Writes a result that need not be text, and a line break.
    public func write(octets line: [UInt8]) { _ = octets(line + [UInt8(ascii: "\n")]) }

    /// Writes a piece of a result as it is.
    ///
    /// - Returns: why it was not written; `nil` when it was.
    @discardableResult
    func write(piece: [UInt8]) -> Failure? { octets(piece) }

    /// Writes a message and a line break, unless it ends with one.
    public func writeError(_ text: String) {
        errors(text.hasSuffix("\n") ? text : text + "\n")
    }

    /// Writes a text that is not a line to the errors: it says how far work is.
    func writeProgress(_ text: String) { errors(text) }

    // A reader that went away ends the output, not the program.
    private static func writeAll(_ octets: [UInt8], to descriptor: Int32) -> Failure? {
        var rest = octets[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return errno == EPIPE ? .noReader : .system(errno) }
            rest = rest.dropFirst(written)
        }
        return nil
    }
}
