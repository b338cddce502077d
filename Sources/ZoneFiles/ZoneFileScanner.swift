// SPDX-License-Identifier: Apache-2.0

/// Cuts a master file (RFC 1035 §5.1) into entries of tokens.
///
/// What libldns would read wrongly is refused here, before any call: NUL and other control
/// octets, parentheses that do not close, strings that run over the line, escapes that are none.
struct ZoneFileScanner {
    /// A word or a string, still with its escapes.
    struct Token: Hashable {
        var octets: [UInt8]
        var isQuoted: Bool
        var line: Int
    }

    /// A record or directive, over as many lines as its parentheses span.
    struct Entry {
        var line: Int
        /// The entry's first line began with a blank: the owner is the previous one.
        var repeatsOwner: Bool
        var tokens: [Token]
    }

    private let octets: [UInt8]
    private var position = 0
    private var line = 1

    init(_ octets: [UInt8]) {
        self.octets = octets
        // A byte order mark is not part of the text (Unicode 16, §23.8).
        if octets.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    }

    /// The next entry that holds anything, or nil at the end of the file.
    mutating func next() throws(ZoneTextFault) -> Entry? {
        while position < octets.count {
            let repeatsOwner = isBlank(octets[position])
            let entry = try scanEntry(repeatsOwner: repeatsOwner)
            if !entry.tokens.isEmpty { return entry }
        }
        return nil
    }

    private mutating func scanEntry(repeatsOwner: Bool) throws(ZoneTextFault) -> Entry {
        var entry = Entry(line: line, repeatsOwner: repeatsOwner, tokens: [])
        var openLines: [Int] = []
        let start = position
        scan: while position < octets.count {
            guard position - start <= ZoneFileLimits.entryOctets || entry.tokens.isEmpty else {
                throw ZoneTextFault(
                    .tooLarge,
                    line: entry.line,
                    "This entry is longer than \(ZoneFileLimits.entryOctets) octets. "
                        + "Close its parentheses or split the record."
                )
            }
            let octet = octets[position]
            switch octet {
            case UInt8(ascii: "\n"):
                position += 1
                line += 1
                if openLines.isEmpty { break scan }
            case UInt8(ascii: "\r") where following() == UInt8(ascii: "\n"),
                UInt8(ascii: " "), UInt8(ascii: "\t"):
                position += 1
            case UInt8(ascii: ";"):
                try skipComment()
            case UInt8(ascii: "("):
                guard openLines.count < ZoneFileLimits.parentheses else {
                    throw ZoneTextFault(
                        .syntax,
                        line: line,
                        "Too many '(' inside one another. Close them with ')'."
                    )
                }
                openLines.append(line)
                position += 1
            case UInt8(ascii: ")"):
                guard openLines.popLast() != nil else {
                    throw ZoneTextFault(
                        .syntax,
                        line: line,
                        "')' without a '(' before it. Remove it."
                    )
                }
                position += 1
            default:
                if entry.tokens.isEmpty { entry.line = line }
                entry.tokens.append(try scanToken())
            }
        }
        if let open = openLines.last {
            throw ZoneTextFault(
                .syntax,
                line: open,
                "'(' is not closed before the end of the file. Add ')' after the record's data."
            )
        }
        return entry
    }

    private mutating func scanToken() throws(ZoneTextFault) -> Token {
        if octets[position] == UInt8(ascii: "\"") {
            var token = Token(octets: [], isQuoted: true, line: line)
            try scanString(into: &token.octets)
            return token
        }
        var token = Token(octets: [], isQuoted: false, line: line)
        while position < octets.count {
            let octet = octets[position]
            switch octet {
            case UInt8(ascii: "\r") where following() == UInt8(ascii: "\n"),
                UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"),
                UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"):
                return token
            case UInt8(ascii: "\\"):
                try scanEscape(into: &token.octets)
            case UInt8(ascii: "\""):
                // RFC 9460 §2.1: a parameter's value may be quoted: alpn="h2,h3".
                token.octets.append(octet)
                try scanString(into: &token.octets)
                token.octets.append(octet)
            default:
                try check(octet)
                token.octets.append(octet)
                position += 1
            }
            try check(lengthOf: token)
        }
        return token
    }

