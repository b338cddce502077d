// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// A name in the domain or the alternate domain, taken apart.
struct CatalogName: Hashable, Sendable {
    /// The name as it was asked for, its case kept.
    let name: DomainName
    /// The domain part, in the spelling of the question: generated names end in it
    /// (spec/dns.md 1.6).
    let domain: DomainName
    /// The labels left of the domain, in lower case, as text (see ``text(of:)``).
    let labels: [String]

    /// Takes a name apart; `nil` for a name outside both domains.
    ///
    /// The longer of two matching domains wins (spec/dns.md 1.4, step 1).
    init?(_ name: DomainName, settings: DNSSettings) {
        let matching = [settings.domain, settings.alternateDomain]
            .compactMap { $0 }
            .filter { name.isSubdomain(of: $0) }
        guard let domain = matching.max(by: { $0.labelCount < $1.labelCount }),
            let left = name.dropping(suffix: domain),
            // A tail of a name is a name.
            let asked = try? DomainName(wire: name.wire.suffix(domain.wire.count))
        else { return nil }
        self.name = name
        self.domain = asked
        self.labels = left.map(Self.text(of:))
    }

    /// A label in lower case, as presentation text.
    ///
    /// Consul matches the *text* of a name: a label with an octet that text form escapes contains
    /// a backslash then and never equals what was registered (spec/dns.md 1.6).
    static func text(of label: ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(label.count)
        for octet in label {
            switch octet {
            case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("),
                UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: " "):
                text.append(UInt8(ascii: "\\"))
                text.append(octet)
            case 0x21...0x7e:
                text.append(foldedOctet(octet))
            default:
                text.append(UInt8(ascii: "\\"))
                text.append(0x30 + octet / 100)
                text.append(0x30 + octet / 10 % 10)
                text.append(0x30 + octet % 10)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
