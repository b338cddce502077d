// SPDX-License-Identifier: Apache-2.0

extension Filter {
    /// One of the texts that mean the same as `text`: each value quoted, no parenthesis that is
    /// not needed.
    ///
    /// It reads back as what it was made of, so that this text of it is it itself.
    ///
    /// - Throws: ``FilterError`` when `text` does not follow the grammar.
    public static func canonicalText(of text: String) throws(FilterError) -> String {
        try FilterParser.parse(text).text
    }
}

extension FilterExpression {
    /// The grammar's text of the expression (HTTP API 3.5).
    var text: String {
        switch self {
        case .or(let terms): Self.join(terms, " or ")
        case .and(let terms): Self.join(terms, " and ")
        case .not(let term): "not " + term.textInside
        case .match(let path, let comparison, let value):
            Self.selector(path) + comparison.text(of: value)
        }
    }

    /// The text as a part of another expression.
    private var textInside: String {
        switch self {
        case .or, .and: "(" + text + ")"
        case .not, .match: text
        }
    }

    private static func join(_ terms: [FilterExpression], _ word: String) -> String {
        terms.map { term in
            // What binds tighter needs no parentheses.
            if word == " or ", case .and = term { return term.text }
            return term.textInside
        }.joined(separator: word)
    }

    private static func selector(_ path: [String]) -> String {
        var text = path.first ?? ""
        for name in path.dropFirst() {
            text += isIdentifier(name) ? ".\(name)" : "[\(quoted(Array(name.utf8)))]"
        }
        return text
    }

    private static func isIdentifier(_ name: String) -> Bool {
        func isLetter(_ octet: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20)
        }
        func isDigit(_ octet: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
        }
        guard let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// Octets as a string of the grammar: what is not printable ASCII by its hexadecimal escape.
    static func quoted(_ octets: [UInt8]) -> String {
        var text = "\""
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\""): text += "\\\""
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(octet))
            default: text += "\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
            }
        }
        return text + "\""
    }
}

extension MatchOperator {
    /// What follows the selector.
    fileprivate func text(of value: [UInt8]) -> String {
        let value = FilterExpression.quoted(value)
        return switch self {
        case .equal: " == " + value
        case .notEqual: " != " + value
        case .isIn: " contains " + value
        case .notIn: " not contains " + value
        case .isEmpty: " is empty"
        case .isNotEmpty: " is not empty"
        case .matches: " matches " + value
        case .notMatches: " not matches " + value
        }
    }
}
