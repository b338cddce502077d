// SPDX-License-Identifier: Apache-2.0

/// Recognises IP addresses in texts as Go's `net.ParseIP` does: no zone, no port, no brackets, no
/// leading zeros in IPv4.
///
/// Definitions and configuration only need to know *what* a text is.
public enum IPAddressText {
    /// The two families.
    public enum Family: Hashable, Sendable {
        /// Dotted decimal.
        case v4
        /// Colons.
        case v6
    }

    /// The family of an address text; `nil` when it is no IP address.
    public static func family(of text: some StringProtocol) -> Family? {
        let octets = Array(text.utf8)
        if octets.contains(UInt8(ascii: ":")) { return isV6(octets[...]) ? .v6 : nil }
        return isV4(octets[...]) ? .v4 : nil
    }

    /// Whether a text is the unspecified address of either family (`0.0.0.0`, `::`, `[::]`).
    public static func isUnspecified(_ text: some StringProtocol) -> Bool {
        var inner = Substring(text)
        if inner.hasPrefix("["), inner.hasSuffix("]") { inner = inner.dropFirst().dropLast() }
        guard family(of: inner) != nil else { return false }
        return inner.utf8.allSatisfy { octet in
            octet == UInt8(ascii: "0") || octet == UInt8(ascii: ":") || octet == UInt8(ascii: ".")
        }
    }

    private static func isV4(_ text: ArraySlice<UInt8>) -> Bool {
        let fields = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard fields.count == 4 else { return false }
        return fields.allSatisfy { field in
            guard (1...3).contains(field.count), field.allSatisfy(isDigit) else { return false }
            if field.count > 1, field.first == UInt8(ascii: "0") { return false }
            return field.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
        }
    }

    // RFC 4291 §2.2: eight groups, at most one "::", the last 32 bits may be dotted decimal.
    private static func isV6(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count <= 45 else { return false }
        guard let gap = doubleColon(in: text) else { return groups(of: text) == 8 }
        let head = text[..<gap]
        let tail = text[(gap + 2)...]
        if head.contains(UInt8(ascii: ".")) { return false }
        guard let before = head.isEmpty ? 0 : groups(of: head),
            let after = tail.isEmpty ? 0 : groups(of: tail)
        else { return false }
        return before + after <= 7
    }

    private static func doubleColon(in text: ArraySlice<UInt8>) -> Int? {
        text.indices.dropLast().first { index in
            text[index] == UInt8(ascii: ":") && text[index + 1] == UInt8(ascii: ":")
        }
    }

    private static func groups(of text: ArraySlice<UInt8>) -> Int? {
        let fields = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var count = 0
        for (index, field) in fields.enumerated() {
            if index == fields.count - 1, field.contains(UInt8(ascii: ".")) {
                guard isV4(field) else { return nil }
                count += 2
            } else {
                guard (1...4).contains(field.count), field.allSatisfy(isHexadecimal) else {
                    return nil
                }
                count += 1
            }
        }
        return count
    }

    private static func isDigit(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
    }

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        isDigit(octet) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(octet | 0x20)
    }
}
