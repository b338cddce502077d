// SPDX-License-Identifier: Apache-2.0

/// Standard base64 with padding (RFC 4648 §4), as Go writes and reads byte strings in JSON.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// Octets that are not base64, with the place of the first that does not fit.
    struct Corrupt: Error, Hashable {
        var place: Int
    }

    /// Appends the text of some octets.
    static func append(_ octets: [UInt8], to text: inout [UInt8]) {
        text.reserveCapacity(text.count + (octets.count + 2) / 3 * 4)
        var place = 0
        while place < octets.count {
            let count = min(3, octets.count - place)
            var bits = UInt32(octets[place]) << 16
            if count > 1 { bits |= UInt32(octets[place + 1]) << 8 }
            if count > 2 { bits |= UInt32(octets[place + 2]) }
            for digit in 0..<4 {
                let isPadding = digit > count
                let value = Int(bits >> UInt32(18 - 6 * digit) & 0x3f)
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[value])
            }
            place += 3
        }
    }

    /// The octets of a text; line breaks in it are left out, as Go does.
    static func decode(_ text: some Collection<UInt8>) throws(Corrupt) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var digits = 0
        var padding = 0
        for (place, octet) in text.enumerated() {
            if octet == UInt8(ascii: "\n") || octet == UInt8(ascii: "\r") { continue }
            if octet == UInt8(ascii: "=") {
                padding += 1
                guard digits >= 2, digits + padding <= 4 else { throw Corrupt(place: place) }
                continue
            }
            guard padding == 0, let value = value(of: octet) else { throw Corrupt(place: place) }
            bits = bits << 6 | value
            digits += 1
            guard digits == 4 else { continue }
            octets.append(UInt8(truncatingIfNeeded: bits >> 16))
            octets.append(UInt8(truncatingIfNeeded: bits >> 8))
            octets.append(UInt8(truncatingIfNeeded: bits))
            (bits, digits) = (0, 0)
        }
        guard digits == 0 || digits + padding == 4 else { throw Corrupt(place: text.count) }
        if digits >= 2 { octets.append(UInt8(truncatingIfNeeded: bits >> (digits == 2 ? 4 : 10))) }
        if digits == 3 { octets.append(UInt8(truncatingIfNeeded: bits >> 2)) }
        return octets
    }

    private static func value(of octet: UInt8) -> UInt32? {
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
