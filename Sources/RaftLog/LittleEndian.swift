// SPDX-License-Identifier: Apache-2.0

// Numbers in files of ours are little endian.

extension [UInt8] {
    /// Appends a number.
    mutating func append<Number: FixedWidthInteger>(littleEndian value: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> Number(shift)))
        }
    }

    /// Writes a number over the octets at a place.
    mutating func store<Number: FixedWidthInteger>(littleEndian value: Number, at place: Int) {
        for octet in 0..<(Number.bitWidth / 8) {
            self[place + octet] = UInt8(truncatingIfNeeded: value >> Number(octet * 8))
        }
    }
}

/// Reads numbers and octets from the front; after the end every read is `nil`.
struct LittleEndianReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) { rest = octets }

    /// The next number.
    mutating func read<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type = Number.self
    ) -> Number? {
        guard let octets = readOctets(Number.bitWidth / 8) else { return nil }
        var number: Number = 0
        for octet in octets.reversed() { number = number << 8 | Number(octet) }
        return number
    }

    /// The next `count` octets.
    mutating func readOctets(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
