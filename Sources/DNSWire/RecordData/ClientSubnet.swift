// SPDX-License-Identifier: Apache-2.0

/// A client-subnet option (RFC 7871 §6).
public struct ClientSubnet: Hashable, Sendable {
    /// FAMILY: 1 for IPv4, 2 for IPv6; 0 where a client only says that it wants no subnet used.
    public var family: UInt16
    /// SOURCE PREFIX-LENGTH, in bits.
    public var sourceLength: UInt8
    /// SCOPE PREFIX-LENGTH, in bits.
    public var scopeLength: UInt8
    /// ADDRESS: as many octets as the source prefix needs.
    public var address: [UInt8]

    /// Makes a client subnet.
    public init(family: UInt16, sourceLength: UInt8, scopeLength: UInt8, address: [UInt8]) {
        self.family = family
        self.sourceLength = sourceLength
        self.scopeLength = scopeLength
        self.address = address
    }

    /// Reads an option; `nil` for another code or a malformed subnet: an unknown family, a prefix
    /// longer than the family's addresses, or an address of a length that does not match.
    public init?(_ option: EDNSOption) {
        let data = option.data
        guard option.code == EDNSOption.clientSubnetCode, data.count >= 4 else { return nil }
        let family = UInt16(data[0]) << 8 | UInt16(data[1])
        // RFC 7871 §7.1.2 knows 1 and 2. Consul: family 0 with prefix 0 is what dig +subnet=0 sends.
        let maximum: UInt8
        switch family {
        case 0: maximum = 0
        case 1: maximum = 32
        case 2: maximum = 128
        default: return nil
        }
        guard data[2] <= maximum, data[3] <= maximum,
            data.count - 4 == (Int(data[2]) + 7) / 8
        else { return nil }
        self.init(
            family: family,
            sourceLength: data[2],
            scopeLength: data[3],
            address: Array(data[4...])
        )
    }

    /// The option that says this; bits behind the source prefix are written as zero
    /// (RFC 7871 §6), missing octets too.
    public var option: EDNSOption {
        var data = [UInt8(family >> 8), UInt8(family & 0xff), sourceLength, scopeLength]
        let whole = Int(sourceLength) / 8
        for index in 0..<((Int(sourceLength) + 7) / 8) {
            let octet = index < address.count ? address[index] : 0
            let mask = index < whole ? 0xff : ~(UInt8(0xff) >> (sourceLength % 8))
            data.append(octet & mask)
        }
        return EDNSOption(code: EDNSOption.clientSubnetCode, data: data)
    }

    /// The address filled up with zeros to its full 4 or 16 octets; empty for family 0.
    public var fullAddress: [UInt8] {
        let length = family == 1 ? 4 : family == 2 ? 16 : 0
        let octets = option.data.dropFirst(4)
        return Array(octets) + [UInt8](repeating: 0, count: max(0, length - octets.count))
    }
}
