// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Registered names as the labels that a question would have to bear.
enum PlainName {
    /// A name as one folded label, length octet first; `nil` unless it consists of letters,
    /// digits, `-` and `_` alone.
    static func label(of name: String) -> [UInt8]? {
        let octets = name.utf8.map(foldedOctet)
        guard (1...63).contains(octets.count), octets.allSatisfy(isPlain) else { return nil }
        return [UInt8(octets.count)] + octets
    }

    /// A name as one folded label that a question can bear; `nil` where none can: names are
    /// matched as text, and text form parts labels at dots and escapes some octets
    /// (spec/dns.md 1.6).
    static func reachableLabel(of name: String) -> [UInt8]? {
        let labels = reachableLabels(of: name)
        return labels.flatMap { Int($0[0]) + 1 == $0.count ? $0 : nil }
    }

    /// A name as folded labels, parted at its dots, that a question can bear; `nil` where none
    /// can.
    static func reachableLabels(of name: String) -> [UInt8]? {
        var octets: [UInt8] = []
        return appendReachableLabels(of: name, to: &octets) ? octets : nil
    }

    /// Appends such labels to none; `false` where no question can bear them.
    static func appendReachableLabels(of name: String, to octets: inout [UInt8]) -> Bool {
        var start = 0
        octets.append(0)
        for octet in name.utf8 {
            if octet == UInt8(ascii: ".") {
                guard finishLabel(&octets, from: start) else { return false }
                start = octets.count
                octets.append(0)
            } else {
                guard isUnescaped(octet) else { return false }
                octets.append(foldedOctet(octet))
            }
        }
        return finishLabel(&octets, from: start) && octets.count < DomainName.maximumLength
    }

    /// Writes the length of the label that begins at `start`.
    private static func finishLabel(_ octets: inout [UInt8], from start: Int) -> Bool {
        let length = octets.count - start - 1
        guard (1...63).contains(length) else { return false }
        octets[start] = UInt8(length)
        return true
    }

    private static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Whether `CatalogName.text(of:)` writes an octet as it is.
    static func isUnescaped(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: ";"), UInt8(ascii: "@"):
            false
        default: (0x21...0x7e).contains(octet)
        }
    }
}
