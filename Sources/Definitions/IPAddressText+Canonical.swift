// SPDX-License-Identifier: Apache-2.0

extension IPAddressText {
    /// The canonical text of an address (RFC 5952), an IPv4-mapped one as IPv4.
    ///
    /// So Go's `net.IP.String` prints it. Text that is no address is returned as it is.
    public static func canonical(_ text: String) -> String {
        guard family(of: text) == .v6 else { return text }
        let groups = groups(of: text)
        if groups.prefix(6) == [0, 0, 0, 0, 0, 0xffff] {
            return [groups[6] >> 8, groups[6] & 255, groups[7] >> 8, groups[7] & 255]
                .map(String.init).joined(separator: ".")
        }
        let texts = groups.map { String($0, radix: 16) }
        // RFC 5952 §4.2: the longest run of two or more zeros, the first of equal ones.
        guard let gap = longestZeros(in: groups) else { return texts.joined(separator: ":") }
        return texts[..<gap.lowerBound].joined(separator: ":") + "::"
            + texts[gap.upperBound...].joined(separator: ":")
    }

    /// The octets of an address, four or sixteen; `nil` for what is none.
    public static func octets(of text: some StringProtocol) -> [UInt8]? {
        switch family(of: text) {
        case .v4: text.split(separator: ".").compactMap { UInt8($0) }
        case .v6: groups(of: String(text)).flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        case nil: nil
        }
    }

    // The text is known to be an address.
    private static func groups(of text: String) -> [UInt16] {
        func read(_ part: Substring) -> [UInt16] {
            part.split(separator: ":").flatMap { field -> [UInt16] in
                guard field.contains(".") else { return [UInt16(field, radix: 16) ?? 0] }
                let octets = field.split(separator: ".").map { UInt16($0) ?? 0 }
                return [octets[0] << 8 | octets[1], octets[2] << 8 | octets[3]]
            }
        }
        guard let gap = text.firstRange(of: "::") else { return read(text[...]) }
        let head = read(text[..<gap.lowerBound])
        let tail = read(text[gap.upperBound...])
        return head + [UInt16](repeating: 0, count: max(0, 8 - head.count - tail.count)) + tail
    }

    private static func longestZeros(in groups: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start >= 2, end - start > longest?.count ?? 0 { longest = start..<end }
            start = max(end, start + 1)
        }
        return longest
    }
}
