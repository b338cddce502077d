// SPDX-License-Identifier: Apache-2.0
internal import DNSWire

/// A network of clients, as `10.0.0.0/8` or `2001:db8::/32` writes it.
public struct ClientNetwork: Sendable, Hashable {
    private let address: ClientAddress
    private let mask: ClientAddress
    private let isV4: Bool

    /// Reads CIDR notation; `nil` for anything else.
    ///
    /// Bits behind the length do not count. `::/0` is all of IPv6 and nothing of IPv4.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
            let written = Int(parts[1]), let address = IPAddress(text: parts[0])
        else { return nil }
        let isShort = IPv4Address(text: parts[0]) != nil
        guard written <= (isShort ? 32 : 128) else { return nil }
        let length = isShort ? written + 96 : written
        let mask = ClientAddress(
            high: Self.mask(min(length, 64)),
            low: Self.mask(max(length - 64, 0))
        )
        let whole = ClientAddress(address)
        self.mask = mask
        self.address = ClientAddress(high: whole.high & mask.high, low: whole.low & mask.low)
        isV4 = whole.isV4 && length >= 96
    }

    /// The first `bits` of 64 bits.
    private static func mask(_ bits: Int) -> UInt64 { bits == 0 ? 0 : ~0 << UInt64(64 - bits) }

    /// Whether a client is in the network.
    @inline(__always)
    func contains(_ client: ClientAddress) -> Bool {
        client.isV4 == isV4 && client.high & mask.high == address.high
            && client.low & mask.low == address.low
    }
}
