// SPDX-License-Identifier: Apache-2.0

/// A MessagePack value of any shape, for data whose shape is not known beforehand.
public enum MessagePackValue: Hashable, Sendable {
    /// The absence of a value.
    case null
    /// A truth value.
    case bool(Bool)
    /// An integer below 0.
    case negative(Int64)
    /// An integer from 0.
    case unsigned(UInt64)
    /// A number of single or double precision.
    case float(Double)
    /// A text; octets of the old dialect that are UTF-8 are texts too.
    case text(String)
    /// Octets that are no text.
    case octets([UInt8])
    /// Values in order.
    case array([MessagePackValue])
    /// Keys with values, in the order in which they stand; keys may repeat.
    case map([Pair])
    /// A value of a type that the two sides agreed upon.
    case extended(type: Int8, [UInt8])

    /// A key with its value.
    public struct Pair: Hashable, Sendable {
        /// The key.
        public var key: MessagePackValue
        /// The value.
        public var value: MessagePackValue

        /// Makes a pair.
        public init(_ key: MessagePackValue, _ value: MessagePackValue) {
            self.key = key
            self.value = value
        }
    }

    /// Decodes one value that takes all octets.
    ///
    /// - Parameters:
    ///   - octets: the value, and nothing after it.
    ///   - depth: how deep arrays and maps may be nested.
    /// - Throws: ``MessagePackError``
    public init(decoding octets: [UInt8], depth: Int = 32) throws(MessagePackError) {
        var reader = MessagePackReader(octets)
        self = try reader.readValue(depth: depth)
        try reader.finish()
    }
}

extension MessagePackReader {
    /// Reads a value of any shape, nested at most `depth` deep.
    public mutating func readValue(depth: Int = 32) throws(MessagePackError) -> MessagePackValue {
        guard let kind = nextKind else { throw MessagePackError(.truncated, at: offset) }
        switch kind {
        case .null:
            _ = readNilIfPresent()
            return .null
        case .bool: return .bool(try readBool())
        case .integer: return try readIntegerValue()
        case .float: return .float(try readDouble())
        case .octets: return .octets(try readOctets())
        case .text:
            let octets = try readOctets()
            return String(validating: octets, as: UTF8.self).map { .text($0) } ?? .octets(octets)
        case .array: return .array(try readArray(depth: depth))
        case .map: return .map(try readMap(depth: depth))
        case .extended:
            let (type, octets) = try readExtension()
            return .extended(type: type, octets)
        case .unused: throw MessagePackError(.unexpected(0xc1), at: offset)
        }
    }

    private mutating func readIntegerValue() throws(MessagePackError) -> MessagePackValue {
        var unsigned = self
        if let value = try? unsigned.readInteger(UInt64.self) {  // else it is negative or cut off
            self = unsigned
            return .unsigned(value)
        }
        return .negative(try readInteger(Int64.self))
    }

    private mutating func readArray(depth: Int) throws(MessagePackError) -> [MessagePackValue] {
        if depth == 0 { throw MessagePackError(.tooDeep, at: offset) }
        var values: [MessagePackValue] = []
        for _ in 0..<(try readArrayCount()) { values.append(try readValue(depth: depth - 1)) }
        return values
    }

    private mutating func readMap(depth: Int) throws(MessagePackError) -> [MessagePackValue.Pair] {
        if depth == 0 { throw MessagePackError(.tooDeep, at: offset) }
        var pairs: [MessagePackValue.Pair] = []
        for _ in 0..<(try readMapCount()) {
            let key = try readValue(depth: depth - 1)
            pairs.append(MessagePackValue.Pair(key, try readValue(depth: depth - 1)))
        }
        return pairs
    }
}

extension MessagePackWriter {
    /// Writes a value of any shape.
    ///
    /// Extensions are written with 32-bit lengths.
    public mutating func write(_ value: MessagePackValue) {
        switch value {
        case .null: writeNil()
        case .bool(let value): write(value)
        case .negative(let value): write(Int(value))
        case .unsigned(let value): write(value)
        case .float(let value): write(value)
        case .text(let value): write(value)
        case .octets(let value): write(value)
        case .array(let values):
            beginArray(values.count)
            for value in values { write(value) }
        case .map(let pairs):
            beginMap(pairs.count)
            for pair in pairs {
                write(pair.key)
                write(pair.value)
            }
        case .extended(let type, let octets):
            writeExtension(type: type, octets)
        }
    }
}
