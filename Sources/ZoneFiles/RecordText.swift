// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

/// The data of a record, checked field by field and rewritten so that libldns cannot misread it:
/// one line, names absolute, numbers in range, strings quoted, doubtful octets as `\DDD`.
struct RecordText {
    /// What a field of RDATA may hold.
    enum Field: Hashable {
        case address(bits: Int)
        case name
        case number(bits: Int)
        case period
        case string
        /// One or more strings, to the end of the record.
        case strings
        /// Hexadecimal digits, blanks between them allowed, to the end of the record.
        case hexadecimal
        /// Base64, blanks between the parts allowed, to the end of the record.
        case base64
        /// Letters and digits, e.g. a CAA tag.
        case tag
        /// Words of printable ASCII to the end of the record; none is fine.
        case words
    }

    /// The types that are read in their own presentation form; all others in that of RFC 3597.
    static let fields: [RecordType: [(name: String, field: Field)]] = {
        var table: [String: [(name: String, field: Field)]] = [
            "A": [("address", .address(bits: 32))],  // RFC 1035 §3.4.1
            "AAAA": [("address", .address(bits: 128))],  // RFC 3596 §2.4
            "NS": [("name", .name)],  // RFC 1035 §3.3.11
            "CNAME": [("name", .name)],  // RFC 1035 §3.3.1
            "PTR": [("name", .name)],  // RFC 1035 §3.3.12
            "MX": [("preference", .number(bits: 16)), ("exchange", .name)],  // RFC 1035 §3.3.9
            "TXT": [("strings", .strings)],  // RFC 1035 §3.3.14
            "SPF": [("strings", .strings)],  // RFC 4408 §3.1.1
            "HINFO": [("cpu", .string), ("os", .string)],  // RFC 1035 §3.3.2
            "RP": [("mailbox", .name), ("text", .name)],  // RFC 1183 §2.2
            "AFSDB": [("subtype", .number(bits: 16)), ("host", .name)],  // RFC 1183 §1
            "KX": [("preference", .number(bits: 16)), ("exchanger", .name)],  // RFC 2230 §3.1
            "LOC": [("place", .words)],  // RFC 1876 §3
            "SSHFP": [  // RFC 4255 §3.1
                ("algorithm", .number(bits: 8)), ("kind", .number(bits: 8)),
                ("fingerprint", .hexadecimal),
            ],
            "CAA": [("flags", .number(bits: 8)), ("tag", .tag), ("value", .string)],  // RFC 8659 §4
            "URI": [  // RFC 7553 §4
                ("priority", .number(bits: 16)), ("weight", .number(bits: 16)),
                ("target", .string),
            ],
            "OPENPGPKEY": [("key", .base64)],  // RFC 7929 §2.3
        ]
        table["SOA"] = [  // RFC 1035 §3.3.13
            ("primary", .name), ("mailbox", .name), ("serial", .number(bits: 32)),
            ("refresh", .period), ("retry", .period), ("expire", .period), ("minimum", .period),
        ]
        table["SRV"] = [  // RFC 2782
            ("priority", .number(bits: 16)), ("weight", .number(bits: 16)),
            ("port", .number(bits: 16)), ("target", .name),
        ]
        table["NAPTR"] = [  // RFC 3403 §4
            ("order", .number(bits: 16)), ("preference", .number(bits: 16)), ("flags", .string),
            ("services", .string), ("expression", .string), ("replacement", .name),
        ]
        for type in ["DS", "CDS"] {  // RFC 4034 §5.3, RFC 7344 §3.1
            table[type] = [
                ("tag", .number(bits: 16)), ("algorithm", .number(bits: 8)),
                ("digest kind", .number(bits: 8)), ("digest", .hexadecimal),
            ]
        }
        for type in ["DNSKEY", "CDNSKEY"] {  // RFC 4034 §2.2, RFC 7344 §3.2
            table[type] = [
                ("flags", .number(bits: 16)), ("protocol", .number(bits: 8)),
                ("algorithm", .number(bits: 8)), ("key", .base64),
            ]
        }
        for type in ["TLSA", "SMIMEA"] {  // RFC 6698 §2.2, RFC 8162 §2
            table[type] = [
                ("usage", .number(bits: 8)), ("selector", .number(bits: 8)),
                ("matching", .number(bits: 8)), ("association", .hexadecimal),
            ]
        }
        for type in ["SVCB", "HTTPS"] {  // RFC 9460 §2.1
            table[type] = [
                ("priority", .number(bits: 16)), ("target", .name), ("parameters", .words),
            ]
        }
        var fields: [RecordType: [(name: String, field: Field)]] = [:]
        for (mnemonic, row) in table {
            if let type = RecordType(text: mnemonic) { fields[type] = row }
        }
        return fields
    }()

