// SPDX-License-Identifier: Apache-2.0

/// Reads command lines as Go's `flag` package does (spec cli.md 1.1): `-name` and `--name`,
/// booleans only with `=`, the first argument ends the flags, `--` is dropped.
public enum FlagSyntax {
    /// What a flag takes.
    public enum Kind: Sendable, Hashable {
        /// `-flag` or `-flag=V`.
        case boolean
        /// A decimal, `0x`, `0o`, `0b` or octal number.
        case integer
        /// The same without a sign, 64 bits.
        case unsigned
        /// Any text.
        case text
    }

    /// A flag that was given.
    public struct Given: Sendable, Hashable {
        /// The name without dashes.
        public var name: String
        /// The value; `true` or `false` for booleans, decimal for integers.
        public var value: String
    }

    /// Splits arguments into flags, in the order in which they were given, and the rest.
    ///
    /// - Throws: ``FlagError`` with Go's texts.
    public static func parse(
        _ arguments: [String],
        kindOf kind: (String) -> Kind?,
        names: [String] = []
    ) throws(FlagError) -> (flags: [Given], arguments: [String]) {
        var flags: [Given] = []
        var rest = arguments[...]
        while let word = rest.first {
            // Go: a lone dash is an argument.
            guard word.utf8.count > 1, word.utf8.first == UInt8(ascii: "-") else { break }
            rest.removeFirst()
            if word == "--" { break }
            let body = word.hasPrefix("--") ? word.dropFirst(2) : word.dropFirst()
            guard let first = body.unicodeScalars.first, first != "-", first != "=" else {
                throw FlagError(kind: .misuse, message: "bad flag syntax: \(word)")
            }
            let equals = body.unicodeScalars.firstIndex(of: "=")
            let name = String(equals.map { body[..<$0] } ?? body)
            let value = equals.map { String(body[body.unicodeScalars.index(after: $0)...]) }
            guard let known = kind(name) else {
                if name == "h" || name == "help" { throw FlagError(kind: .help, message: "") }
                throw FlagError(
                    kind: .misuse,
                    message: "flag provided but not defined: -\(name)",
                    suggestion: Suggestion.nearest(to: name, among: names)
                )
            }
            flags.append(try given(name, known, value, &rest))
        }
        return (flags, Array(rest))
    }

    private static func given(
        _ name: String,
        _ kind: Kind,
        _ value: String?,
        _ rest: inout ArraySlice<String>
    ) throws(FlagError) -> Given {
        if kind == .boolean {
            guard let flag = boolean(value ?? "true") else {
                throw FlagError(
                    kind: .misuse,
                    message: "invalid boolean value \"\(value ?? "")\" for -\(name): parse error"
                )
            }
            return Given(name: name, value: flag ? "true" : "false")
        }
        guard let text = value ?? rest.popFirst() else {
            throw FlagError(kind: .misuse, message: "flag needs an argument: -\(name)")
        }
        do throws(GoInteger.Problem) {
            switch kind {
            case .boolean, .text: return Given(name: name, value: text)
            case .integer: return Given(name: name, value: String(try GoInteger.signed(text)))
            case .unsigned: return Given(name: name, value: String(try GoInteger.unsigned(text)))
            }
        } catch {
            throw FlagError(
                kind: .misuse,
                message: "invalid value \"\(text)\" for flag -\(name): \(error.rawValue)"
            )
        }
    }

    /// Go's `strconv.ParseBool`.
    public static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}

/// Why a command line is refused, or that help was asked for.
public struct FlagError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The two cases.
    public enum Kind: Sendable, Hashable {
        /// `-h` or `-help`: help on standard output, exit code 0.
        case help
        /// A mistake: the message, then usage, on standard error, exit code 1.
        case misuse
    }

    /// Which of the two.
    public var kind: Kind
    /// Go's text.
    public var message: String
    /// A flag that may have been meant, without its dash.
    public var suggestion: String?

    /// Makes an error.
    public init(kind: Kind, message: String, suggestion: String? = nil) {
        self.kind = kind
        self.message = message
        self.suggestion = suggestion
    }

    /// The text, and below it what may have been meant.
    public var description: String {
        suggestion.map { "\(message)\nDid you mean -\($0)?" } ?? message
    }
}
