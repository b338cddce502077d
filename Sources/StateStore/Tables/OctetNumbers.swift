// SPDX-License-Identifier: Apache-2.0

/// Numbers for keys of octets, given in the order in which the keys first come: an open hash table
/// with the system's seeded hash, so that nobody can choose keys that meet.
struct OctetNumbers: Sendable {
    /// The keys, one after the other.
    private var octets: [UInt8] = []
    /// Where each key ends in ``octets``.
    private var ends: [Int] = []
    /// The upper half of a hash, and below it the number and one more; 0 is free.
    ///
    /// With the half a look at other memory is rarely in vain.
    private var slots = [UInt64](repeating: 0, count: 256)
    /// The hash of each key.
    private var hashes: [Int] = []
    /// For each number the one that was told after it last, and one more; 0 for none.
    ///
    /// Keys often come in the same order again: one that is expected takes no search.
    private var followers: [UInt32] = []
    /// The number that was told last.
    private var recent: Int?

    /// The number of keys.
    var count: Int { ends.count }

    /// The number of the key that is two ranges of octets, one after the other; a new key gets the
    /// next number.
    mutating func number(
        of source: [UInt8],
        _ first: Range<Int>,
        _ last: Range<Int>
    ) -> (number: Int, isNew: Bool) {
        if let recent {
            let expected = Int(followers[recent]) - 1
            if expected >= 0, isKey(expected, source, first, last) {
                self.recent = expected
                return (expected, false)
            }
        }
        let found = search(source, first, last)
        if let recent { followers[recent] = UInt32(found.number + 1) }
        recent = found.number
        return found
    }

    private mutating func search(
        _ source: [UInt8],
        _ first: Range<Int>,
        _ last: Range<Int>
    ) -> (number: Int, isNew: Bool) {
        let hash = Self.hash(source, first, last)
        var index = hash & (slots.count - 1)
        while slots[index] != 0 {
            let slot = slots[index]
            if slot >> 32 == Self.mark(hash) {
                let number = Self.number(in: slot)
                if isKey(number, source, first, last) { return (number, false) }
            }
            index = (index + 1) & (slots.count - 1)
        }
        let number = ends.count
        octets.append(contentsOf: source[first])
        octets.append(contentsOf: source[last])
        ends.append(octets.count)
        hashes.append(hash)
        followers.append(0)
        slots[index] = Self.slot(number, hash)
        if ends.count * 2 > slots.count { grow() }
        return (number, true)
    }

    /// The number of a text as a key; a new one gets the next number.
    mutating func number(of text: String) -> (number: Int, isNew: Bool) {
        let key = Array(text.utf8)
        return number(of: key, key.indices, 0..<0)
    }

    /// The number of a text as a key; `nil` for one that has none.
    func find(_ text: String) -> Int? {
        var text = text
        return text.withUTF8 { key in
            var hasher = Hasher()
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(key))
            // As of a key of two parts: what is empty adds nothing.
            let hash = hasher.finalize()
            var index = hash & (slots.count - 1)
            while slots[index] != 0 {
                let slot = slots[index]
                if slot >> 32 == Self.mark(hash) {
                    let number = Self.number(in: slot)
                    let start = number == 0 ? 0 : ends[number - 1]
                    if ends[number] - start == key.count,
                        unsafe octets[start..<ends[number]].elementsEqual(key)
                    {
                        return number
                    }
                }
                index = (index + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    private static func mark(_ hash: Int) -> UInt64 { UInt64(UInt(bitPattern: hash)) >> 32 }

    private static func slot(_ number: Int, _ hash: Int) -> UInt64 {
        mark(hash) << 32 | UInt64(number + 1)
    }

    private static func number(in slot: UInt64) -> Int {
        Int(UInt32(truncatingIfNeeded: slot)) - 1
    }

    private static func hash(
        _ source: [UInt8],
        _ first: Range<Int>,
        _ last: Range<Int>
    ) -> Int {
        var hasher = Hasher()
        unsafe source.withUnsafeBytes { source in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: source[first]))
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: source[last]))
        }
        return hasher.finalize()
    }

    private func isKey(
        _ number: Int,
        _ source: [UInt8],
        _ first: Range<Int>,
        _ last: Range<Int>
    ) -> Bool {
        let start = number == 0 ? 0 : ends[number - 1]
        let middle = start + first.count
        guard ends[number] - middle == last.count else { return false }
        for offset in 0..<first.count
        where octets[start + offset] != source[first.lowerBound + offset] { return false }
        for offset in 0..<last.count
        where octets[middle + offset] != source[last.lowerBound + offset] { return false }
        return true
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        for number in hashes.indices {
            var index = hashes[number] & (slots.count - 1)
            while slots[index] != 0 { index = (index + 1) & (slots.count - 1) }
            slots[index] = Self.slot(number, hashes[number])
        }
    }
}
