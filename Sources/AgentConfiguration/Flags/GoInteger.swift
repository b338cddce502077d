// SPDX-License-Identifier: Apache-2.0

/// Integers as Go's `strconv` reads them with base 0: decimal, `0x`, `0o`, `0b`, octal behind a
/// leading zero, and underscores between digits or behind a prefix.
enum GoInteger {
    /// Why a text is no such number, in the words of Go's `flag` package.
    enum Problem: String, Error {
        case syntax = "parse error"
        case range = "value out of range"
    }

    /// Go's `ParseUint`: no sign, 64 bits.
    static func unsigned(_ text: some StringProtocol) throws(Problem) -> UInt64 {
        let octets = Array(text.utf8)
        let (radix, start) = base(of: octets)
        guard start < octets.count else { throw .syntax }
        var value: UInt64 = 0
        for octet in octets[start...] where octet != UInt8(ascii: "_") {
            guard let digit = digit(octet), digit < radix else { throw .syntax }
            let (product, overflows) = value.multipliedReportingOverflow(by: radix)
            let (sum, overflowsToo) = product.addingReportingOverflow(digit)
            // Go does not look at what follows.
            if overflows || overflowsToo { throw .range }
            value = sum
        }
        guard underscoresFit(octets, from: start) else { throw .syntax }
        return value
    }

    /// Go's `ParseInt`: a sign or none, 64 bits.
    static func signed(_ text: String) throws(Problem) -> Int {
        var digits = Substring(text)
        var isNegative = false
        if let first = digits.first, first == "-" || first == "+" {
            isNegative = first == "-"
            digits.removeFirst()
        }
        let magnitude = try unsigned(digits)
        if isNegative {
            guard magnitude <= Int.min.magnitude else { throw .range }
            return Int(truncatingIfNeeded: 0 &- magnitude)
        }
        guard let value = Int(exactly: magnitude) else { throw .range }
        return value
    }

    /// The base that a text's beginning says, and where its digits begin.
    private static func base(of octets: [UInt8]) -> (radix: UInt64, start: Int) {
        guard octets.count > 1, octets[0] == UInt8(ascii: "0") else { return (10, 0) }
        switch octets[1] | 0x20 {
        case UInt8(ascii: "x"): return (16, 2)
        case UInt8(ascii: "o"): return (8, 2)
        case UInt8(ascii: "b"): return (2, 2)
        default: return (8, 1)
        }
    }

    /// Whether each underscore stands behind a digit or the prefix, and before a digit.
    private static func underscoresFit(_ octets: [UInt8], from start: Int) -> Bool {
        // The prefix counts as a digit; a number in base 10 has none.
        var follows = start > 0
        for octet in octets[start...] {
            if octet == UInt8(ascii: "_") {
                guard follows else { return false }
                follows = false
            } else {
                follows = true
            }
        }
        return octets.last != UInt8(ascii: "_")
    }

    private static func digit(_ octet: UInt8) -> UInt64? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(octet - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(octet - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(octet - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
