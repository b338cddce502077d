// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Names of reverse mapping (RFC 1035 §3.5, RFC 3596 §2.5).
enum ReverseName {
    /// The address that a name stands for: four decimal labels below `in-addr.arpa.` or 32
    /// nibbles below `ip6.arpa.`; `nil` for every other name.
    ///
    /// An IPv4-mapped address is never found by its IPv6 name: its reverse name is the one in
    /// `in-addr.arpa.` (spec/dns.md 2.3 counts it as IPv4).
    static func address(of name: DomainName) -> IPAddress? {
        let labels = name.labels.map { $0.map(foldedOctet) }
        guard labels.count >= 2, labels[labels.count - 1] == Array("arpa".utf8) else { return nil }
        let digits = labels.dropLast(2).reversed().map { String(decoding: $0, as: UTF8.self) }
        switch String(decoding: labels[labels.count - 2], as: UTF8.self) {
        case "in-addr":
            guard digits.count == 4 else { return nil }
            return IPv4Address(text: digits.joined(separator: ".")).map(IPAddress.v4)
        case "ip6":
            guard digits.count == 32, digits.allSatisfy({ $0.utf8.count == 1 }),
                let octets = NameGrammar.octets(hex: digits.joined()),
                let address = IPAddress(octets: octets), case .v6 = address
            else { return nil }
            return address
        default:
            return nil
        }
    }
}
