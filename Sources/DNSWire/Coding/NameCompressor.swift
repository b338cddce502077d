// SPDX-License-Identifier: Apache-2.0

/// Where in a message the names written so far can be pointed at (RFC 1035 §4.1.4).
///
/// An open hash table from the hash of a suffix to the offset of its first occurrence. What is
/// stored are offsets only; a candidate is compared with the octets of the message itself.
struct NameCompressor {
    // RFC 1035 §4.1.4: a pointer has 14 bits, so only the first 16,384 octets can be pointed at.
    static let maximumOffset = 0x3fff

    private struct Slot {
        var hash: UInt64 = 0
        /// The offset of the suffix; 0 for a free slot, since offset 0 is always the header.
        var offset: UInt16 = 0
    }

    private var slots = [Slot](repeating: Slot(), count: 32)
    private var used = 0

    /// The offset of an earlier occurrence of the suffix of `name` that begins at `start`.
    ///
    /// Case does not matter (RFC 1035 §4.1.4, RFC 4343 §4.2; to Consul it does): the first spelling
    /// in the message, mostly the client's, is that of all names that point there.
    func offset(of name: [UInt8], from start: Int, hash: UInt64, in message: [UInt8]) -> Int? {
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].offset != 0 {
            let slot = slots[index]
            if slot.hash == hash, Self.matches(name, from: start, at: Int(slot.offset), in: message)
            {
                return Int(slot.offset)
            }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Remembers that a suffix with this hash stands at `offset`, which must be at most
    /// ``maximumOffset`` and behind the header.
    mutating func insert(hash: UInt64, at offset: Int) {
        if (used + 1) * 2 > slots.count { grow() }
        place(Slot(hash: hash, offset: UInt16(offset)))
        used += 1
    }

    /// The hashes of all suffixes of a name, by the offset of their first label.
    ///
    /// FNV-1a over the folded labels from the right; length octets are below the letters.
    /// Collisions cost a comparison, never a wrong pointer.
    static func suffixHashes(of name: [UInt8]) -> [(start: Int, hash: UInt64)] {
        var starts: [(start: Int, hash: UInt64)] = []
        var offset = 0
        while name[offset] != 0 {
            starts.append((offset, 0))
            offset += 1 + Int(name[offset])
        }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in starts.indices.reversed() {
            let start = starts[index].start
            for octet in name[start...(start + Int(name[start]))] {
                hash = (hash ^ UInt64(foldedOctet(octet))) &* 0x100_0000_01b3
            }
            hash ^= hash >> 32
            starts[index].hash = hash
        }
        return starts
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        for slot in old where slot.offset != 0 { place(slot) }
    }

    private mutating func place(_ slot: Slot) {
        var index = Int(truncatingIfNeeded: slot.hash) & (slots.count - 1)
        while slots[index].offset != 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = slot
    }

    // The message is our own: its pointers go backwards and its labels are whole. Only the name
    // that is just being written may end early: its hash can collide, its octets cannot match.
    private static func matches(
        _ name: [UInt8],
        from start: Int,
        at offset: Int,
        in message: [UInt8]
    ) -> Bool {
        var position = offset
        var index = start
        while position < message.count {
            let octet = message[position]
            if octet & 0xc0 == 0xc0 {
                position = Int(octet & 0x3f) << 8 | Int(message[position + 1])
                continue
            }
            guard octet == name[index] else { return false }
            if octet == 0 { return true }
            for step in 1...Int(octet)
            where foldedOctet(message[position + step]) != foldedOctet(name[index + step]) {
                return false
            }
            position += 1 + Int(octet)
            index += 1 + Int(octet)
        }
        return false
    }
}
