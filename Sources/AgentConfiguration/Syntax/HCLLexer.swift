// SPDX-License-Identifier: Apache-2.0

/// A token of HCL version 1 (spec cli.md 8.1).
struct HCLToken {
    /// The kinds; the raw value is the name that Consul's error texts use.
    enum Kind: String {
        case endOfFile = "EOF"
        case identifier = "IDENT"
        case number = "NUMBER"
        case float = "FLOAT"
        case bool = "BOOL"
        case string = "STRING"
        case heredoc = "HEREDOC"
        case leftBracket = "LBRACK"
        case leftBrace = "LBRACE"
        case comma = "COMMA"
        case period = "PERIOD"
        case rightBracket = "RBRACK"
        case rightBrace = "RBRACE"
        case assign = "ASSIGN"
        case add = "ADD"
        case subtract = "SUB"
    }

    var kind: Kind
    /// The characters as written.
    var text: String
    /// The value of strings, heredocs and identifiers.
    var value: String
    var line: Int
    var column: Int
}

/// Splits HCL1 text into tokens.
///
/// Total: any octets give tokens or a ``SyntaxError``, in linear time and without recursion.
struct HCLLexer {
    private let octets: [UInt8]
    private var offset = 0
    /// The place of the next character.
    private var line = 1
    private var column = 1
    /// The place of the character read last; where errors point.
    private var lastLine = 1
    private var lastColumn = 1

    init(_ octets: [UInt8]) { self.octets = octets }

    mutating func next() throws(SyntaxError) -> HCLToken {
        try skipBlanksAndComments()
        let start = offset
        let (startLine, startColumn) = (line, column)
        func token(_ kind: HCLToken.Kind, _ end: Int, _ value: String? = nil) -> HCLToken {
            let text = String(decoding: octets[start..<end], as: UTF8.self)
            return HCLToken(
                kind: kind,
                text: text,
                value: value ?? text,
                line: startLine,
                column: startColumn
            )
        }
        guard let scalar = try advance() else { return token(.endOfFile, start) }
        if Self.isLetter(scalar) {
            while let following = try peek(), Self.isIdentifierPart(following) {
                _ = try advance()
            }
            let word = token(.identifier, offset)
            return word.text == "true" || word.text == "false" ? token(.bool, offset) : word
        }
        switch scalar {
        case "0"..."9": return token(try scanNumber(first: scalar), offset)
        case "-":
            guard let following = try peek(), ("0"..."9").contains(following) else {
                return token(.subtract, offset)
            }
            _ = try advance()
            return token(try scanNumber(first: following), offset)
        case "\"": return token(.string, offset, try scanString()).endingAt(offset, octets, start)
        case "<": return token(.heredoc, offset, try scanHeredoc()).endingAt(offset, octets, start)
        case "[": return token(.leftBracket, offset)
        case "]": return token(.rightBracket, offset)
        case "{": return token(.leftBrace, offset)
        case "}": return token(.rightBrace, offset)
        case ",": return token(.comma, offset)
        case ".": return token(.period, offset)
        case "=": return token(.assign, offset)
        case "+": return token(.add, offset)
        default: throw error("illegal char")
        }
    }

    private func error(_ message: String) -> SyntaxError {
        SyntaxError(message: message, line: lastLine, column: lastColumn, namesPlace: true)
    }
}

extension HCLToken {
    /// The same token with its text taken again, once scanning has moved the end.
    fileprivate func endingAt(_ end: Int, _ octets: [UInt8], _ start: Int) -> HCLToken {
        var copy = self
        copy.text = String(decoding: octets[start..<end], as: UTF8.self)
        return copy
    }
}

// MARK: characters

