// SPDX-License-Identifier: Apache-2.0

/// Numbers for keys of octets, given in the order in which the keys first come: an open hash table
/// with the system's seeded hash, so that nobody can choose keys that meet.
struct OctetNumbers: Sendable {
    /// The keys, one after the other.
    private var octets: [UInt8] = []
    /// Where each key ends in ``octets``.
    private var ends: [Int] = []
    /// A number and one more; 0 is free.
    private var slots = [UInt32](repeating: 0, count: 256)
    /// The hash of each key.
    private var hashes: [Int] = []

    /// The number of keys.
    var count: Int { ends.count }

    /// The number of the key that is some octets and then others; a new key gets the next one.
    mutating func number(
        of first: ArraySlice<UInt8>,
        _ last: ArraySlice<UInt8>
    ) -> (number: Int, isNew: Bool) {
        let hash = Self.hash(first, last)
        var index = hash & (slots.count - 1)
        while slots[index] != 0 {
            let number = Int(slots[index]) - 1
            if hashes[number] == hash, isKey(number, first, last) { return (number, false) }
            index = (index + 1) & (slots.count - 1)
        }
        let number = ends.count
        octets.append(contentsOf: first)
        octets.append(contentsOf: last)
        ends.append(octets.count)
        hashes.append(hash)
        slots[index] = UInt32(number + 1)
        if ends.count * 2 > slots.count { grow() }
        return (number, true)
    }

    /// The number of a text as a key; a new one gets the next number.
    mutating func number(of text: String) -> (number: Int, isNew: Bool) {
        number(of: Array(text.utf8)[...], [])
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
                let number = Int(slots[index]) - 1
                let start = number == 0 ? 0 : ends[number - 1]
                if hashes[number] == hash, ends[number] - start == key.count,
                    unsafe octets[start..<ends[number]].elementsEqual(key)
                {
                    return number
                }
                index = (index + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    private static func hash(_ first: ArraySlice<UInt8>, _ last: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        unsafe first.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        unsafe last.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    private func isKey(
        _ number: Int,
        _ first: ArraySlice<UInt8>,
        _ last: ArraySlice<UInt8>
    ) -> Bool {
        let start = number == 0 ? 0 : ends[number - 1]
        let middle = start + first.count
        guard ends[number] - middle == last.count else { return false }
        return octets[start..<middle].elementsEqual(first)
            && octets[middle..<ends[number]].elementsEqual(last)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for number in hashes.indices {
            var index = hashes[number] & (slots.count - 1)
            while slots[index] != 0 { index = (index + 1) & (slots.count - 1) }
            slots[index] = UInt32(number + 1)
        }
    }
}
