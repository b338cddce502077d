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

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(octet | 0x20)
    }
}
