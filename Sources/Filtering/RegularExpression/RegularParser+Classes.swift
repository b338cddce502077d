// SPDX-License-Identifier: Apache-2.0

/// Escapes and character classes.
extension RegularParser {
    /// Takes an escape outside of a class.
    mutating func escape() throws(RegularExpressionError) -> RegularNode {
        let condition: RegularCondition? =
            switch peek(1) {
            case .some("A"): .textBegin
            case .some("z"): .textEnd
            case .some("b"): .wordBoundary
            case .some("B"): .noWordBoundary
            default: nil
            }
        if let condition {
            position += 2
            return .condition(condition)
        }
        if let ranges = peek(1).flatMap(NamedClass.perl) {
            position += 2
            return .set(ScalarSet(ranges, ignoresCase: flags.ignoresCase))
        }
        return literal(try escapedScalar())
    }

    /// Takes `[…]`.
    mutating func characterClass() throws(RegularExpressionError) -> ScalarSet {
        let start = position
        position += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        // RE2: a bracket at the beginning is a member.
        while isFirst || next != "]" {
            isFirst = false
            if let named = try namedClass() {
                ranges += named
                continue
            }
            let rangeStart = position
            let low = try classScalar(from: start)
            var high = low
            if next == "-", peek(1) != nil, peek(1) != "]" {
                position += 1
                high = try classScalar(from: start)
            }
            guard low <= high else { throw error(.invalidRange, from: rangeStart, to: position) }
            ranges.append(low.value...high.value)
        }
        position += 1
        let set = ScalarSet(ranges, ignoresCase: flags.ignoresCase)
        return isNegated ? set.complement : set
    }

    /// Takes `\d` and the like, or `[:name:]`, inside a class.
    private mutating func namedClass() throws(RegularExpressionError) -> [ClosedRange<UInt32>]? {
        if next == "\\", let ranges = peek(1).flatMap(NamedClass.perl) {
            position += 2
            return ranges
        }
        guard next == "[", peek(1) == ":" else { return nil }
        var end = position + 2
        while end + 1 < scalars.count, scalars[end] != ":" || scalars[end + 1] != "]" { end += 1 }
        // Without an end the bracket is a member.
        guard end + 1 < scalars.count else { return nil }
        var name = String.UnicodeScalarView()
        name.append(contentsOf: scalars[position + 2..<end])
        let isNegated = name.first == "^"
        if isNegated { name.removeFirst() }
        guard let ranges = NamedClass.posix(String(name)) else {
            throw error(.invalidRange, from: position, to: end + 2)
        }
        position = end + 2
        return NamedClass.ranges(ranges, negated: isNegated)
    }

    private mutating func classScalar(
        from start: Int
    ) throws(RegularExpressionError) -> Unicode.Scalar {
        guard let scalar = next else { throw error(.missingBracket, from: start, to: nil) }
        if scalar == "\\" { return try escapedScalar() }
        position += 1
        return scalar
    }

    /// Takes an escape that stands for one character.
    private mutating func escapedScalar() throws(RegularExpressionError) -> Unicode.Scalar {
        let start = position
        position += 1
        guard let scalar = next else { throw RegularExpressionError(.trailingBackslash, "") }
        position += 1
        switch scalar {
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "0"..."7":
            // RE2: a single digit other than 0 would be a back reference.
            let isOctal = scalar == "0" || next.map { ("0"..."7").contains($0) } == true
            guard isOctal else { break }
            position -= 1
            if let scalar = takeScalar(radix: 8, atMost: 3) { return scalar }
        case "x":
            if take("{") {
                if let scalar = takeScalar(radix: 16, atMost: 8), take("}") { return scalar }
            } else if let digit = peek(1), digit.isASCII,
                GoText.digit(UInt8(ascii: digit)) ?? 16 < 16,
                let scalar = takeScalar(radix: 16, atMost: 2)
            {
                return scalar
            }
        case "p", "P": throw error(.invalidRange, from: start, to: position + 1)
        default:
            // RE2: punctuation stands for itself.
            let isLetterOrDigit =
                scalar.isASCII && GoText.digit(UInt8(ascii: scalar)) != nil
            if scalar.isASCII, !isLetterOrDigit { return scalar }
        }
        throw error(.invalidEscape, from: start, to: position)
    }

    private mutating func takeScalar(radix: Int, atMost count: Int) -> Unicode.Scalar? {
        var number: UInt32?
        var taken = 0
        while taken < count, let scalar = next, scalar.isASCII,
            let digit = GoText.digit(UInt8(ascii: scalar)), digit < radix
        {
            // At most 8 hexadecimal digits: no overflow.
            number = (number ?? 0) * UInt32(radix) + UInt32(digit)
            position += 1
            taken += 1
        }
        return number.flatMap(Unicode.Scalar.init)
    }
}
