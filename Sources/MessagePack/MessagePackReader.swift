// SPDX-License-Identifier: Apache-2.0

/// Reads MessagePack of either dialect; safe on any octets.
///
/// Every length and count is compared with the octets that are left before anything is taken for
/// it, so that no input makes a reader allocate or loop beyond its own size. After an error the
/// reader is to be thrown away.
public struct MessagePackReader: Sendable {
    private let octets: ArraySlice<UInt8>
    private var position: Int

    /// Makes a reader at the first octet.
    public init(_ octets: [UInt8]) { self.init(octets[...]) }

    /// Makes a reader at the first octet.
    public init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
        position = octets.startIndex
    }

    /// The offset of the next octet.
    public var offset: Int { position - octets.startIndex }

    /// Whether all octets were read.
    public var isAtEnd: Bool { position == octets.endIndex }

    /// The kind of the next value; `nil` at the end.
    public var nextKind: MessagePackKind? {
        isAtEnd ? nil : MessagePackKind(head: octets[position])
    }

    /// Demands that all octets were read.
    public func finish() throws(MessagePackError) {
        if !isAtEnd { throw MessagePackError(.trailing, at: offset) }
    }

    /// Reads a nil if one stands next.
    public mutating func readNilIfPresent() -> Bool {
        guard !isAtEnd, octets[position] == 0xc0 else { return false }
        position += 1
        return true
    }

    /// Reads a truth value.
    public mutating func readBool() throws(MessagePackError) -> Bool {
        let start = offset
        switch try readHead() {
        case 0xc2: return false
        case 0xc3: return true
        case let head: throw MessagePackError(.unexpected(head), at: start)
        }
    }

    /// Reads an integer, in whatever width it was written.
    public mutating func readInteger<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(MessagePackError) -> Number {
        let start = offset
        let head = try readHead()
        let number: Number? =
            switch head {
            case ..<0x80: Number(exactly: head)
            case 0xe0...: Number(exactly: Int8(bitPattern: head))
            case 0xcc: Number(exactly: try readNumber(UInt8.self))
            case 0xcd: Number(exactly: try readNumber(UInt16.self))
            case 0xce: Number(exactly: try readNumber(UInt32.self))
            case 0xcf: Number(exactly: try readNumber(UInt64.self))
            case 0xd0: Number(exactly: Int8(bitPattern: try readNumber()))
            case 0xd1: Number(exactly: Int16(bitPattern: try readNumber()))
            case 0xd2: Number(exactly: Int32(bitPattern: try readNumber()))
            case 0xd3: Number(exactly: Int64(bitPattern: try readNumber()))
            default: throw MessagePackError(.unexpected(head), at: start)
            }
        guard let number else { throw MessagePackError(.outOfRange, at: start) }
        return number
    }

    /// Reads a number of single or double precision, or an integer as one.
    public mutating func readDouble() throws(MessagePackError) -> Double {
        switch nextKind {
        case .float where octets[position] == 0xca:
            position += 1
            return Double(Float(bitPattern: try readNumber()))
        case .float:
            position += 1
            return Double(bitPattern: try readNumber())
        case .integer where octets[position] == 0xcf:
            return Double(try readInteger(UInt64.self))
        default:
            return Double(try readInteger(Int64.self))
        }
    }

    /// Reads a text; octets that are UTF-8 pass for one, since the old dialect has one kind.
    public mutating func readString() throws(MessagePackError) -> String {
        let start = offset
        let text = String(validating: try readSlice(), as: UTF8.self)
        guard let text else { throw MessagePackError(.invalidText, at: start) }
        return text
    }

    /// Reads octets, whether written as such or as a text.
    public mutating func readOctets() throws(MessagePackError) -> [UInt8] {
        Array(try readSlice())
    }

    /// Reads the count of an array; as many values follow.
    public mutating func readArrayCount() throws(MessagePackError) -> Int {
        let start = offset
        let head = try readHead()
        guard MessagePackKind(head: head) == .array else {
            throw MessagePackError(.unexpected(head), at: start)
        }
        return try readChildren(of: head)
    }

    /// Reads the count of a map; as many keys follow, each with its value.
    public mutating func readMapCount() throws(MessagePackError) -> Int {
        let start = offset
        let head = try readHead()
        guard MessagePackKind(head: head) == .map else {
            throw MessagePackError(.unexpected(head), at: start)
        }
        return try readChildren(of: head) / 2
    }

    /// Reads past a value of any kind, with all that is in it, without recursion.
    public mutating func skip() throws(MessagePackError) {
        var pending = 1
        while pending > 0 {
            pending -= 1
            let start = offset
            let head = try readHead()
            switch MessagePackKind(head: head) {
            case .unused: throw MessagePackError(.unexpected(head), at: start)
            case .array, .map: pending += try readChildren(of: head)
            default: try advance(by: try readLength(after: head))
            }
        }
    }

    /// Reads an extension: its type and its octets.
    mutating func readExtension() throws(MessagePackError) -> (type: Int8, octets: [UInt8]) {
        let start = offset
        let head = try readHead()
        guard MessagePackKind(head: head) == .extended else {
            throw MessagePackError(.unexpected(head), at: start)
        }
        // The length counts the type.
        let count = try readLength(after: head)
        let type = Int8(bitPattern: try readHead())
        let first = position
        try advance(by: count - 1)
        return (type, Array(octets[first..<position]))
    }
}

