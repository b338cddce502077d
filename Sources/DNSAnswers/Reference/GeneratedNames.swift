// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The names that answers make up: spec/dns.md 2.4 and 2.8.
enum GeneratedNames {
    /// `<node>.node.<dc>.<domain>`; `nil` where the node's name does not fit into a name.
    static func node(_ node: String, datacenter: String, domain: DomainName) -> DomainName? {
        name("\(node).node.\(datacenter)", under: domain)
    }

    /// `<service>.service.<dc>.<domain>`.
    static func service(_ service: String, datacenter: String, domain: DomainName) -> DomainName? {
        name("\(service).service.\(datacenter)", under: domain)
    }

    /// `<hex>.addr.<dc>.<domain>`: 8 or 32 lower-case digits.
    static func address(
        _ address: IPAddress,
        datacenter: String,
        domain: DomainName
    ) -> DomainName? {
        name("\(hex(address.octets)).addr.\(datacenter)", under: domain)
    }

    /// `<hex>-<hex>.addr.<dc>.<domain>`: 8 digits, then 32; the name of two addresses.
    static func addresses(
        _ v4: IPAddress,
        _ v6: IPAddress,
        datacenter: String,
        domain: DomainName
    ) -> DomainName? {
        name("\(hex(v4.octets))-\(hex(v6.octets)).addr.\(datacenter)", under: domain)
    }

    // A registered name is text: its dots part labels. One with a label of more than 63 octets,
    // or too long in all, cannot be written, and what would bear it is left out.
    private static func name(_ text: String, under domain: DomainName) -> DomainName? {
        guard let left = try? DomainName(text: text) else { return nil }
        return try? domain.prepending(labels: left.labels.map(Array.init))
    }

    private static func hex(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
