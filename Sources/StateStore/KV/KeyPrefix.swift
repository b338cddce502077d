// SPDX-License-Identifier: Apache-2.0

/// What keys begin with, as a topic to wait for: its length and a hash of its octets.
///
/// A write concerns whoever waits for any beginning of its key; with hashes all of them are told in
/// one walk, without a text for each. Two prefixes with the same hash wake each other's readers,
/// which look at the index and go on waiting.
public struct KeyPrefix: Hashable, Sendable {
    private var length: Int
    private var hash: UInt64

    /// The prefix of every key.
    static let empty = KeyPrefix(length: 0, hash: 0xcbf2_9ce4_8422_2325)

    private init(length: Int, hash: UInt64) {
        self.length = length
        self.hash = hash
    }

    /// The prefix that a text is.
    public init(_ text: String) {
        self = .empty
        for octet in text.utf8 { append(octet) }
    }

    /// Every prefix of a key, the empty one and the key itself among them.
    static func all(of key: String) -> [KeyPrefix] {
        var prefixes = [empty]
        prefixes.reserveCapacity(key.utf8.count + 1)
        var prefix = empty
        for octet in key.utf8 {
            prefix.append(octet)
            prefixes.append(prefix)
        }
        return prefixes
    }

    // FNV-1a: each octet adds to what stands before it.
    private mutating func append(_ octet: UInt8) {
        length += 1
        hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3
    }
}
