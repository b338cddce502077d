// SPDX-License-Identifier: Apache-2.0

/// Why a filter expression is refused; the description is Consul's text (HTTP API 3.5).
public enum FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// More octets than a filter may have.
    case tooLong(maximum: Int)
    /// Parentheses and negations nested too deeply.
    case tooDeep(maximum: Int)
    /// The text does not follow the grammar; `expected` tells what could stand at the place.
    case syntax(line: Int, column: Int, offset: Int, expected: [String])
    /// A selector that names no member.
    case unknownSelector(String)
    /// A value that is none of the member's kind; the reason is Go's.
    case invalidValue(String, selector: String, reason: String)
    /// An operator that the member's kind does not have.
    case invalidOperator(String, selector: String)
    /// A pattern that is no regular expression.
    case invalidPattern(RegularExpressionError, selector: String)
    /// More work for the list than a request may ask for.
    case tooCostly

    /// Consul's text.
    public var description: String {
        if case .tooCostly = self { return "Failed to filter results: " + reason }
        return "Failed to create boolean expression evaluator: " + reason
    }

    /// What is wrong, without what Consul's API writes before it.
    public var reason: String {
        switch self {
        case .tooLong(let maximum): "the expression has more than \(maximum) octets"
        case .tooDeep(let maximum): "the expression nests deeper than \(maximum) levels"
        case .syntax(let line, let column, let offset, let expected):
            "\(line):\(column) (\(offset)): no match found, expected: \(Self.list(expected))"
        case .unknownSelector(let selector):
            "Selector \(GoText.quoted(selector)) is not valid"
        case .invalidValue(let value, let selector, let reason):
            "Failed to coerce value \(GoText.quoted(value)) for selector "
                + "\(GoText.quoted(selector)): \(reason)"
        case .invalidOperator(let name, let selector):
            "Invalid match operator \"\(name)\" for selector \(GoText.quoted(selector))"
        case .invalidPattern(let error, let selector):
            "Failed to compile the regular expression for selector "
                + "\(GoText.quoted(selector)): \(error)"
        case .tooCostly:
            "the expression takes more than \(FilterBudget.standard) steps for this list; use a"
                + " shorter pattern, begin it with ^, or ask for a shorter list"
        }
    }

    private static func list(_ items: [String]) -> String {
        guard let last = items.last, items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " or " + last
    }
}
