// SPDX-License-Identifier: Apache-2.0
import Publication

/// What counts of an instance for its service and does not stand in its record: 8 octets.
struct InstanceTraits: Equatable {
    struct Flags: OptionSet {
        let rawValue: UInt8

        /// Its priority is not the usual one.
        static let hasPriority = Flags(rawValue: 1 << 0)
        /// Its node has metadata.
        static let hasTexts = Flags(rawValue: 1 << 1)
        /// The name of its node is odd or too long.
        static let hasSlowName = Flags(rawValue: 1 << 2)
        /// The fingerprint of its location is that of its record.
        static let isRecordLocation = Flags(rawValue: 1 << 3)
    }

    private let bits: UInt64

    /// Of the fingerprint of the location 48 bits are kept; `width` is that of the SRV target
    /// without the domain, in octets.
    init(location: UInt64, width: Int, flags: Flags) {
        bits =
            location & Self.locationBits | UInt64(UInt8(clamping: width)) << 48
            | UInt64(flags.rawValue) << 56
    }

    static let locationBits: UInt64 = 0x0000_ffff_ffff_ffff

    /// The fingerprint of its location.
    var location: UInt64 { bits & Self.locationBits }

    /// The octets of its SRV target without the domain, 255 at most.
    var width: Int { Int(truncatingIfNeeded: bits >> 48) & 255 }

    var flags: Flags { Flags(rawValue: UInt8(truncatingIfNeeded: bits >> 56)) }
}

/// Fingerprints of what may occur twice in a service: of what kind it is, and from a secret seed.
struct Fingerprint {
    private var hash: UInt64

    enum Kind: UInt8 {
        case v4 = 1
        case v6, node, weight, record, location
    }

    init(_ kind: Kind, seed: UInt64) {
        // Mixed in of itself: the numbers that follow are small, and no two kinds may meet.
        hash = EntryKey.hash(seed, adding: UInt64(kind.rawValue) &* 0x9e37_79b9_7f4a_7c15)
    }

    mutating func add(_ word: UInt64) { hash = EntryKey.hash(hash, adding: word) }

    /// Adds the octets of a text.
    mutating func add(_ text: String) {
        var text = text
        var hash = hash
        text.withUTF8 { octets in
            let count = octets.count
            let octets = UnsafeRawBufferPointer(octets)
            var offset = 0
            while offset + 8 <= count {
                let word = unsafe octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                hash = EntryKey.hash(hash, adding: word)
                offset += 8
            }
            var word: UInt64 = 0
            while offset < count {
                word = unsafe word << 8 | UInt64(octets[offset])
                offset += 1
            }
            hash = EntryKey.hash(hash, adding: word)
        }
        self.hash = hash
    }

    /// The fingerprint, with a number that says how much was added.
    func value(_ count: Int = 0) -> UInt64 { EntryKey.finishHash(hash, length: count) }
}
