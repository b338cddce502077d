// SPDX-License-Identifier: Apache-2.0

extension RecordText {
    func tag(_ token: ZoneFileScanner.Token) throws(ZoneTextFault) -> String {
        // RFC 8659 §4.1: letters and digits, at least one.
        guard !token.isQuoted, (1...255).contains(token.octets.count),
            token.octets.allSatisfy(Self.isAlphanumeric)
        else {
            throw ZoneTextFault(
                .data,
                line: token.line,
                "\(token.text) is no tag of \(type). Write letters and digits, e.g. issue."
            )
        }
        return token.text
    }

    func word(_ token: ZoneFileScanner.Token) throws(ZoneTextFault) -> String {
        guard !token.isQuoted, token.octets.allSatisfy({ (0x21...0x7e).contains($0) || $0 == 0x20 })
        else {
            throw ZoneTextFault(
                .data,
                line: token.line,
                "\(token.text) is no word of \(type). Write it without quotes around it."
            )
        }
        return token.text
    }

    func hexadecimal(
        _ tokens: ArraySlice<ZoneFileScanner.Token>,
        _ name: String
    ) throws(ZoneTextFault) -> String {
        let digits = tokens.flatMap(\.octets)
        guard tokens.allSatisfy({ !$0.isQuoted }), digits.count.isMultiple(of: 2),
            digits.allSatisfy({ UnknownRecordText.value(ofHexadecimal: $0) != nil })
        else {
            throw ZoneTextFault(
                .data,
                line: line,
                "The \(name) of \(type) is not hexadecimal. Write two digits of 0-9a-f an octet."
            )
        }
        return String(decoding: digits, as: UTF8.self)
    }

    func base64(
        _ tokens: ArraySlice<ZoneFileScanner.Token>,
        _ name: String
    ) throws(ZoneTextFault) -> String {
        let digits = tokens.flatMap(\.octets)
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let isRight = digits.dropLast(padding).allSatisfy {
            Self.isAlphanumeric($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/")
        }
        guard tokens.allSatisfy({ !$0.isQuoted }), digits.count.isMultiple(of: 4), padding <= 2,
            isRight
        else {
            throw ZoneTextFault(
                .data,
                line: line,
                "The \(name) of \(type) is not base64. Write A-Z a-z 0-9 + / in groups of four, "
                    + "the last filled with =."
            )
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
