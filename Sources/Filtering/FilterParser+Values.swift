// SPDX-License-Identifier: Apache-2.0

/// Selectors and values (HTTP API 3.5).
extension FilterParser {
    // selector = ident { "." ident | "[" string "]" }
    mutating func selector() -> [String]? {
        guard let first = identifier() else { return nil }
        var path = [first]
        while true {
            let start = position
            if take(".") {
                if let name = identifier() {
                    path.append(name)
                    continue
                }
            } else if take("["), let key = string(), take("]") {
                path.append(String(decoding: key, as: UTF8.self))
                continue
            }
            position = start
            return path
        }
    }

    // ident = letter { letter | digit | "_" }
    private mutating func identifier() -> String? {
        let start = position
        guard take("[a-zA-Z]", where: Self.isLetter) != nil else { return nil }
        while take(
            "[a-zA-Z0-9_]",
            where: { Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "_") }
        ) != nil {}
        return String(decoding: octets[start..<position], as: UTF8.self)
    }

    // value = selector | number | string; a bare word is its text.
    mutating func value() -> [UInt8]? {
        let start = position
        if selector() != nil { return Array(octets[start..<position]) }
        position = start
        if takeNumber() { return Array(octets[start..<position]) }
        position = start
        return string()
    }

    // number = ["-"] ("0" | digit1 {digit}) ["." {digit}], then space, ")" or end.
    private mutating func takeNumber() -> Bool {
        _ = take("-")
        if !take("0") {
            guard let first = take("[1-9]", where: Self.isDigit), first != UInt8(ascii: "0")
            else { return false }
            takeDigits()
        }
        if take(".") { takeDigits() }
        guard position < octets.count else { return true }
        let next = octets[position]
        if Self.isSpace(next) || next == UInt8(ascii: ")") { return true }
        note("EOF")
        return false
    }

    private mutating func takeDigits() {
        while take("[0-9]", where: Self.isDigit) != nil {}
    }

    /// A string in double quotes, with Go's escapes, or in back quotes, raw.
    mutating func string() -> [UInt8]? {
        let start = position
        if take("`") {
            let text = octets[position...].prefix { $0 != UInt8(ascii: "`") }
            position += text.count
            if take("`") { return Array(text) }
        } else if take("\"") {
            var result: [UInt8] = []
            while position < octets.count, octets[position] != 0x0A {
                let octet = octets[position]
                if octet == UInt8(ascii: "\"") {
                    position += 1
                    return result
                }
                position += 1
                if octet != UInt8(ascii: "\\") {
                    result.append(octet)
                } else if !takeEscape(into: &result) {
                    break
                }
            }
            note("\"\\\"\"")
        }
        position = start
        return nil
    }

    /// Takes the rest of an escape, as Go's string literals have them.
    private mutating func takeEscape(into result: inout [UInt8]) -> Bool {
        guard position < octets.count else { return false }
        let octet = octets[position]
        if let control = Self.escapes[octet] {
            position += 1
            result.append(control)
            return true
        }
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            guard let number = takeNumber(digits: 3, radix: 8), number < 256 else { return false }
            result.append(UInt8(number))
        case UInt8(ascii: "x"):
            position += 1
            guard let number = takeNumber(digits: 2, radix: 16) else { return false }
            result.append(UInt8(truncatingIfNeeded: number))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            position += 1
            let count = octet == UInt8(ascii: "u") ? 4 : 8
            guard let number = takeNumber(digits: count, radix: 16),
                let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init)
            else { return false }
            result.append(contentsOf: String(scalar).utf8)
        default: return false
        }
        return true
    }

    private mutating func takeNumber(digits count: Int, radix: Int) -> Int? {
        guard octets.count - position >= count else { return nil }
        var number = 0
        for octet in octets[position..<position + count] {
            guard let digit = GoText.digit(octet), digit < radix else { return nil }
            // At most 8 hexadecimal digits: no overflow.
            number = number * radix + digit
        }
        position += count
        return number
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
        UInt8(ascii: "v"): 0x0B, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "\""): 0x22,
    ]

    private static func isLetter(_ octet: UInt8) -> Bool {
        octet | 0x20 >= UInt8(ascii: "a") && octet | 0x20 <= UInt8(ascii: "z")
    }

    private static func isDigit(_ octet: UInt8) -> Bool {
        octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9")
    }
}
