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
    init?(text: ArraySlice<UInt8>) {
        var bits: UInt32 = 0
        var fields = 0
        for field in text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard (1...3).contains(field.count), field.count == 1 || field.first != 0x30,
                field.allSatisfy({ $0 &- 0x30 < 10 })
            else { return nil }
            let value = field.reduce(0 as UInt32) { $0 * 10 + UInt32($1 - 0x30) }
            guard value <= 255, fields < 4 else { return nil }
            bits = bits << 8 | value
            fields += 1
        }
        guard fields == 4 else { return nil }
        self.bits = bits
    }
}

extension IPv4Address: CustomStringConvertible {
    /// Dotted decimal text.
    public var description: String {
        "\(bits >> 24).\(bits >> 16 & 0xff).\(bits >> 8 & 0xff).\(bits & 0xff)"
    }
}
