// SPDX-License-Identifier: Apache-2.0

/// The generic form of data, `\# length hexadecimal` (RFC 3597 §5); read and printed without
/// libldns, whose reader trusts the length and the digits.
enum UnknownRecordText {
    /// Whether the tokens are in the generic form.
    static func begins(_ tokens: ArraySlice<ZoneFileScanner.Token>) -> Bool {
        tokens.first.map { !$0.isQuoted && $0.octets == Array("\\#".utf8) } ?? false
    }

    /// The octets that the tokens spell out.
    static func parse(
        _ tokens: ArraySlice<ZoneFileScanner.Token>,
        line: Int
    ) throws(ZoneTextFault) -> [UInt8] {
        let fields = tokens.dropFirst()
        guard let length = fields.first, !length.isQuoted, (1...5).contains(length.octets.count),
            length.octets.allSatisfy(isDigit), let count = Int(length.text),
            count <= ZoneFileLimits.dataOctets
        else {
            throw ZoneTextFault(
                .data,
                line: line,
                "\\# needs the length in octets, 0 to \(ZoneFileLimits.dataOctets), after it."
            )
        }
        let digits = fields.dropFirst().flatMap(\.octets)
        let values = digits.compactMap(value(ofHexadecimal:))
        guard values.count == digits.count, fields.dropFirst().allSatisfy({ !$0.isQuoted }) else {
            throw ZoneTextFault(
                .data,
                line: line,
                "The data after \\# is not hexadecimal. Write digits 0-9a-f."
            )
        }
        guard values.count == 2 * count else {
            throw ZoneTextFault(
                .data,
                line: line,
                "\\# announces \(count) octets, \(values.count) digits follow. "
                    + "Write \(2 * count) digits or mend the length."
            )
        }
        return (0..<count).map { values[2 * $0] << 4 | values[2 * $0 + 1] }
    }

    /// The generic form of the octets.
    static func print(_ octets: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("\\# \(octets.count)".utf8)
        if !octets.isEmpty { text.append(UInt8(ascii: " ")) }
        for octet in octets { text += [digits[Int(octet >> 4)], digits[Int(octet & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// The value of a hexadecimal digit.
    static func value(ofHexadecimal octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
