// SPDX-License-Identifier: Apache-2.0
internal import Definitions

/// Checks of what is written into certificates and into the names of their files.
enum CertificateText {
    /// Days that a certificate may last: a hundred years, which is before the last year that its
    /// dates can tell (9999).
    static let longest = 36500

    /// Refuses a time that is none.
    static func check(days: Int) throws(CommandFailure) {
        guard (1...longest).contains(days) else {
            throw CommandFailure(message: "-days must be between 1 and \(longest), not \(days)")
        }
    }

    /// A DNS name without the dot at its end.
    ///
    /// - Parameters:
    ///   - text: what was written.
    ///   - flag: the flag that it was given with, for the message.
    ///   - wildcard: whether its first label may be `*`.
    /// - Returns: the name, without that dot.
    /// - Throws: ``CommandFailure`` that names the flag.
    static func name(
        _ text: String,
        flag: String,
        wildcard: Bool = false
    ) throws(CommandFailure) -> String {
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.enumerated().allSatisfy { place, label in
            if wildcard, place == 0, labels.count > 1, label == "*" { return true }
            return (1...63).contains(label.utf8.count) && label.utf8.allSatisfy(isAllowed)
        }
        guard isName, name.utf8.count <= 253 else {
            throw CommandFailure(message: "-\(flag): \"\(text)\" is no DNS name")
        }
        return String(name)
    }

    /// The octets of an address.
    static func address(_ text: String, flag: String) throws(CommandFailure) -> [UInt8] {
        guard let octets = IPAddressText.octets(of: text) else {
            throw CommandFailure(message: "-\(flag): \"\(text)\" is no IP address")
        }
        return octets
    }

    private static func isAllowed(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
