// SPDX-License-Identifier: Apache-2.0

/// Reads the items of a message one after another: header, then questions, then records.
///
/// Bounded on any input: nothing is recursive, a pointer only goes backwards, a name has at most
/// 255 octets and 126 pointers, and every item is at least as long in the message as it says.
/// After an error the position is unspecified; stop reading.
public struct MessageReader: ~Escapable {
    /// The octets of the whole message.
    let octets: Span<UInt8>
    /// The offset of the next octet to be read.
    public private(set) var offset: Int

    // A name of 255 octets has at most 127 labels, and a pointer that is of use brings one label.
    private static let maximumPointers = 126

    /// Makes a reader at the beginning of a message.
    @_lifetime(copy octets)
    public init(_ octets: Span<UInt8>) {
        self.octets = octets
        self.offset = 0
    }

    /// The number of octets in the message.
    public var count: Int { octets.count }

    /// The number of octets not yet read.
    public var remaining: Int { octets.count - offset }

    /// Whether everything was read.
    public var isAtEnd: Bool { offset == octets.count }

    /// Reads one octet.
    public mutating func readUInt8() throws(MessageDecodingError) -> UInt8 {
        guard remaining >= 1 else { throw MessageDecodingError(.truncated, at: octets.count) }
        let value = octets[offset]
        offset += 1
        return value
    }

    /// Reads two octets, the more significant first (RFC 1035 §2.3.2).
    public mutating func readUInt16() throws(MessageDecodingError) -> UInt16 {
        guard remaining >= 2 else { throw MessageDecodingError(.truncated, at: octets.count) }
        let value = UInt16(octets[offset]) << 8 | UInt16(octets[offset + 1])
        offset += 2
        return value
    }

    /// Reads four octets, the most significant first.
    public mutating func readUInt32() throws(MessageDecodingError) -> UInt32 {
        guard remaining >= 4 else { throw MessageDecodingError(.truncated, at: octets.count) }
        var value: UInt32 = 0
        for index in offset..<(offset + 4) { value = value << 8 | UInt32(octets[index]) }
        offset += 4
        return value
    }

    /// Reads so many octets as they are.
    public mutating func readOctets(_ length: Int) throws(MessageDecodingError) -> [UInt8] {
        guard length >= 0, remaining >= length else {
            throw MessageDecodingError(.truncated, at: octets.count)
        }
        var result: [UInt8] = []
        result.reserveCapacity(length)
        for index in offset..<(offset + length) { result.append(octets[index]) }
        offset += length
        return result
    }

    /// Reads a character string: a length octet and so many octets (RFC 1035 §3.3).
    public mutating func readCharacterString() throws(MessageDecodingError) -> [UInt8] {
        try readOctets(Int(try readUInt8()))
    }

    /// Reads a name, following pointers (RFC 1035 §4.1.4), and stands behind it afterwards.
    public mutating func readName() throws(MessageDecodingError) -> DomainName {
        var wire: [UInt8] = []
        var position = offset
        // Each pointer must go before the beginning of the labels that led to it: so positions
        // fall, and no chain of pointers can come back.
        var lowest = offset
        var end: Int?
        var pointers = 0
        while true {
            guard position < octets.count else {
                throw MessageDecodingError(.truncated, at: octets.count)
            }
            let octet = octets[position]
            switch octet & 0xc0 {
            case 0x00:
                let next = position + 1 + Int(octet)
                guard next <= octets.count else {
                    throw MessageDecodingError(.truncated, at: octets.count)
                }
                // One octet stays free for the root.
                guard wire.count + 1 + Int(octet) <= DomainName.maximumLength - (octet > 0 ? 1 : 0)
                else { throw MessageDecodingError(.nameTooLong, at: position) }
                for index in position..<next { wire.append(octets[index]) }
                position = next
                if octet == 0 {
                    offset = end ?? position
                    return DomainName(uncheckedWire: wire)
                }
            case 0xc0:
                guard position + 1 < octets.count else {
                    throw MessageDecodingError(.truncated, at: octets.count)
                }
                let target = Int(octet & 0x3f) << 8 | Int(octets[position + 1])
                guard target < lowest else {
                    throw MessageDecodingError(.forwardPointer, at: position)
                }
                pointers += 1
                guard pointers <= Self.maximumPointers else {
                    throw MessageDecodingError(.tooManyPointers, at: position)
                }
                end = end ?? position + 2
                lowest = target
                position = target
            default:
                throw MessageDecodingError(.unsupportedLabelType, at: position)
            }
        }
    }
}
