// SPDX-License-Identifier: Apache-2.0

/// Makes the keys of the tables.
///
/// A key of several texts keeps their order and cannot be mistaken for another: each text but the
/// last ends with octet 0, and an octet 0 inside a text is followed by 255, which no UTF-8 text
/// contains.
enum TreeKey {
    /// The key of one text, in a table where every key is one.
    static func make(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// The key of two texts.
    static func make(_ first: String, _ last: String) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(first.utf8.count + last.utf8.count + 1)
        append(first, to: &key)
        key.append(0)
        append(last, to: &key)
        return key
    }

    /// The key of three texts.
    static func make(_ first: String, _ second: String, _ last: String) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(first.utf8.count + second.utf8.count + last.utf8.count + 2)
        append(first, to: &key)
        key.append(0)
        append(second, to: &key)
        key.append(0)
        append(last, to: &key)
        return key
    }

    /// Eight octets that are ordered as the numbers are.
    static func bigEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    /// The key of one text in a table that has keys of several too.
    static func alone(_ text: String) -> [UInt8] {
        var key: [UInt8] = []
        append(text, to: &key)
        return key
    }

    /// What all keys begin with whose first text this is and that have a second one.
    static func prefix(_ first: String) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(first.utf8.count + 1)
        append(first, to: &key)
        key.append(0)
        return key
    }

    /// What all keys begin with whose first two texts these are and that have a third one.
    static func prefix(_ first: String, _ second: String) -> [UInt8] {
        var key = make(first, second)
        key.append(0)
        return key
    }

    /// The keys of the single texts that a key is made of.
    static func parts(_ key: some Collection<UInt8>) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var part: [UInt8] = []
        var rest = key.makeIterator()
        var pending = rest.next()
        while let octet = pending {
            pending = rest.next()
            if octet != 0 {
                part.append(octet)
            } else if pending == 255 {
                part.append(0)
                pending = rest.next()
            } else {
                parts.append(part)
                part.removeAll()
            }
        }
        parts.append(part)
        return parts
    }

    /// The texts of a key.
    static func texts(_ key: some Collection<UInt8>) -> [String] {
        parts(key).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The keys of the two texts that a key is made of.
    static func pair(_ key: [UInt8]) -> (first: [UInt8], last: [UInt8]) {
        if let end = key.firstIndex(of: 0), end + 1 == key.count || key[end + 1] != 255,
            !key[(end + 1)...].contains(0)
        {
            return (Array(key[..<end]), Array(key[(end + 1)...]))
        }
        let parts = parts(key)
        return (parts[0], parts.count > 1 ? parts[1] : [])
    }

    /// Appends a text as it stands in a key of several.
    static func append(_ text: String, to key: inout [UInt8]) {
        var text = text
        let isWhole: Void? = text.withUTF8 { octets in
            guard unsafe !octets.contains(0) else { return nil }
            unsafe key.append(contentsOf: octets)
            return ()
        }
        guard isWhole == nil else { return }
        for octet in text.utf8 {
            key.append(octet)
            if octet == 0 { key.append(255) }
        }
    }
}
