// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Locking

/// Where a command writes: results to standard output, everything else to standard error.
public struct Console: Sendable {
    private let output: @Sendable (String) -> Void
    private let errors: @Sendable (String) -> Void
    private let octets: @Sendable ([UInt8]) -> Failure?
    /// What was not written, and why: a result on a full disk is none.
    private let lost = SharedFailure()
    /// Whether somebody looks at the errors: only then is progress shown.
    let isTerminal: Bool

    /// Why a result was not written.
    public enum Failure: Hashable, Sendable {
        /// Whoever read it has left: there is nobody to complain to.
        case noReader
        /// A signal that a command catches came while nobody read.
        case interrupted
        /// The number of the system's error.
        case system(Int32)

        /// The failure in Go's words.
        var message: String {
            switch self {
            case .noReader: return "broken pipe"
            case .interrupted: return "write: interrupted"
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

    /// Makes a console whose results are octets, text too.
    private init(
        octets: @escaping @Sendable ([UInt8]) -> Failure?,
        errors: @escaping @Sendable (String) -> Void,
        isTerminal: Bool
    ) {
        self.isTerminal = isTerminal
        self.errors = errors
        let lost = lost
        self.octets = { lost.note(octets($0)) }
        output = { _ = lost.note(octets(Array($0.utf8))) }
    }

    /// Why a part of the results was not written, other than for want of a reader; nil when all of them were.
    var failure: Failure? { lost.first }

    /// A failure that several copies of a console know.
    private final class SharedFailure: Sendable {
        private let value = Lock<Failure?>(nil)

        var first: Failure? { value.withLock { $0 } }

        func note(_ failure: Failure?) -> Failure? {
            if case .system = failure { value.withLock { $0 = $0 ?? failure } }
            return failure
        }
    }

    /// The process's own standard output and standard error.
    public static let standard = standard(output: STDOUT_FILENO)

    /// The process's own standard error, and results in a descriptor.
    static func standard(output: Int32) -> Console {
        Console(
            octets: { writeOwn($0, to: output) },
            errors: { _ = writeOwn(Array($0.utf8), to: STDERR_FILENO) },
            isTerminal: isatty(STDERR_FILENO) == 1
        )
    }

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

    private static func writeOwn(_ octets: [UInt8], to descriptor: Int32) -> Failure? {
        writeAll(octets, to: descriptor) { TerminationSignals.received != nil }
    }

    /// Writes octets to a descriptor.
    ///
    /// A reader that went away ends the output, not the program. Neither does one that does not read keep
    /// a command from its end: what is written at once fits into a pipe that has room, and in between
    /// it is looked whether to go on. A descriptor that is full has to be waited for elsewhere than in
    /// `write`, which goes on after a handler of a signal.
    ///
    /// - Parameters:
    ///   - octets: what to write.
    ///   - descriptor: where to.
    ///   - isOver: whether not to wait for a reader any longer.
    /// - Returns: why not all was written; `nil` when it was.
    static func writeAll(
        _ octets: [UInt8],
        to descriptor: Int32,
        unless isOver: () -> Bool
    ) -> Failure? {
        var rest = octets[...]
        while !rest.isEmpty {
            var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            // What cannot be polled is found out by writing to it.
            if unsafe poll(&place, 1, patience) == 0 {
                if isOver() { return .interrupted }
                continue
            }
            let written = unsafe rest.prefix(pipeRoom).withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
            if written < 0, errno == EINTR || errno == EAGAIN { continue }
            guard written > 0 else { return errno == EPIPE ? .noReader : .system(errno) }
            rest = rest.dropFirst(written)
        }
        return nil
    }

    /// How many octets a pipe takes without waiting once it can be written to (`PIPE_BUF`).
    private static let pipeRoom = 4096
    /// For how many milliseconds a reader is waited for before it is looked whether to go on.
    private static let patience: Int32 = 100
}
