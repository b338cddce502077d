// SPDX-License-Identifier: Apache-2.0

/// Octets of an entry while it is being built.
struct EntryOctets {
    private(set) var octets: [UInt8] = []

    var count: Int { octets.count }

    mutating func reserve(_ count: Int) { octets.reserveCapacity(count) }

    /// Appends a number as it lies in memory.
    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe octets.append(contentsOf: $0) }
    }

    mutating func append(_ more: some Collection<UInt8>) { octets.append(contentsOf: more) }

    /// Appends zeros until the count is a multiple of `alignment`.
    mutating func pad(to alignment: Int) {
        while octets.count % alignment != 0 { octets.append(0) }
    }

    /// Overwrites octets that were appended before.
    mutating func replace<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
        unsafe withUnsafeBytes(of: number.littleEndian) {
            for index in 0..<MemoryLayout<Number>.size { octets[offset + index] = unsafe $0[index] }
        }
    }
}
