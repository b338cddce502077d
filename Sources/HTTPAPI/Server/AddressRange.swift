// SPDX-License-Identifier: Apache-2.0
import Glibc

/// An address range in CIDR form (`10.0.0.0/8`, `::1/128`).
public struct AddressRange: Hashable, Sendable {
    private let octets: [UInt8]
    private let bits: Int

    /// Reads a range; `nil` when the text is none.
    public init?(_ text: String) {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let bits = Int(halves[1]),
            let octets = Self.octets(of: String(halves[0])),
            (0...octets.count * 8).contains(bits)
        else { return nil }
        self.octets = octets
        self.bits = bits
    }

    /// Whether an address lies in the range.
    public func contains(_ address: String) -> Bool {
        guard let other = Self.octets(of: address), other.count == octets.count else {
            return false
        }
        return (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return octets[bit / 8] & mask == other[bit / 8] & mask
        }
    }

    private static func octets(of text: String) -> [UInt8]? {
        // A dual-stack socket shows IPv4 clients as ::ffff:a.b.c.d.
        let isMapped = text.contains(".") && text.lowercased().hasPrefix("::ffff:")
        let plain = isMapped ? String(text.dropFirst(7)) : text
        let isV6 = plain.contains(":")
        var octets = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        let status = unsafe octets.withUnsafeMutableBytes { buffer in
            unsafe inet_pton(isV6 ? AF_INET6 : AF_INET, plain, buffer.baseAddress)
        }
        return status == 1 ? octets : nil
    }
}
