// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

extension RecordText {
    /// A name in the data, absolute.
    func target(_ token: ZoneFileScanner.Token) throws(ZoneTextFault) -> DomainName {
        let name = try Self.domainName(token, origin: origin)
        // libldns takes each name that begins with the label "@" for the origin.
        guard name.wire.count < 3 || name.wire[0] != 1 || name.wire[1] != UInt8(ascii: "@") else {
            throw ZoneTextFault(
                .name,
                line: token.line,
                "\(token.text) begins with the label \"@\", which cannot be read in data. "
                    + "Write the data as \\# (RFC 3597)."
            )
        }
        return name
    }

    /// A name, absolute: relative ones take the origin (RFC 1035 §5.1).
    static func domainName(
        _ token: ZoneFileScanner.Token,
        origin: DomainName?
    ) throws(ZoneTextFault) -> DomainName {
        let text = token.text
        guard !token.isQuoted, !token.octets.contains(UInt8(ascii: "\"")) else {
            throw ZoneTextFault(
                .name,
                line: token.line,
                "\"\(text)\" stands in quotes. Write names without them."
            )
        }
        guard token.octets.allSatisfy({ $0 < 0x80 }) else {
            throw ZoneTextFault(
                .name,
                line: token.line,
                "\(text) has letters outside ASCII. Write the name in its xn-- form (RFC 5890)."
            )
        }
        let isAbsolute = endsWithDot(token.octets)
        guard let base = isAbsolute ? DomainName.root : origin else {
            throw ZoneTextFault(
                .name,
                line: token.line,
                "\(text) is relative and there is no origin. "
                    + "End it with a dot or write $ORIGIN before it."
            )
        }
        if text == "@" { return base }
        do {
            let absolute = isAbsolute ? text : text + "." + (base == .root ? "" : base.description)
            return try DomainName(text: absolute)
        } catch {
            throw ZoneTextFault(
                .name,
                line: token.line,
                "\(text) is no domain name (labels of 1 to 63 octets, 255 in all"
                    + (isAbsolute ? ")." : "; the origin \(base) is added). Shorten it.")
            )
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

    private static func endsWithDot(_ octets: [UInt8]) -> Bool {
        guard octets.last == UInt8(ascii: ".") else { return false }
        let backslashes = octets.dropLast().reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        return backslashes.isMultiple(of: 2)
    }
}