extension HCLLexer {
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_": true
        case "\u{80}"...: isUnicodeLetter(scalar)
        default: false
        }
    }

    private static func isUnicodeLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            true
        default: false
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar)
            || scalar.value >= 0x80 && scalar.properties.generalCategory == .decimalNumber
    }

    private static func isIdentifierPart(_ scalar: Unicode.Scalar) -> Bool {
        isLetter(scalar) || isDigit(scalar) || scalar == "-" || scalar == "."
    }

    /// Decodes the character at `offset` with its length; `nil` at the end.
    private func decode() throws(SyntaxError) -> (Unicode.Scalar, Int)? {
        guard offset < octets.count else { return nil }
        let first = octets[offset]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        guard first >= 0xc2, first <= 0xf4, offset + length <= octets.count,
            let text = String(validating: octets[offset..<(offset + length)], as: UTF8.self),
            let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1
        else {
            throw SyntaxError(
                message: "illegal UTF-8 encoding",
                line: line,
                column: column,
                namesPlace: true
            )
        }
        return (scalar, length)
    }

    private func peek() throws(SyntaxError) -> Unicode.Scalar? { try decode()?.0 }

    private mutating func advance() throws(SyntaxError) -> Unicode.Scalar? {
        guard let (scalar, length) = try decode() else {
            (lastLine, lastColumn) = (line, column)
            return nil
        }
        offset += length
        (lastLine, lastColumn) = (line, column)
        if scalar == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
        if scalar == "\0" { throw error("unexpected null character (0x00)") }
        if scalar == "\u{e123}" {
            throw error("unicode code point U+E123 used by internal library")
        }
        return scalar
    }

    private mutating func skipBlanksAndComments() throws(SyntaxError) {
        while let scalar = try peek() {
            switch scalar {
            case " ", "\t", "\r", "\n": _ = try advance()
            case "#": try skipLine()
            case "/":
                _ = try advance()
                switch try advance() {
                case "/": try skipLine()
                case "*": try skipBlockComment()
                default: throw error("expected '/' for comment")
                }
            default: return
            }
        }
    }

    private mutating func skipLine() throws(SyntaxError) {
        while let scalar = try peek(), scalar != "\n" { _ = try advance() }
    }

    private mutating func skipBlockComment() throws(SyntaxError) {
        var previous: Unicode.Scalar?
        while let scalar = try advance() {
            if scalar == "/", previous == "*" { return }
            previous = scalar
        }
        throw error("comment not terminated")
    }
}

// MARK: numbers

extension HCLLexer {
    private mutating func scanNumber(
        first: Unicode.Scalar
    ) throws(SyntaxError) -> HCLToken.Kind {
        if first == "0", let mark = try peek(), mark == "x" || mark == "X" {
            _ = try advance()
            guard try skip(while: Self.isHexadecimal) > 0 else {
                throw error("illegal hexadecimal number")
            }
            return .number
        }
        var hasDecimalOnly = first == "8" || first == "9"
        var digits = 1
        while let digit = try peek(), ("0"..."9").contains(digit) {
            _ = try advance()
            if digit == "8" || digit == "9" { hasDecimalOnly = true }
            digits += 1
        }
        var kind = HCLToken.Kind.number
        if try peek() == "." {
            _ = try advance()
            guard try skip(while: { ("0"..."9").contains($0) }) > 0 else {
                throw error("illegal number, digits expected after the dot")
            }
            kind = .float
        }
        if let mark = try peek(), mark == "e" || mark == "E" {
            _ = try advance()
            if let sign = try peek(), sign == "+" || sign == "-" { _ = try advance() }
            guard try skip(while: { ("0"..."9").contains($0) }) > 0 else {
                throw error("illegal number, digits expected in the exponent")
            }
            kind = .float
        }
        if kind == .number, first == "0", digits > 1, hasDecimalOnly {
            throw error("illegal octal number")
        }
        return kind
    }

    private static func isHexadecimal(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."f", "A"..."F": true
        default: false
        }
    }

    private mutating func skip(
        while matches: (Unicode.Scalar) -> Bool
    ) throws(SyntaxError) -> Int {
        var count = 0
        while let scalar = try peek(), matches(scalar) {
            _ = try advance()
            count += 1
        }
        return count
    }
}

// MARK: strings

extension HCLLexer {
    /// Reads the rest of `"…"`; `${…}` is copied as it is, with nested braces and quotes.
    private mutating func scanString() throws(SyntaxError) -> String {
        var value: [UInt8] = []
        var braces = 0
        while true {
            let start = offset
            guard let scalar = try advance(), scalar != "\n" || braces > 0 else {
                throw error("literal not terminated")
            }
            if scalar == "\"", braces == 0 { return String(decoding: value, as: UTF8.self) }
            if scalar == "\\", braces == 0 {
                try scanEscape(into: &value)
                continue
            }
            if scalar == "$", braces == 0, try peek() == "{" {
                _ = try advance()
                braces = 1
            } else if scalar == "{", braces > 0 {
                braces += 1
            } else if scalar == "}", braces > 0 {
                braces -= 1
            }
            value += octets[start..<offset]
        }
    }