    /// Reads from the opening to the closing quote; escapes stay as they are.
    private mutating func scanString(into text: inout [UInt8]) throws(ZoneTextFault) {
        let start = line
        position += 1
        while position < octets.count, octets[position] != UInt8(ascii: "\n") {
            let octet = octets[position]
            if octet == UInt8(ascii: "\"") {
                position += 1
                return
            }
            if octet == UInt8(ascii: "\\") {
                try scanEscape(into: &text)
            } else {
                if octet != UInt8(ascii: "\t") { try check(octet) }
                text.append(octet)
                position += 1
            }
            guard text.count <= ZoneFileLimits.tokenOctets else { throw tooLong(line: start) }
        }
        throw ZoneTextFault(
            .syntax,
            line: start,
            "The string is not closed on its line. Close it with '\"'; write a line break as \\010."
        )
    }

    /// RFC 1035 §5.1: `\X` is X itself, `\DDD` the octet of that decimal number.
    private mutating func scanEscape(into text: inout [UInt8]) throws(ZoneTextFault) {
        guard let first = following(), first != UInt8(ascii: "\n"), first != UInt8(ascii: "\r")
        else {
            throw ZoneTextFault(
                .syntax,
                line: line,
                "'\\' at the end of the line. Write '\\\\' for a backslash."
            )
        }
        guard isDigit(first) else {
            try check(first)
            text += [UInt8(ascii: "\\"), first]
            position += 2
            return
        }
        let digits = octets[(position + 1)..<min(position + 4, octets.count)]
        guard digits.count == 3, digits.allSatisfy(isDigit),
            digits.reduce(0, { $0 * 10 + Int($1 - UInt8(ascii: "0")) }) <= 255
        else {
            throw ZoneTextFault(
                .syntax,
                line: line,
                "'\\' and a digit begin an escape of three digits from \\000 to \\255."
            )
        }
        text.append(UInt8(ascii: "\\"))
        text += digits
        position += 4
    }

    private mutating func skipComment() throws(ZoneTextFault) {
        while position < octets.count, octets[position] != UInt8(ascii: "\n") {
            guard octets[position] != 0 else { throw control(0) }
            position += 1
        }
    }

    private func check(_ octet: UInt8) throws(ZoneTextFault) {
        if octet < 0x20 || octet == 0x7f { throw control(octet) }
    }

    private func check(lengthOf token: Token) throws(ZoneTextFault) {
        guard token.octets.count <= ZoneFileLimits.tokenOctets else {
            throw tooLong(line: token.line)
        }
    }

    private func tooLong(line: Int) -> ZoneTextFault {
        ZoneTextFault(
            .tooLarge,
            line: line,
            "A word longer than \(ZoneFileLimits.tokenOctets) octets. Split it with blanks."
        )
    }

    private func control(_ octet: UInt8) -> ZoneTextFault {
        let digits = String(octet)
        let padded = String(repeating: "0", count: 3 - digits.count) + digits
        return ZoneTextFault(
            .syntax,
            line: line,
            "Control character \(octet) in the text. Remove it, or write it as \\\(padded)."
        )
    }

    private func following() -> UInt8? {
        position + 1 < octets.count ? octets[position + 1] : nil
    }

    private func isBlank(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t")
    }
}

/// Whether the octet is one of `0`…`9`.
func isDigit(_ octet: UInt8) -> Bool { octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9") }

extension ZoneFileScanner.Token {
    /// The token as text, for messages and for names; octets outside ASCII become `\DDD`.
    var text: String {
        octets.allSatisfy { $0 < 0x80 }
            ? String(decoding: octets, as: UTF8.self)
            : octets.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "\\\($0)" }.joined()
    }
}
