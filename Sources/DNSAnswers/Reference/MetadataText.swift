// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// TXT records of node metadata: spec/dns.md 2.6.
enum MetadataText {
    /// One record for each pair, sorted by key.
    ///
    /// Consul's order is that of a Go map, a new one in each reply; ours is one of those.
    static func records(of node: NodeRow, owner: DomainName, ttl: UInt32) -> [ResourceRecord] {
        (node.meta ?? [:])
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { pair in
                let text = text(key: pair.key, value: pair.value)
                return LookupContext.record(owner, ttl: ttl, .txt(strings(of: text)))
            }
    }

    /// A text in character strings of at most 255 octets (RFC 1035 §3.3); an empty text is one.
    ///
    /// Consul sends nothing where a text is longer.
    static func strings(of text: [UInt8]) -> [[UInt8]] {
        guard text.count > 255 else { return [text] }
        return stride(from: 0, to: text.count, by: 255).map {
            Array(text[$0..<min($0 + 255, text.count)])
        }
    }

    /// The text of a pair.
    static func text(key: String, value: String) -> [UInt8] {
        // Consul: a key that begins so, in any case, stands for text that is taken as it is.
        let mark = Array("rfc1035-".utf8)
        if key.utf8.prefix(mark.count).map(foldedOctet) == mark { return Array(value.utf8) }
        return attribute(Array(key.utf8)) + [UInt8(ascii: "=")] + quoted(Array(value.utf8))
    }

    // RFC 1464 §2: a backquote quotes `=`, itself, and blanks at both ends of an attribute name.
    private static func attribute(_ key: [UInt8]) -> [UInt8] {
        let mark = UInt8(ascii: "`")
        let blank = UInt8(ascii: " ")
        let body = quoted(key).flatMap { $0 == UInt8(ascii: "=") ? [mark, $0] : [$0] }
        let leading = body.prefix { $0 == blank }.count
        let trailing = body.reversed().prefix { $0 == blank }.count
        guard leading < body.count else { return body.flatMap { [mark, $0] } }
        let blanks = { (count: Int) in [[UInt8]](repeating: [mark, blank], count: count) }
        return blanks(leading).flatMap { $0 }
            + body[leading..<(body.count - trailing)]
            + blanks(trailing).flatMap { $0 }
    }

    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        let mark = UInt8(ascii: "`")
        return text.flatMap { $0 == mark ? [mark, mark] : [$0] }
    }
}
