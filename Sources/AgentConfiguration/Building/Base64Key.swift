// SPDX-License-Identifier: Apache-2.0

/// Reads the gossip key (`encrypt`) with the error texts of Go's `base64.StdEncoding`.
enum Base64Key {
    struct Failure: Error {
        let description: String
    }

    /// Decodes a key of 16, 24 or 32 octets; empty stays empty.
    static func decode(_ text: String) throws(Failure) -> [UInt8] {
        guard !text.isEmpty else { return [] }
        let key = try octets(Array(text.utf8))
        guard [16, 24, 32].contains(key.count) else {
            throw Failure(description: "key size must be 16, 24 or 32 bytes")
        }
        return key
    }

    // RFC 4648 §4 with padding. Go names the octet at which it gave up; for a group cut short
    // that is the group's first.
    private static func octets(_ text: [UInt8]) throws(Failure) -> [UInt8] {
        var result: [UInt8] = []
        var offset = 0
        while offset < text.count {
            let group = text[offset..<min(offset + 4, text.count)]
            var digits: [UInt32] = []
            for (index, octet) in zip(group.indices, group) {
                if octet == UInt8(ascii: "=") { break }
                guard let digit = digit(octet) else { throw illegal(at: index) }
                digits.append(digit)
            }
            guard group.count == 4 else { throw illegal(at: offset) }
            let padding = group.dropFirst(digits.count)
            guard padding.allSatisfy({ $0 == UInt8(ascii: "=") }), digits.count >= 2,
                padding.isEmpty || offset + 4 == text.count
            else { throw illegal(at: offset + digits.count) }
            let bits = digits.reduce(0) { $0 << 6 | $1 } << (6 * UInt32(4 - digits.count))
            for index in 0..<(digits.count - 1) {
                result.append(UInt8(truncatingIfNeeded: bits >> (16 - 8 * UInt32(index))))
            }
            offset += 4
        }
        return result
    }

    private static func illegal(at offset: Int) -> Failure {
        Failure(description: "illegal base64 data at input byte \(offset)")
    }

    private static func digit(_ octet: UInt8) -> UInt32? {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(octet - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(octet - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(octet - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