    /// The mnemonic, for messages.
    private let type: RecordType
    private let origin: DomainName?
    private let line: Int

    /// Makes a reader of the data of one record.
    init(type: RecordType, origin: DomainName?, line: Int) {
        self.type = type
        self.origin = origin
        self.line = line
    }

    /// The data as libldns shall read it.
    func canonical(_ tokens: [ZoneFileScanner.Token]) throws(ZoneTextFault) -> String {
        guard let fields = Self.fields[type] else {
            throw ZoneTextFault(
                .type, line: line,
                "\(type) is read in its generic form only. Write: \(type) \\# length hexadecimal.")
        }
        guard hasRightCount(tokens, for: fields) else {
            let names = fields.map(\.name).joined(separator: " ")
            throw ZoneTextFault(
                .data, line: line,
                "\(type) needs \(count(of: fields)), found \(tokens.count). Write: \(type) \(names).")
        }
        var words: [String] = []
        var rest = tokens[...]
        for (name, field) in fields {
            switch field {
            case .strings:
                for token in rest { words.append(try string(token)) }
            case .hexadecimal:
                words.append(try hexadecimal(rest, name))
            case .base64:
                words.append(try base64(rest, name))
            case .words:
                for token in rest { words.append(try word(token)) }
            default:
                words.append(try single(rest.removeFirst(), field, name))
            }
        }
        return words.joined(separator: " ")
    }

    private func single(
        _ token: ZoneFileScanner.Token,
        _ field: Field,
        _ name: String
    ) throws(ZoneTextFault) -> String {
        switch field {
        case .address(bits: 32): try address(token, IPv4Address(text:), "192.0.2.1")
        case .address: try address(token, IPv6Address(text:), "2001:db8::1")
        case .name: try Self.escaped(domainName(token))
        case .number(let bits): try String(number(token, bits: bits, name))
        case .period: try String(Self.period(token, what: name))
        case .tag: try tag(token)
        default: try string(token)
        }
    }

    private func hasRightCount(
        _ tokens: [ZoneFileScanner.Token],
        for fields: [(name: String, field: Field)]
    ) -> Bool {
        switch fields.last?.field {
        case .strings, .hexadecimal, .base64: tokens.count >= fields.count
        case .words: tokens.count >= fields.count - 1
        default: tokens.count == fields.count
        }
    }

    private func count(of fields: [(name: String, field: Field)]) -> String {
        switch fields.last?.field {
        case .strings, .hexadecimal, .base64: "at least \(fields.count) field(s)"
        case .words: "at least \(fields.count - 1) field(s)"
        default: "\(fields.count) field(s)"
        }
    }
}

extension RecordText {
    /// A name, absolute: relative ones take the origin (RFC 1035 §5.1).
    func domainName(_ token: ZoneFileScanner.Token) throws(ZoneTextFault) -> DomainName {
        try Self.domainName(token, origin: origin)
    }

    static func domainName(
        _ token: ZoneFileScanner.Token,
        origin: DomainName?
    ) throws(ZoneTextFault) -> DomainName {
        let text = token.text
        guard !token.isQuoted, !token.octets.contains(UInt8(ascii: "\"")) else {
            throw ZoneTextFault(
                .name, line: token.line, "\"\(text)\" stands in quotes. Write names without them.")
        }
        guard token.octets.allSatisfy({ $0 < 0x80 }) else {
            throw ZoneTextFault(
                .name, line: token.line,
                "\(text) has letters outside ASCII. Write the name in its xn-- form (RFC 5890).")
        }
        let isAbsolute = endsWithDot(token.octets)
        guard let base = isAbsolute ? DomainName.root : origin else {
            throw ZoneTextFault(
                .name, line: token.line,
                "\(text) is relative and there is no origin. "
                    + "End it with a dot or write $ORIGIN before it.")
        }
        if text == "@" { return base }
        do {
            let absolute = isAbsolute ? text : text + "." + (base == .root ? "" : base.description)
            return try DomainName(text: absolute)
        } catch {
            throw ZoneTextFault(
                .name, line: token.line,
                "\(text) is no domain name (labels of 1 to 63 octets, 255 in all"
                    + (isAbsolute ? ")." : "; the origin \(base) is added). Shorten it."))
        }
    }

