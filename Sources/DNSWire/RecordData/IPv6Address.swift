// SPDX-License-Identifier: Apache-2.0

/// An IPv6 address.
public struct IPv6Address: Hashable, Sendable {
    /// The first eight octets.
    public var high: UInt64
    /// The last eight octets.
    public var low: UInt64

    /// Makes an address from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes an address from sixteen octets; `nil` for any other number.
    public init?(octets: some Collection<UInt8>) {
        guard octets.count == 16 else { return nil }
        high = octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = octets.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Makes the IPv4-mapped address of an IPv4 address (RFC 4291 §2.5.5.2).
    public init(mapped address: IPv4Address) {
        self.init(high: 0, low: 0xffff_0000_0000 | UInt64(address.bits))
    }

    /// The sixteen octets.
    public var octets: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
    }

    /// The IPv4 address in an IPv4-mapped one (`::ffff:a.b.c.d`); `nil` for any other address.
    public var ipv4Mapped: IPv4Address? {
        guard high == 0, low >> 32 == 0xffff else { return nil }
        return IPv4Address(bits: UInt32(truncatingIfNeeded: low))
    }

    /// The eight groups of 16 bits.
    private var groups: [UInt16] {
        [high, low].flatMap { half in
            [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> $0) }
        }
    }
}

extension IPv6Address {
    /// Parses the text forms of RFC 4291 §2.2 as Go's `net.ParseIP` does: no zone, no brackets,
    /// `::` at most once and for at least one group, IPv4 text only at the end.
    public init?(text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        var groups: [UInt16] = []
        var gap: Int?
        if rest.starts(with: [0x3a, 0x3a]) {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            guard groups.count < 8 else { return nil }
            let digits = rest.prefix { Self.hexValue($0) != nil }
            let after = rest.dropFirst(digits.count)
            if after.first == UInt8(ascii: ".") {
                guard groups.count <= 6, gap != nil || groups.count == 6,
                    let tail = IPv4Address(text: rest)
                else { return nil }
                groups.append(UInt16(tail.bits >> 16))
                groups.append(UInt16(tail.bits & 0xffff))
                break
            }
            guard (1...4).contains(digits.count) else { return nil }
            groups.append(digits.reduce(0) { $0 << 4 | UInt16(Self.hexValue($1) ?? 0) })
            rest = after
            if rest.isEmpty { break }
            guard rest.first == UInt8(ascii: ":"), rest.count > 1 else { return nil }
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            let zeros = [UInt16](repeating: 0, count: 8 - groups.count)
            groups.insert(contentsOf: zeros, at: gap)
        }
        guard groups.count == 8 else { return nil }
        high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
        low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
    }

    private static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x41 + 10
        case 0x61...0x66: octet - 0x61 + 10
        default: nil
        }
    }
}

extension IPv6Address: CustomStringConvertible {
    /// The canonical text of RFC 5952: lower case, no leading zeros, the longest run of two or
    /// more zero groups shortened (the first among equals), IPv4-mapped addresses with dots.
    public var description: String {
        if let mapped = ipv4Mapped { return "::ffff:\(mapped)" }
        let groups = groups
        var best = 0..<0
        var start = 0
        while start < 8 {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            // RFC 5952 §4.2.2: a single zero group is not shortened.
            if end - start >= 2, end - start > best.count { best = start..<end }
            start = end + 1
        }
        let text = { (part: ArraySlice<UInt16>) in
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if best.isEmpty { return text(groups[...]) }
        return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }
}
