// SPDX-License-Identifier: Apache-2.0

/// Reads the first JSON value of a request body.
///
/// What follows it is ignored, as Go's `json.Decoder` does; error texts are Go's.
struct JSONParser {
    /// How deeply arrays and objects may be nested.
    ///
    /// No Consul body needs more than ten.
    static let maximumDepth = 100

    private let octets: [UInt8]
    private var position = 0
    private var depth = 0

    /// Reads the first value of a text.
    ///
    /// - Throws: ``JSONSyntaxError``
    static func parse(_ octets: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(octets: octets)
        parser.skipSpace()
        guard parser.position < octets.count else { throw .empty }
        return try parser.value()
    }

    private init(octets: [UInt8]) { self.octets = octets }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        switch try peek() {
        case UInt8(ascii: "{"):
            return try nested { parser throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["):
            return try nested { parser throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw invalid("looking for beginning of value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw .tooDeep }
        depth += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var members: [JSONMember] = []
        skipSpace()
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else {
                throw invalid("looking for beginning of object key string")
            }
            let name = try string()
            skipSpace()
            guard try peek() == UInt8(ascii: ":") else { throw invalid("after object key") }
            position += 1
            skipSpace()
            members.append(JSONMember(name: name, value: try value()))
            skipSpace()
            switch try peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return .object(members)
            default: throw invalid("after object key:value pair")
            }
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            switch try peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return .array(elements)
            default: throw invalid("after array element")
            }
        }
    }

    private mutating func literal(
        _ text: String,
        _ value: JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        for expected in text.utf8 {
            guard try peek() == expected else {
                let character = Character(Unicode.Scalar(expected))
                throw invalid("in literal \(text) (expecting '\(character)')")
            }
            position += 1
        }
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        if octets[position] == UInt8(ascii: "-") { position += 1 }
        if try peek() == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits("in numeric literal")
        }
        if position < octets.count, octets[position] == UInt8(ascii: ".") {
            position += 1
            try digits("after decimal point in numeric literal")
        }
        if position < octets.count, octets[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            let sign = try peek()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try digits("in exponent of numeric literal")
        }
        return .number(String(decoding: octets[start..<position], as: UTF8.self))
    }

    private mutating func digits(_ context: String) throws(JSONSyntaxError) {
        guard isDigit(try peek()) else { throw invalid(context) }
        while position < octets.count, isDigit(octets[position]) { position += 1 }
    }

    private func isDigit(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
    }

    private mutating func skipSpace() {
        while position < octets.count {
            switch octets[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONSyntaxError) -> UInt8 {
        guard position < octets.count else { throw .unexpectedEnd }
        return octets[position]
    }

    private func invalid(_ context: String) -> JSONSyntaxError {
        .invalidCharacter(Self.goQuoted(octets[position]), context: context)
    }

    /// Go: `quoteChar`.
    private static func goQuoted(_ octet: UInt8) -> String {
        switch octet {
        case UInt8(ascii: "'"): "'\\''"
        case UInt8(ascii: "\""): "'\"'"
        case UInt8(ascii: "\\"): "'\\\\'"
        case 0x0A: "'\\n'"
        case 0x0D: "'\\r'"
        case 0x09: "'\\t'"
        case 0x20..<0x7F: "'\(Character(Unicode.Scalar(octet)))'"
        case 0x80..<0xA0: "'\\u00\(String(octet, radix: 16))'"
        case 0xA0...0xFF: "'\(Character(Unicode.Scalar(octet)))'"
        default: "'\\x\(octet < 16 ? "0" : "")\(String(octet, radix: 16))'"
        }
    }
}

extension JSONParser {
    /// Reads a string; invalid UTF-8 and lone surrogates become U+FFFD, as in Go.
    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        while try peek() != UInt8(ascii: "\""), octets[position] != UInt8(ascii: "\\") {
            try refuseControl()
            position += 1
        }
        var text = Array(octets[start..<position])
        while try peek() != UInt8(ascii: "\"") {
            if octets[position] == UInt8(ascii: "\\") {
                position += 1
                text.append(contentsOf: String(try escape()).utf8)
            } else {
                try refuseControl()
                text.append(octets[position])
                position += 1
            }
        }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    private func refuseControl() throws(JSONSyntaxError) {
        if octets[position] < 0x20 { throw invalid("in string literal") }
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let letter = try peek()
        let scalar: Unicode.Scalar
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            scalar = Unicode.Scalar(letter)
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{c}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"):
            position += 1
            return try unicodeEscape()
        default: throw invalid("in string escape code")
        }
        position += 1
        return scalar
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // A surrogate: only a high one with a low one after it makes a character.
        let mark = position
        if first < 0xDC00, position + 1 < octets.count, octets[position] == UInt8(ascii: "\\"),
            octets[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            let second = try fourDigits()
            if (0xDC00..<0xE000).contains(second),
                let pair = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
            {
                return pair
            }
            position = mark
        }
        return "\u{FFFD}"
    }

    private mutating func fourDigits() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let octet = try peek()
            let digit: UInt8
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = octet - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = octet - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = octet - UInt8(ascii: "A") + 10
            default: throw invalid("in \\u hexadecimal character escape")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
