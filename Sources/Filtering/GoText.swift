// SPDX-License-Identifier: Apache-2.0

/// Texts as Go reads and writes them.
enum GoText {
    /// The text in double quotes, as `%q` writes it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<" ", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Reads a number as `strconv.ParseInt` with base 0 does; the error is Go's text.
    static func integer(_ text: String) -> Result<Int, GoTextError> {
        func problem(_ reason: String) -> Result<Int, GoTextError> {
            .failure(GoTextError("strconv.ParseInt: parsing \(quoted(text)): \(reason)"))
        }
        var digits = Array(text.utf8)[...]
        var isNegative = false
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            digits = digits.dropFirst()
        }
        let radix = takeRadix(&digits)
        guard !digits.isEmpty else { return problem("invalid syntax") }
        var number = 0
        var isTooLarge = false
        for octet in digits {
            guard let digit = digit(octet), digit < radix else {
                return problem("invalid syntax")
            }
            let (product, first) = number.multipliedReportingOverflow(by: radix)
            let (sum, second) = product.addingReportingOverflow(isNegative ? -digit : digit)
            isTooLarge = isTooLarge || first || second
            number = sum
        }
        return isTooLarge ? problem("value out of range") : .success(number)
    }

    /// Reads a number as `strconv.ParseFloat` with 32 bits does; the error is Go's text.
    static func number(_ text: String) -> Result<Float, GoTextError> {
        func problem(_ reason: String) -> Result<Float, GoTextError> {
            .failure(GoTextError("strconv.ParseFloat: parsing \(quoted(text)): \(reason)"))
        }
        // Swift reads what C does: in Go the sign of "nan" and its payload are no numbers.
        guard let number = Float(text), !text.contains("(") else {
            return problem("invalid syntax")
        }
        let isNamed = text.utf8.contains { $0 | 0x20 == UInt8(ascii: "i") }
        return number.isInfinite && !isNamed ? problem("value out of range") : .success(number)
    }

    /// Reads a truth value as `strconv.ParseBool` does; the error is Go's text.
    static func boolean(_ text: String) -> Result<Bool, GoTextError> {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": .success(true)
        case "0", "f", "F", "FALSE", "false", "False": .success(false)
        default:
            .failure(
                GoTextError("strconv.ParseBool: parsing \(quoted(text)): invalid syntax")
            )
        }
    }

    /// The value of a digit of base 36.
    static func digit(_ octet: UInt8) -> Int? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(octet - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(octet - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(octet - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// Go: `0x`, `0o`, `0b` and a leading `0` choose the base.
    private static func takeRadix(_ digits: inout ArraySlice<UInt8>) -> Int {
        guard digits.count > 1, digits.first == UInt8(ascii: "0") else { return 10 }
        digits = digits.dropFirst()
        let radix: Int
        switch digits.first {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): radix = 16
        case UInt8(ascii: "o"), UInt8(ascii: "O"): radix = 8
        case UInt8(ascii: "b"), UInt8(ascii: "B"): radix = 2
        default: return 8
        }
        digits = digits.dropFirst()
        return radix
    }
}

/// Why Go does not read a text as a number or truth value.
struct GoTextError: Error, Hashable, Sendable {
    /// Go's text.
    var text: String

    /// Makes an error.
    init(_ text: String) { self.text = text }
}
