// SPDX-License-Identifier: Apache-2.0

/// UUID texts as Consul checks them (`go-uuid`).
enum UUIDText {
    /// What is wrong with a text; `nil` for a UUID.
    static func problem(_ text: String) -> String? {
        let octets = Array(text.utf8)
        guard octets.count == 36 else { return "uuid string is wrong length" }
        let isWellFormed = octets.indices.allSatisfy { position in
            let isDash = octets[position] == UInt8(ascii: "-")
            return [8, 13, 18, 23].contains(position) ? isDash : isHexadecimal(octets[position])
        }
        return isWellFormed ? nil : "uuid is improperly formatted"
    }

    /// The beginning of a UUID as which a text is looked for; `nil` for one that can only be a name.
    ///
    /// Consul: of an odd number of octets the last does not count (resizeNodeLookupKey), two digits are
    /// the least (minUUIDLookupLen), and where its dashes are is the same. Consul finds nothing where half
    /// an octet is left then (`12345678-1234`); here all digits count.
    static func prefix(_ text: String) -> String? {
        let dash = UInt8(ascii: "-")
        var digits = text.utf8.dropLast(text.utf8.count % 2).filter { $0 != dash }
        if !digits.count.isMultiple(of: 2) { digits = text.utf8.filter { $0 != dash } }
        guard text.utf8.count <= 36, text.utf8.count(where: { $0 == dash }) <= 4,
            (2...32).contains(digits.count), digits.allSatisfy(isHexadecimal)
        else { return nil }
        var prefix = ""
        for (place, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(place) { prefix += "-" }
            prefix.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return prefix
    }

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(octet | 0x20)
    }
}
