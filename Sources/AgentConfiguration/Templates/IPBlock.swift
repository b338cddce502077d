// SPDX-License-Identifier: Apache-2.0
internal import Definitions

/// An IP address with the length of its network's prefix.
struct IPBlock: Hashable, Sendable {
    /// The address as a number.
    var address: UInt128
    /// Whether it is one of IPv6.
    let isV6: Bool
    /// How many bits of it are the network's.
    var prefixLength: Int

    /// Makes a block of four or sixteen octets.
    init(octets: [UInt8], prefixLength: Int) {
        address = octets.reduce(0) { $0 << 8 | UInt128($1) }
        isV6 = octets.count > 4
        self.prefixLength = min(max(0, prefixLength), isV6 ? 128 : 32)
    }

    /// Reads `10.0.0.0/8`, or an address alone, whose block is itself.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let octets = IPAddressText.octets(of: parts[0]) else { return nil }
        let width = octets.count * 8
        let length = parts.count == 2 ? Int(parts[1]) : width
        guard let length, (0...width).contains(length) else { return nil }
        self.init(octets: octets, prefixLength: length)
    }

    /// The bits of an address.
    var width: Int { isV6 ? 128 : 32 }

    /// All bits of an address.
    private var ones: UInt128 { isV6 ? .max : UInt128(UInt32.max) }

    /// The bits of the network.
    var mask: UInt128 { Self.mask(prefixLength, width, ones) }

    private static func mask(_ length: Int, _ width: Int, _ ones: UInt128) -> UInt128 {
        length == 0 ? 0 : (ones << UInt128(width - length)) & ones
    }

    /// The network's first address.
    var network: UInt128 { address & mask }

    /// The network's last address; of IPv4 that for broadcasts.
    var last: UInt128 { network | ~mask & ones }

    /// The number of addresses; `nil` for one that has 129 bits.
    var size: UInt128? { prefixLength == 0 && isV6 ? nil : last - network + 1 }

    /// Whether an address is in the block.
    func contains(address other: IPBlock) -> Bool {
        isV6 == other.isV6 && other.address & mask == network
    }

    /// Whether another block is a part of this one, or the same.
    func contains(network other: IPBlock) -> Bool {
        contains(address: other) && other.prefixLength >= prefixLength
    }

    /// The address as Go prints it.
    var text: String { Self.text(address, isV6: isV6) }

    /// The text of an address of the same family.
    func text(of address: UInt128) -> String { Self.text(address, isV6: isV6) }

    /// Address and length; an address alone where the block is itself.
    var blockText: String { prefixLength == width ? text : "\(text)/\(prefixLength)" }

    private static func text(_ address: UInt128, isV6: Bool) -> String {
        guard isV6 else {
            return [24, 16, 8, 0].map { "\(UInt8(truncatingIfNeeded: address >> $0))" }
                .joined(separator: ".")
        }
        let groups = stride(from: 112, through: 0, by: -16).map {
            String(UInt16(truncatingIfNeeded: address >> UInt128($0)), radix: 16)
        }
        return IPAddressText.canonical(groups.joined(separator: ":"))
    }
}

// Arithmetic (`math`).
extension IPBlock {
    /// The address that comes so many later; from the last on it begins at the first again.
    func advanced(by offset: Int64) -> IPBlock {
        var copy = self
        copy.address = (address &+ UInt128(truncatingIfNeeded: offset)) & ones
        return copy
    }

    /// The address at a place in the network: from its first, or, below 0, from behind its last.
    func inNetwork(at offset: Int64) -> IPBlock {
        var copy = self
        copy.address = network | UInt128(truncatingIfNeeded: offset) & ~mask & ones
        return copy
    }

    /// The network of a length in which the address is; the larger network stays its own.
    func masked(to length: Int) -> IPBlock {
        var copy = self
        copy.address &= Self.mask(length, width, ones)
        copy.prefixLength = min(length, prefixLength)
        return copy
    }
}
