// SPDX-License-Identifier: Apache-2.0

/// Why a text is no regular expression; the description is the text of Go's `regexp/syntax`.
public struct RegularExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var kind: Kind
    /// The part of the pattern that is wrong.
    public var fragment: String

    /// Makes an error.
    public init(_ kind: Kind, _ fragment: String) {
        self.kind = kind
        self.fragment = fragment
    }

    /// What can be wrong; the raw value is Go's name for it.
    public enum Kind: String, Hashable, Sendable {
        /// A class whose bounds are in the wrong order, or that is not known.
        case invalidRange = "invalid character class range"
        /// An escape that is not known.
        case invalidEscape = "invalid escape sequence"
        /// The name of a group that is no word.
        case invalidName = "invalid named capture"
        /// A `(?` that is not known.
        case invalidPerl = "invalid or unsupported Perl syntax"
        /// Two repetitions in a row.
        case invalidRepetition = "invalid nested repetition operator"
        /// A repetition that is too large or has its bounds in the wrong order.
        case invalidCount = "invalid repeat count"
        /// A class without end.
        case missingBracket = "missing closing ]"
        /// A group without end.
        case missingParenthesis = "missing closing )"
        /// A repetition of nothing.
        case missingArgument = "missing argument to repetition operator"
        /// A backslash at the end.
        case trailingBackslash = "trailing backslash at end of expression"
        /// A group that was never begun.
        case unexpectedParenthesis = "unexpected )"
        /// Groups nested too deeply.
        case tooDeep = "expression nests too deeply"
        /// A program beyond the limit.
        case tooLarge = "expression too large"
    }

    /// Go's text.
    public var description: String {
        "error parsing regexp: \(kind.rawValue): `\(fragment)`"
    }
}
