// SPDX-License-Identifier: Apache-2.0
import MessagePack

/// Writes the members of a map with small integer keys; a member with its default value is left
/// out.
struct FieldWriter: ~Copyable {
    private var writer: MessagePackWriter
    private(set) var count = 0

    fileprivate init(_ writer: consuming MessagePackWriter) { self.writer = writer }

    fileprivate consuming func finished() -> (MessagePackWriter, Int) { (writer, count) }

    private mutating func writeKey(_ key: Int) {
        writer.write(key)
        count += 1
    }

    mutating func write(_ key: Int, _ value: String) {
        guard !value.isEmpty else { return }
        writeKey(key)
        writer.write(value)
    }

    mutating func write(_ key: Int, _ value: Int) {
        guard value != 0 else { return }
        writeKey(key)
        writer.write(value)
    }

    /// Writes a number for which readers take another one than 0 when it is left out.
    mutating func write(_ key: Int, evenZero value: Int) {
        writeKey(key)
        writer.write(value)
    }

    mutating func write(_ key: Int, _ value: UInt64) {
        guard value != 0 else { return }
        writeKey(key)
        writer.write(value)
    }

    mutating func write(_ key: Int, _ index: RaftIndex) { write(key, index.rawValue) }

    mutating func write(_ key: Int, _ value: Double) {
        guard value != 0 else { return }
        writeKey(key)
        writer.write(value)
    }

    mutating func write(_ key: Int, _ values: [Double]) {
        guard !values.isEmpty else { return }
        writeKey(key)
        writer.beginArray(values.count)
        for value in values { writer.write(value) }
    }

    mutating func write(_ key: Int, _ value: Bool) {
        guard value else { return }
        writeKey(key)
        writer.write(value)
    }

    mutating func write(_ key: Int, _ values: [String]) {
        guard !values.isEmpty else { return }
        writeKey(key)
        writer.beginArray(values.count)
        for value in values { writer.write(value) }
    }

    mutating func write(_ key: Int, octets: [UInt8]) {
        guard !octets.isEmpty else { return }
        writeKey(key)
        writer.write(octets)
    }

    /// Writes a map that may be absent; an empty one is not the same.
    mutating func write(_ key: Int, _ values: [String: String]?) {
        guard let values else { return }
        writeKey(key)
        writer.beginMap(values.count)
        // Sorted, so that the same command has the same octets everywhere.
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            writer.write(name)
            writer.write(value)
        }
    }

    /// Writes a map of members.
    mutating func write(_ key: Int, _ body: (inout FieldWriter) -> Void) {
        writeKey(key)
        writer.writeFields(body)
    }

    /// Writes an array of maps of members.
    mutating func write(_ key: Int, _ bodies: [(inout FieldWriter) -> Void]) {
        guard !bodies.isEmpty else { return }
        writeKey(key)
        writer.beginArray(bodies.count)
        for body in bodies { writer.writeFields(body) }
    }

    /// Writes a map from names to maps of members.
    mutating func write(_ key: Int, _ bodies: [(String, (inout FieldWriter) -> Void)]) {
        guard !bodies.isEmpty else { return }
        writeKey(key)
        writer.beginMap(bodies.count)
        for (name, body) in bodies {
            writer.write(name)
            writer.writeFields(body)
        }
    }
}

extension MessagePackWriter {
    /// Writes a map of members.
    mutating func writeFields(_ body: (inout FieldWriter) -> Void) {
        writeMap { writer in
            var fields = FieldWriter(writer)
            writer = MessagePackWriter()  // gives up its octets, so that they are not copied
            body(&fields)
            let count: Int
            (writer, count) = fields.finished()
            return count
        }
    }
}

extension MessagePackReader {
    /// Reads a map of members: `body` reads the value of a key it knows and returns `true`, or
    /// returns `false`; then the value is skipped.
    mutating func readFields(
        _ body: (Int, inout MessagePackReader) throws(MessagePackError) -> Bool
    ) throws(MessagePackError) {
        for _ in 0..<(try readMapCount()) {
            guard nextKind == .integer else {
                try skip()
                try skip()
                continue
            }
            if try !body(try readInteger(), &self) { try skip() }
        }
    }

    /// Reads an index.
    mutating func readIndex() throws(MessagePackError) -> RaftIndex {
        RaftIndex(rawValue: try readInteger())
    }

    /// Reads a number; infinities and what is no number are refused.
    mutating func readFinite() throws(MessagePackError) -> Double {
        let start = offset
        let value = try readDouble()
        guard value.isFinite else { throw MessagePackError(.outOfRange, at: start) }
        return value
    }

    /// Reads an array of texts.
    mutating func readStrings() throws(MessagePackError) -> [String] {
        var values: [String] = []
        for _ in 0..<(try readArrayCount()) { values.append(try readString()) }
        return values
    }

    /// Reads a map from texts to values.
    mutating func readDictionary<Value>(
        _ read: (inout MessagePackReader) throws(MessagePackError) -> Value
    ) throws(MessagePackError) -> [String: Value] {
        var values: [String: Value] = [:]
        for _ in 0..<(try readMapCount()) { values[try readString()] = try read(&self) }
        return values
    }

    /// Reads a map from texts to texts.
    mutating func readTexts() throws(MessagePackError) -> [String: String] {
        try readDictionary { reader throws(MessagePackError) in try reader.readString() }
    }
}
