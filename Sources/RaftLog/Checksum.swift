// SPDX-License-Identifier: Apache-2.0
import CChecksum

/// CRC-32C (Castagnoli, RFC 3720 B.4), eight octets a step; by the processor's own instruction where
/// it has one, else by tables.
public struct Checksum: Hashable, Sendable {
    private var state: UInt32

    /// Begins a checksum; with the value of another one it goes on from there.
    public init(continuing value: UInt32 = 0) { state = ~value }

    /// The checksum of all octets so far.
    public var value: UInt32 { ~state }

    /// The checksum of octets.
    public static func of(_ octets: ArraySlice<UInt8>, continuing value: UInt32 = 0) -> UInt32 {
        var checksum = Checksum(continuing: value)
        checksum.include(octets)
        return checksum.value
    }

    /// Takes octets into account.
    public mutating func include(_ octets: ArraySlice<UInt8>) {
        guard Self.isInstruction else { return includeByTables(octets) }
        state = unsafe octets.withUnsafeBufferPointer { octets in
            unsafe cchecksum_crc32c(state, octets.baseAddress, octets.count)
        }
    }

    private static let isInstruction = cchecksum_has_crc32c() != 0

    /// Takes octets into account as every processor can.
    mutating func includeByTables(_ octets: ArraySlice<UInt8>) {
        let octets = octets.span
        let tables = Self.tables.span
        var state = state
        var at = 0
        while at &+ 8 <= octets.count {
            // The octets stand before the state in the first four, alone in the others.
            var next = tables[0x700 | Int(octets[at] ^ UInt8(truncatingIfNeeded: state))]
            next ^= tables[0x600 | Int(octets[at &+ 1] ^ UInt8(truncatingIfNeeded: state >> 8))]
            next ^= tables[0x500 | Int(octets[at &+ 2] ^ UInt8(truncatingIfNeeded: state >> 16))]
            next ^= tables[0x400 | Int(octets[at &+ 3] ^ UInt8(truncatingIfNeeded: state >> 24))]
            next ^= tables[0x300 | Int(octets[at &+ 4])]
            next ^= tables[0x200 | Int(octets[at &+ 5])]
            next ^= tables[0x100 | Int(octets[at &+ 6])]
            next ^= tables[Int(octets[at &+ 7])]
            state = next
            at &+= 8
        }
        while at < octets.count {
            let place = Int(octets[at] ^ UInt8(truncatingIfNeeded: state))
            state = (state >> 8) ^ tables[place]
            at &+= 1
        }
        self.state = state
    }

    /// Eight tables of 256: the effect of an octet that stands so many octets before the end.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = []
        for octet: UInt32 in 0..<256 {
            var value = octet
            for _ in 0..<8 {
                let isOdd = value & 1 == 1
                value >>= 1
                if isOdd { value ^= 0x82f6_3b78 }
            }
            tables.append(value)
        }
        for at in 256..<2048 {
            let before = tables[at - 256]
            tables.append((before >> 8) ^ tables[Int(before & 0xff)])
        }
        return tables
    }()
}