    /// The name with everything but letters, digits, `-` and `_` as `\DDD`.
    static func escaped(_ name: DomainName) -> String {
        guard name != .root else { return "." }
        return name.labels.map { label in label.map(escaped(nameOctet:)).joined() + "." }.joined()
    }

    private static func escaped(nameOctet octet: UInt8) -> String {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            String(UnicodeScalar(octet))
        default: decimalEscape(octet)
        }
    }

    private static func decimalEscape(_ octet: UInt8) -> String {
        let digits = String(octet)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }

    private static func endsWithDot(_ octets: [UInt8]) -> Bool {
        guard octets.last == UInt8(ascii: ".") else { return false }
        let backslashes = octets.dropLast().reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        return backslashes.isMultiple(of: 2)
    }

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
                .data, line: token.line,
                "\(token.text) is no \(name) of \(type). Write a number from 0 to \(limit).")
        }
        return value
    }

    /// A time in seconds, or with the units of BIND: `1w2d3h4m5s`.
    static func period(_ token: ZoneFileScanner.Token, what: String) throws(ZoneTextFault) -> UInt32 {
        guard !token.isQuoted, let value = Period.parse(token.octets) else {
            throw ZoneTextFault(
                .timeToLive, line: token.line,
                "\(token.text) is no \(what). Write seconds up to "
                    + "\(ZoneFileLimits.timeToLive), or units as in 1h30m.")
        }
        return value
    }

    private func address<Address: CustomStringConvertible>(
        _ token: ZoneFileScanner.Token,
        _ parse: (String) -> Address?,
        _ example: String
    ) throws(ZoneTextFault) -> String {
        guard !token.isQuoted, let address = parse(token.text) else {
            throw ZoneTextFault(
                .data, line: token.line,
                "\(token.text) is no address for \(type). Write one as \(example).")
        }
        return address.description
    }

    private func string(_ token: ZoneFileScanner.Token) throws(ZoneTextFault) -> String {
        guard token.isQuoted || !token.octets.contains(UInt8(ascii: "\"")) else {
            throw ZoneTextFault(
                .syntax, line: token.line,
                "A '\"' inside a word. Put the whole string in quotes, or write \\\".")
        }
        let octets = Self.unescaped(token.octets)
        // RFC 1035 §3.3: a length octet precedes the string. RFC 7553 §4.4: URI's target has none.
        guard octets.count <= 255 || type == RecordType(text: "URI") else {
            throw ZoneTextFault(
                .data, line: token.line,
                "A string of \(octets.count) octets. Split it into strings of at most 255.")
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
}

extension RecordText {
    private func tag(_ token: ZoneFileScanner.Token) throws(ZoneTextFault) -> String {
        // RFC 8659 §4.1: letters and digits, at least one.
        guard !token.isQuoted, (1...255).contains(token.octets.count),
            token.octets.allSatisfy(Self.isAlphanumeric)
        else {
            throw ZoneTextFault(
                .data, line: token.line,
                "\(token.text) is no tag of \(type). Write letters and digits, e.g. issue.")
        }
        return token.text
    }

    private func word(_ token: ZoneFileScanner.Token) throws(ZoneTextFault) -> String {
        guard !token.isQuoted, token.octets.allSatisfy({ (0x21...0x7e).contains($0) || $0 == 0x20 })
        else {
            throw ZoneTextFault(
                .data, line: token.line,
                "\(token.text) is no word of \(type). Write it without quotes around it.")
        }
        return token.text
    }

    private func hexadecimal(
        _ tokens: ArraySlice<ZoneFileScanner.Token>,
        _ name: String
    ) throws(ZoneTextFault) -> String {
        let digits = tokens.flatMap(\.octets)
        guard tokens.allSatisfy({ !$0.isQuoted }), digits.count.isMultiple(of: 2),
            digits.allSatisfy({ UnknownRecordText.value(ofHexadecimal: $0) != nil })
        else {
            throw ZoneTextFault(
                .data, line: line,
                "The \(name) of \(type) is not hexadecimal. Write two digits of 0-9a-f an octet.")
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private func base64(
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
                .data, line: line,
                "The \(name) of \(type) is not base64. Write A-Z a-z 0-9 + / in groups of four, "
                    + "the last filled with =.")
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
