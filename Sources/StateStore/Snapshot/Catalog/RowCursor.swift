// SPDX-License-Identifier: Apache-2.0
import MessagePack

/// Reads the rows of a frame: what most rows consist of, and all else by the common reader.
///
/// Texts are told as ranges, so that one that is known is not made again.
struct RowCursor {
    /// The frame.
    let octets: [UInt8]
    /// Where the next octet stands.
    private(set) var place: Int

    /// Begins at an octet.
    init(_ octets: [UInt8], at place: Int) {
        self.octets = octets
        self.place = place
    }

    /// Whether all octets were read.
    var isAtEnd: Bool { place >= octets.count }

    /// The common reader, at the next octet.
    var reader: MessagePackReader { MessagePackReader(octets[place...]) }

    /// Goes on where a ``reader`` is that began here.
    mutating func advance(to reader: MessagePackReader) { place += reader.offset }

    /// Goes back to an octet that was read.
    mutating func goBack(to place: Int) { self.place = place }

    /// Reads the count of a map.
    mutating func mapCount() throws(MessagePackError) -> Int {
        guard !isAtEnd, (0x80...0x8f).contains(octets[place]) else {
            var reader = reader
            let count = try reader.readMapCount()
            advance(to: reader)
            return count
        }
        // Too many for the octets that are left are found out as they are read.
        defer { place += 1 }
        return Int(octets[place] & 0x0f)
    }

    /// Reads the key of a member; `nil` for one that is no small number, which was passed over
    /// with its value.
    mutating func key() throws(MessagePackError) -> Int? {
        guard !isAtEnd else { throw MessagePackError(.truncated, at: place) }
        let head = octets[place]
        if head < 0x80 {
            place += 1
            return Int(head)
        }
        try skip()
        try skip()
        return nil
    }

    /// Passes over a value.
    mutating func skip() throws(MessagePackError) {
        guard !isAtEnd, (0x90...0x9f).contains(octets[place]) else {
            try skipByReader()
            return
        }
        let count = Int(octets[place] & 0x0f)
        place += 1
        for _ in 0..<count {
            if !isAtEnd, (0xa0...0xbf).contains(octets[place]) {
                _ = try text()
            } else {
                try skipByReader()
            }
        }
    }

    private mutating func skipByReader() throws(MessagePackError) {
        var reader = reader
        try reader.skip()
        advance(to: reader)
    }

    /// Passes over a value; returns where it stands.
    mutating func skipped() throws(MessagePackError) -> Range<Int> {
        let start = place
        try skip()
        return start..<place
    }

    /// Reads where a text stands, without its head.
    mutating func text() throws(MessagePackError) -> Range<Int> {
        let start = place
        guard !isAtEnd else { throw MessagePackError(.truncated, at: start) }
        let head = octets[place]
        place += 1
        let length: Int
        switch head {
        case 0xa0...0xbf: length = Int(head & 0x1f)
        case 0xc4, 0xd9: length = try number(1, from: start)
        case 0xc5, 0xda: length = try number(2, from: start)
        case 0xc6, 0xdb: length = try number(4, from: start)
        default: throw MessagePackError(.unexpected(head), at: start)
        }
        guard length <= octets.count - place else {
            throw MessagePackError(.truncated, at: start)
        }
        defer { place += length }
        return place..<(place + length)
    }

    /// Reads a text.
    mutating func string() throws(MessagePackError) -> String {
        let range = try text()
        return try string(range)
    }

    /// The text of a range.
    func string(_ range: Range<Int>) throws(MessagePackError) -> String {
        // `String(validating:)` is generic, and slow where it is not inlined.
        do throws(UTF8.ValidationError) {
            return String(copying: try UTF8Span(validating: octets.span.extracting(range)))
        } catch {
            throw MessagePackError(.invalidText, at: range.lowerBound)
        }
    }

    /// Reads an index.
    mutating func index() throws(MessagePackError) -> RaftIndex {
        let start = place
        guard !isAtEnd else { throw MessagePackError(.truncated, at: start) }
        let head = octets[place]
        switch head {
        case ..<0x80:
            place += 1
            return RaftIndex(rawValue: UInt64(head))
        case 0xcc, 0xcd, 0xce:
            place += 1
            let count = 1 << Int(head - 0xcc)
            return RaftIndex(rawValue: UInt64(try number(count, from: start)))
        default:
            var reader = reader
            let index = try reader.readIndex()
            advance(to: reader)
            return index
        }
    }

    /// Reads a number.
    mutating func integer() throws(MessagePackError) -> Int {
        // What ``index()`` reads itself: small and unsigned, up to four octets.
        guard !isAtEnd, octets[place] >= 0x80, !(0xcc...0xce).contains(octets[place]) else {
            return Int(try index().rawValue)
        }
        var reader = reader
        let number = try reader.readInteger(Int.self)
        advance(to: reader)
        return number
    }

    /// Whether two ranges hold the same octets.
    func areSame(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
        for offset in 0..<a.count
        where octets[a.lowerBound + offset] != octets[b.lowerBound + offset] { return false }
        return true
    }

    /// Reads a number of so many octets, the highest first.
    private mutating func number(_ count: Int, from start: Int) throws(MessagePackError) -> Int {
        guard count <= octets.count - place else { throw MessagePackError(.truncated, at: start) }
        var number = 0
        for offset in 0..<count { number = number << 8 | Int(octets[place + offset]) }
        place += count
        return number
    }
}