    private mutating func scanEscape(into value: inout [UInt8]) throws(SyntaxError) {
        guard let mark = try advance() else { throw error("literal not terminated") }
        switch mark {
        case "a": value.append(0x07)
        case "b": value.append(0x08)
        case "f": value.append(0x0c)
        case "n": value.append(0x0a)
        case "r": value.append(0x0d)
        case "t": value.append(0x09)
        case "v": value.append(0x0b)
        case "\\", "\"": value.append(UInt8(ascii: mark))
        case "0"..."7":
            let number = try scanDigits(2, radix: 8, startingWith: UInt32(mark.value - 48))
            guard number < 256 else { throw error("illegal char escape") }
            value.append(UInt8(truncatingIfNeeded: number))
        case "x": value.append(UInt8(truncatingIfNeeded: try scanDigits(2, radix: 16)))
        case "u", "U":
            let number = try scanDigits(mark == "u" ? 4 : 8, radix: 16)
            guard let scalar = Unicode.Scalar(number) else { throw error("illegal char escape") }
            value += Array(String(Character(scalar)).utf8)
        default: throw error("illegal char escape")
        }
    }

    private mutating func scanDigits(
        _ count: Int,
        radix: UInt32,
        startingWith first: UInt32 = 0
    ) throws(SyntaxError) -> UInt32 {
        var number = first
        for _ in 0..<count {
            guard let scalar = try advance(),
                let digit = UInt32(String(Character(scalar)), radix: Int(radix))
            else { throw error("illegal char escape") }
            number = number &* radix &+ digit
        }
        return number
    }

    /// Reads the rest of a heredoc after its first `<`.
    private mutating func scanHeredoc() throws(SyntaxError) -> String {
        guard try advance() == "<" else {
            throw error("heredoc expected second '<', didn't see it")
        }
        var isIndented = false
        if try peek() == "-" {
            _ = try advance()
            isIndented = true
        }
        let nameStart = offset
        _ = try skip(while: { Self.isLetter($0) || Self.isDigit($0) })
        let name = Array(octets[nameStart..<offset])
        if try peek() == "\r" { _ = try advance() }
        guard let end = try advance() else { throw error("heredoc not terminated") }
        guard end == "\n" else { throw error("invalid characters in heredoc anchor") }
        guard !name.isEmpty else { throw error("zero-length heredoc anchor") }
        let textStart = offset
        var lineStart = offset
        while let scalar = try advance() {
            guard scalar == "\n" else { continue }
            let line = octets[lineStart..<(offset - 1)]
            if let indent = Self.indent(ofMarker: name, in: line) {
                let text = octets[textStart..<lineStart]
                return isIndented ? Self.unindent(text, by: indent) : Self.text(text)
            }
            lineStart = offset
        }
        throw error("heredoc not terminated")
    }

    private static func text(_ octets: some Collection<UInt8>) -> String {
        String(decoding: octets, as: UTF8.self)
    }

    /// The white space before the end marker; `nil` when the line is no end marker.
    private static func indent(
        ofMarker name: [UInt8],
        in line: ArraySlice<UInt8>
    ) -> ArraySlice<UInt8>? {
        let indent = line.prefix { $0 == 0x20 || (0x09...0x0d).contains($0) }
        var rest = line.dropFirst(indent.count)
        while rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        return rest.elementsEqual(name) ? indent : nil
    }

    // HCL1: the end marker's indentation is taken from every line if every line has it.
    private static func unindent(
        _ octets: ArraySlice<UInt8>,
        by indent: ArraySlice<UInt8>
    ) -> String {
        let lines = octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast()
        guard lines.allSatisfy({ $0.starts(with: indent) }) else { return text(octets) }
        return text(
            lines.flatMap { Array($0.dropFirst(indent.count)) + [UInt8(ascii: "\n")] }
        )
    }
}
