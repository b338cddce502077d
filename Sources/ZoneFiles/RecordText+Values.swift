// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

extension RecordText {
    /// A number of as many bits, in plain decimal digits.
    func number(
        _ token: ZoneFileScanner.Token,
        bits: Int,
        _ name: String
    ) throws(ZoneTextFault) -> UInt64 {
        let limit = (UInt64(1) << UInt64(bits)) - 1
        guard !token.isQuoted, !token.octets.isEmpty, token.octets.count <= 10,
            token.octets.allSatisfy(isDigit), let value = UInt64(token.text), value <= limit
        else {
            throw ZoneTextFault(
                .data,
                line: token.line,
                "\(token.text) is no \(name) of \(type). Write a number from 0 to \(limit)."
            )
        }
        return value
    }

    /// A time in seconds, or with the units of BIND: `1w2d3h4m5s`.
    static func period(_ token: ZoneFileScanner.Token, what: String) throws(ZoneTextFault) -> UInt32
    {
        guard !token.isQuoted, let value = Period.parse(token.octets) else {
            throw ZoneTextFault(
                .timeToLive,
                line: token.line,
                "\(token.text) is no \(what). Write seconds up to "
                    + "\(ZoneFileLimits.timeToLive), or units as in 1h30m."
            )
        }
        return value
    }

    func address(
        _ token: ZoneFileScanner.Token,
        _ example: String,
        parse: (String) -> String?
    ) throws(ZoneTextFault) -> String {
        guard !token.isQuoted, let address = parse(token.text) else {
            throw ZoneTextFault(
                .data,
                line: token.line,
                "\(token.text) is no address for \(type). Write one as \(example)."
            )
        }
        return address
    }

    func string(_ token: ZoneFileScanner.Token) throws(ZoneTextFault) -> String {
        guard token.isQuoted || !token.octets.contains(UInt8(ascii: "\"")) else {
            throw ZoneTextFault(
                .syntax,
                line: token.line,
                "A '\"' inside a word. Put the whole string in quotes, or write \\\"."
            )
        }
        let octets = Self.unescaped(token.octets)
        // RFC 1035 §3.3: a length octet precedes the string. RFC 7553 §4.4: URI's target has none.
        guard octets.count <= 255 || layout.mnemonic == "URI" else {
            throw ZoneTextFault(
                .data,
                line: token.line,
                "A string of \(octets.count) octets. Split it into strings of at most 255."
            )
        }
        let text = octets.map { octet in
            switch octet {
            case 0x20...0x7e where octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\"):
                String(UnicodeScalar(octet))
            default: Self.decimalEscape(octet)
            }
        }
        return "\"" + text.joined() + "\""
    }

    /// The octets that a word with escapes stands for.
    static func unescaped(_ text: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = []
        var position = 0
        while position < text.count {
            guard text[position] == UInt8(ascii: "\\"), position + 1 < text.count else {
                octets.append(text[position])
                position += 1
                continue
            }
            let digits = text[(position + 1)..<min(position + 4, text.count)]
            if digits.count == 3, digits.allSatisfy(isDigit) {
                let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
                octets.append(UInt8(truncatingIfNeeded: value))
                position += 4
            } else {
                octets.append(text[position + 1])
                position += 2
            }
        }
        return octets
    }

    /// `\DDD` (RFC 1035 §5.1).
    static func decimalEscape(_ octet: UInt8) -> String {
        let digits = String(octet)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