// The parts of a value.
extension MessagePackReader {
    private var left: Int { octets.endIndex - position }

    private mutating func readHead() throws(MessagePackError) -> UInt8 {
        guard left > 0 else { throw MessagePackError(.truncated, at: offset) }
        defer { position += 1 }
        return octets[position]
    }

    private mutating func advance(by count: Int) throws(MessagePackError) {
        guard count <= left else { throw MessagePackError(.truncated, at: offset) }
        position += count
    }

    private mutating func readNumber<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type = Number.self
    ) throws(MessagePackError) -> Number {
        let first = position
        try advance(by: Number.bitWidth / 8)
        var number: Number = 0
        for octet in octets[first..<position] { number = number << 8 | Number(octet) }
        return number
    }

    private mutating func readSlice() throws(MessagePackError) -> ArraySlice<UInt8> {
        let start = offset
        let head = try readHead()
        switch MessagePackKind(head: head) {
        case .text, .octets: break
        default: throw MessagePackError(.unexpected(head), at: start)
        }
        let count = try readLength(after: head)
        let first = position
        try advance(by: count)
        return octets[first..<position]
    }

    /// How many octets follow the head of a value that contains no other, its length read.
    private mutating func readLength(after head: UInt8) throws(MessagePackError) -> Int {
        switch head {
        case 0xa0...0xbf: Int(head & 0x1f)
        case 0xc4, 0xd9: Int(try readNumber(UInt8.self))
        case 0xc5, 0xda: Int(try readNumber(UInt16.self))
        case 0xc6, 0xdb: Int(try readNumber(UInt32.self))
        case 0xc7: Int(try readNumber(UInt8.self)) + 1
        case 0xc8: Int(try readNumber(UInt16.self)) + 1
        case 0xc9: Int(try readNumber(UInt32.self)) + 1
        case 0xcc, 0xd0: 1
        case 0xcd, 0xd1: 2
        case 0xca, 0xce, 0xd2: 4
        case 0xcb, 0xcf, 0xd3: 8
        case 0xd4: 2
        case 0xd5: 3
        case 0xd6: 5
        case 0xd7: 9
        case 0xd8: 17
        default: 0
        }
    }

    /// How many values follow the head of an array or a map; each takes an octet at least.
    private mutating func readChildren(of head: UInt8) throws(MessagePackError) -> Int {
        let start = offset - 1
        let count =
            switch head {
            case 0x80...0x8f: Int(head & 0x0f) * 2
            case 0x90...0x9f: Int(head & 0x0f)
            case 0xdc: Int(try readNumber(UInt16.self))
            case 0xdd: Int(try readNumber(UInt32.self))
            case 0xde: Int(try readNumber(UInt16.self)) * 2
            default: Int(try readNumber(UInt32.self)) * 2
            }
        guard count <= left else { throw MessagePackError(.truncated, at: start) }
        return count
    }
}
