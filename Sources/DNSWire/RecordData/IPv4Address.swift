// SPDX-License-Identifier: Apache-2.0

/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable {
    /// The 32 bits, the first octet the most significant.
    public var bits: UInt32

    /// Makes an address from its 32 bits.
    public init(bits: UInt32) { self.bits = bits }

    /// Makes an address from its four octets.
    public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        bits = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    }

    /// Makes an address from four octets; `nil` for any other number.
    public init?(octets: some Collection<UInt8>) {
        guard octets.count == 4 else { return nil }
        bits = octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The four octets.
    public var octets: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
    }

    /// Parses dotted decimal text as Go's `net.ParseIP` does: four numbers up to 255, no leading
    /// zeros, nothing else.
    public init?(text: some StringProtocol) {
        self.init(text: Array(text.utf8)[...])
    }

    /// Parses dotted decimal text that was already taken apart into octets.
    init?(text: ArraySlice<UInt8>) { self.init(scanning: text) }

    /// Parses the octets of dotted decimal text.
    init?(scanning octets: some Sequence<UInt8>) {
        var bits: UInt32 = 0
        var dots = 0
        var value: UInt32 = 0
        var digits = 0
        for octet in octets {
            if octet == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                bits = bits << 8 | value
                dots += 1
                (value, digits) = (0, 0)
                continue
            }
            let digit = octet &- 0x30
            // No leading zeros.
            guard digit < 10, digits == 0 || value > 0 else { return nil }
            value = value * 10 + UInt32(digit)
            digits += 1
            guard value <= 255 else { return nil }
        }
        guard dots == 3, digits > 0 else { return nil }
        self.bits = bits << 8 | value
    }
}

extension IPv4Address: CustomStringConvertible {
    /// Dotted decimal text.
    public var description: String {
        "\(bits >> 24).\(bits >> 16 & 0xff).\(bits >> 8 & 0xff).\(bits & 0xff)"
    }
}
