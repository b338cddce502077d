// SPDX-License-Identifier: Apache-2.0

/// Parses strict JSON (RFC 8259) with positions and Go's error texts.
///
/// Total: any octets give a value or a ``SyntaxError``. A repeated key takes the last value (spec
/// cli.md 6.1).
public struct JSONParser {
    private let octets: [UInt8]
    private let file: String
    private var offset = 0
    private var line = 1
    private var lineStart = 0
    private var depth = 0
    private var counted = (offset: 0, column: 1)

    /// Parses a whole text; any JSON value may stand at the top.
    public static func parse(
        _ octets: [UInt8],
        file: String
    ) throws(SyntaxError) -> ConfigurationValue {
        var parser = JSONParser(octets: octets, file: file)
        guard octets.count <= SyntaxLimits.maximumSize else {
            throw parser.error("text is longer than \(SyntaxLimits.maximumSize) octets")
        }
        let value = try parser.parseValue()
        parser.skipBlanks()
        guard parser.offset == octets.count else {
            throw parser.invalidCharacter("after top-level value")
        }
        return value
    }

    private init(octets: [UInt8], file: String) {
        self.octets = octets
        self.file = file
    }

    // Columns count characters: continuation octets of UTF-8 are not counted. Counted onwards from
    // the last place that was asked for, so that a long line costs linear time.
    private mutating func column() -> Int {
        if counted.offset < lineStart { counted = (lineStart, 1) }
        for octet in octets[counted.offset..<max(offset, counted.offset)] where octet & 0xc0 != 0x80
        {
            counted.column += 1
        }
        counted.offset = max(offset, counted.offset)
        return counted.column
    }

    private mutating func position() -> SourcePosition {
        SourcePosition(file: file, line: line, column: column())
    }

    private mutating func error(_ message: String) -> SyntaxError {
        SyntaxError(message: message, line: line, column: column(), namesPlace: false)
    }

    /// The error of the character at `offset`, or of the end.
    private mutating func invalidCharacter(_ context: String) -> SyntaxError {
        guard offset < octets.count else { return error("unexpected end of JSON input") }
        return error("invalid character \(Self.quote(octets[offset])) \(context)")
    }

    // Go: encoding/json quoteChar.
    private static func quote(_ octet: UInt8) -> String {
        switch octet {
        case UInt8(ascii: "'"): "'\\''"
        case UInt8(ascii: "\n"): "'\\n'"
        case UInt8(ascii: "\r"): "'\\r'"
        case UInt8(ascii: "\t"): "'\\t'"
        case UInt8(ascii: "\\"): "'\\\\'"
        case 0..<0x20, 0x7f:
            "'\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16) + "'"
        default: "'\(Unicode.Scalar(octet))'"
        }
    }

    private mutating func skipBlanks() {
        while offset < octets.count {
            switch octets[offset] {
            case UInt8(ascii: "\n"):
                offset += 1
                line += 1
                lineStart = offset
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
            default: return
            }
        }
    }

    private func next(is octet: Unicode.Scalar) -> Bool {
        offset < octets.count && octets[offset] == UInt8(ascii: octet)
    }

    private mutating func parseValue() throws(SyntaxError) -> ConfigurationValue {
        skipBlanks()
        let start = position()
        let content: ConfigurationValue.Content
        guard offset < octets.count else { throw error("unexpected end of JSON input") }
        switch octets[offset] {
        case UInt8(ascii: "{"): content = try parseObject()
        case UInt8(ascii: "["): content = try parseList()
        case UInt8(ascii: "\""): content = .string(try parseString())
        case UInt8(ascii: "t"): content = try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): content = try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): content = try parseWord("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): content = try parseNumber()
        default: throw invalidCharacter("looking for beginning of value")
        }
        return ConfigurationValue(content, at: start)
    }

    private mutating func parseWord(
        _ word: StaticString,
        _ content: ConfigurationValue.Content
    ) throws(SyntaxError) -> ConfigurationValue.Content {
        let word = Array(word.description.utf8)
        for expected in word {
            guard offset < octets.count, octets[offset] == expected else {
                throw invalidCharacter(
                    "in literal \(String(decoding: word, as: UTF8.self)) "
                        + "(expecting \(Self.quote(expected)))"
                )
            }
            offset += 1
        }
        return content
    }

    private mutating func enter() throws(SyntaxError) {
        depth += 1
        guard depth <= SyntaxLimits.maximumDepth else { throw error("exceeded max depth") }
        offset += 1
        skipBlanks()
    }

    private mutating func parseObject() throws(SyntaxError) -> ConfigurationValue.Content {
        try enter()
        var members: [ConfigurationValue.Member] = []
        var places: [String: Int] = [:]
        if next(is: "}") {
            offset += 1
            depth -= 1
            return .object([])
        }
        while true {
            guard next(is: "\"") else {
                throw invalidCharacter("looking for beginning of object key string")
            }
            let keyPosition = position()
            let key = try parseString()
            skipBlanks()
            guard next(is: ":") else { throw invalidCharacter("after object key") }
            offset += 1
            let value = try parseValue()
            let member = ConfigurationValue.Member(
                key: key,
                keyPosition: keyPosition,
                value: value
            )
            if let place = places[key] {
                members[place] = member
            } else {
                places[key] = members.count
                members.append(member)
            }
            skipBlanks()
            if next(is: "}") { break }
            guard next(is: ",") else { throw invalidCharacter("after object key:value pair") }
            offset += 1
            skipBlanks()
        }
        offset += 1
        depth -= 1
        return .object(members)
    }

    private mutating func parseList() throws(SyntaxError) -> ConfigurationValue.Content {
        try enter()
        var elements: [ConfigurationValue] = []
        if next(is: "]") {
            offset += 1
            depth -= 1
            return .list([])
        }
        while true {
            elements.append(try parseValue())
            skipBlanks()
            if next(is: "]") { break }
            guard next(is: ",") else { throw invalidCharacter("after array element") }
            offset += 1
        }
        offset += 1
        depth -= 1
        return .list(elements)
    }
}

