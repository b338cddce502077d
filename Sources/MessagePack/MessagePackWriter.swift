// SPDX-License-Identifier: Apache-2.0

/// Writes MessagePack, each number and length in its shortest form.
///
/// An array or a map begins with its count; the caller writes as many values, or keys and values,
/// as announced.
public struct MessagePackWriter: Sendable {
    /// Which of the two forms of the format is written.
    public enum Dialect: Hashable, Sendable {
        /// The format of today, with octet strings apart from texts and lengths of one octet.
        case current
        /// The format before 2013, as Serf and Consul speak it: one kind of raw octets, of which
        /// texts are one use, with lengths of 5, 16 or 32 bits.
        case raw
    }

    /// What was written so far.
    public private(set) var octets: [UInt8] = []
    private let dialect: Dialect

    /// Makes a writer without output.
    public init(dialect: Dialect = .current) { self.dialect = dialect }

    /// Writes the absence of a value.
    public mutating func writeNil() { octets.append(0xc0) }

    /// Writes a truth value.
    public mutating func write(_ value: Bool) { octets.append(value ? 0xc3 : 0xc2) }

    /// Writes an integer, as a positive number when it is not negative.
    public mutating func write(_ value: Int) {
        switch value {
        case 0...: write(UInt64(value))
        case -32..<0: octets.append(UInt8(bitPattern: Int8(value)))
        case -0x80..<0: write(0xd0, UInt8(bitPattern: Int8(value)))
        case -0x8000..<0: write(0xd1, UInt16(bitPattern: Int16(value)))
        case -0x8000_0000..<0: write(0xd2, UInt32(bitPattern: Int32(value)))
        default: write(0xd3, UInt64(bitPattern: Int64(value)))
        }
    }

    /// Writes an integer that is not negative.
    public mutating func write(_ value: UInt64) {
        switch value {
        case ..<0x80: octets.append(UInt8(value))
        case ..<0x100: write(0xcc, UInt8(value))
        case ..<0x1_0000: write(0xcd, UInt16(value))
        case ..<0x1_0000_0000: write(0xce, UInt32(value))
        default: write(0xcf, value)
        }
    }

    /// Writes a number of double precision.
    public mutating func write(_ value: Double) { write(0xcb, value.bitPattern) }

    /// Writes a text.
    public mutating func write(_ value: String) {
        let octets = value.utf8
        switch octets.count {
        case ..<32: self.octets.append(0xa0 | UInt8(octets.count))
        case ..<0x100 where dialect == .current: write(0xd9, UInt8(octets.count))
        case ..<0x1_0000: write(0xda, UInt16(octets.count))
        default: write(0xdb, UInt32(octets.count))
        }
        self.octets.append(contentsOf: octets)
    }

    /// Writes octets.
    public mutating func write(_ value: [UInt8]) {
        switch (dialect, value.count) {
        case (.raw, ..<32): octets.append(0xa0 | UInt8(value.count))
        case (.raw, ..<0x1_0000): write(0xda, UInt16(value.count))
        case (.raw, _): write(0xdb, UInt32(value.count))
        case (.current, ..<0x100): write(0xc4, UInt8(value.count))
        case (.current, ..<0x1_0000): write(0xc5, UInt16(value.count))
        case (.current, _): write(0xc6, UInt32(value.count))
        }
        octets.append(contentsOf: value)
    }

    /// Begins an array of `count` values.
    public mutating func beginArray(_ count: Int) {
        switch count {
        case ..<16: octets.append(0x90 | UInt8(count))
        case ..<0x1_0000: write(0xdc, UInt16(count))
        default: write(0xdd, UInt32(count))
        }
    }

    /// Begins a map of `count` keys, each followed by its value.
    public mutating func beginMap(_ count: Int) {
        switch count {
        case ..<16: octets.append(0x80 | UInt8(count))
        case ..<0x1_0000: write(0xde, UInt16(count))
        default: write(0xdf, UInt32(count))
        }
    }

    /// Writes a map whose count is known only afterwards: `body` writes the keys with their values
    /// and returns how many it wrote.
    public mutating func writeMap(_ body: (inout MessagePackWriter) -> Int) {
        let start = octets.count
        octets.append(0x80)
        let count = body(&self)
        guard count >= 16 else {
            octets[start] |= UInt8(count)
            return
        }
        var head = MessagePackWriter()
        head.beginMap(count)
        octets.replaceSubrange(start...start, with: head.octets)
    }

    /// Writes an extension, in the form with a 32-bit length.
    mutating func writeExtension(type: Int8, _ value: [UInt8]) {
        write(0xc9, UInt32(value.count))
        octets.append(UInt8(bitPattern: type))
        octets.append(contentsOf: value)
    }

    private mutating func write<Number: FixedWidthInteger>(_ head: UInt8, _ value: Number) {
        octets.append(head)
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
        }
    }
}