// MARK: numbers and strings

extension JSONParser {
    private mutating func skipDigits() -> Int {
        let start = offset
        while offset < octets.count, (48...57).contains(octets[offset]) { offset += 1 }
        return offset - start
    }

    private mutating func parseNumber() throws(SyntaxError) -> ConfigurationValue.Content {
        let start = offset
        if next(is: "-") { offset += 1 }
        if next(is: "0") {
            offset += 1
        } else if skipDigits() == 0 {
            throw invalidCharacter("in numeric literal")
        }
        var isInteger = true
        if next(is: ".") {
            offset += 1
            isInteger = false
            guard skipDigits() > 0 else {
                throw invalidCharacter("after decimal point in numeric literal")
            }
        }
        if next(is: "e") || next(is: "E") {
            offset += 1
            isInteger = false
            if next(is: "+") || next(is: "-") { offset += 1 }
            guard skipDigits() > 0 else {
                throw invalidCharacter("in exponent of numeric literal")
            }
        }
        let text = String(decoding: octets[start..<offset], as: UTF8.self)
        if isInteger, let number = Int(text) { return .integer(number) }
        guard let number = Double(text), number.isFinite else {
            throw error("json: cannot unmarshal number \(text) into Go value of type float64")
        }
        return .number(number)
    }

    private mutating func parseString() throws(SyntaxError) -> String {
        offset += 1
        var value: [UInt8] = []
        while true {
            guard offset < octets.count else { throw error("unexpected end of JSON input") }
            switch octets[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                offset += 1
                try parseEscape(into: &value)
            case 0..<0x20: throw invalidCharacter("in string literal")
            case let octet:
                value.append(octet)
                offset += 1
            }
        }
    }

    private mutating func parseEscape(into value: inout [UInt8]) throws(SyntaxError) {
        guard offset < octets.count else { throw error("unexpected end of JSON input") }
        switch octets[offset] {
        case UInt8(ascii: "b"): value.append(0x08)
        case UInt8(ascii: "f"): value.append(0x0c)
        case UInt8(ascii: "n"): value.append(0x0a)
        case UInt8(ascii: "r"): value.append(0x0d)
        case UInt8(ascii: "t"): value.append(0x09)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            value.append(octets[offset])
        case UInt8(ascii: "u"):
            offset += 1
            let scalar = try parseUnicodeEscape()
            value += Array(String(Character(scalar)).utf8)
            return
        default: throw invalidCharacter("in string escape code")
        }
        offset += 1
    }

    // RFC 8259 §7: a pair of surrogates is one character; a lone one becomes U+FFFD, as in Go.
    private mutating func parseUnicodeEscape() throws(SyntaxError) -> Unicode.Scalar {
        let first = try parseHexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, offset + 1 < octets.count, octets[offset] == UInt8(ascii: "\\"),
            octets[offset + 1] == UInt8(ascii: "u")
        else { return "\u{fffd}" }
        let mark = offset
        offset += 2
        let second = try parseHexadecimal()
        guard (0xdc00..<0xe000).contains(second) else {
            offset = mark
            return "\u{fffd}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) ?? "\u{fffd}"
    }

    private mutating func parseHexadecimal() throws(SyntaxError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard offset < octets.count,
                let digit = Character(Unicode.Scalar(octets[offset])).hexDigitValue
            else { throw invalidCharacter("in \\u hexadecimal character escape") }
            number = number << 4 | UInt32(digit)
            offset += 1
        }
        return number
    }
}
