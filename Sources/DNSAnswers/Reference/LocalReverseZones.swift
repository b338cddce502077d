// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Reverse zones that are answered here, whatever recursors there are: those declared
/// (`reverse_zones`), and those of addresses that mean something else in every network (RFC 6303).
struct LocalReverseZones: Sendable {
    private let settings: DNSSettings

    /// Makes the set.
    init(_ settings: DNSSettings) { self.settings = settings }

    /// The zone that a reverse name is answered in; `nil` where it is to be forwarded, if anybody
    /// is there.
    ///
    /// Zones that a rule forwards come first if their names are as long. Without recursors the
    /// private zones need no care: nothing leaves anyway, and Consul's answer stays.
    func zone(enclosing name: DomainName) -> DomainName? {
        let declared = longest(settings.reverseZones, enclosing: name)
        let isPrivate = settings.hasLocalReverseZones && settings.hasRecursors
        let zone = declared ?? (isPrivate ? longest(Self.privateZones, enclosing: name) : nil)
        guard let zone else { return nil }
        let forwarded = settings.forwardedZone(enclosing: name)
        return forwarded.map { $0.labelCount >= zone.labelCount } == true ? nil : zone
    }

    /// The zone that a question about a reverse name is answered in.
    ///
    /// DS at an apex belongs to the zone above it, if that is one of these (RFC 4035 §3.1.4.1).
    func zone(answering name: DomainName, _ type: RecordType) -> DomainName? {
        (type == .ds ? zone(above: name) : nil) ?? zone(enclosing: name)
    }

    /// The zone that a name lies below, not at whose apex.
    func zone(above name: DomainName) -> DomainName? {
        guard let zone = zone(enclosing: name) else { return nil }
        guard zone.folded == name.folded else { return zone }
        return name.parent.flatMap(zone(enclosing:))
    }

    /// What a zone answers to one of its names that neither catalog nor static zones know: SOA and
    /// NS of its apex; of other names an address without PTR does not exist, and a shorter name may
    /// have some below.
    static func answer(
        to name: DomainName,
        _ type: RecordType,
        in zone: DomainName,
        soa: ResourceRecord
    ) -> (code: ResponseCode, sections: Sections) {
        if name.folded == zone.folded, case .soa(let data) = soa.data {
            let server = LookupContext.record(name, ttl: soa.ttl, .ns(data.primary))
            let answers = [soa, server].filter { type == $0.type || type == .any }
            if !answers.isEmpty { return (.noError, Sections(answers: answers)) }
        }
        let isWhole =
            ReverseName.address(of: name) != nil || name.labelCount >= labelCount(of: zone)
        return (isWhole ? .nameError : .noError, Sections(authorities: [soa]))
    }

    private func longest(_ zones: [DomainName], enclosing name: DomainName) -> DomainName? {
        zones.filter { name.isSubdomain(of: $0) }.max { $0.labelCount < $1.labelCount }
    }

    /// The labels of an address's name in the tree of a zone.
    static func labelCount(of zone: DomainName) -> Int {
        // Four octets and two labels, or 32 nibbles and two.
        zone.labels.dropLast().last.map { $0.count } == 3 ? 34 : 6
    }

    /// The reverse zone of a prefix of whole labels, `10.0.0.0/8` or `2001:db8::/32`; `nil` for
    /// anything else.
    static func name(ofPrefix text: String) -> DomainName? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let length = Int(parts[1]),
            let address = IPAddress(text: parts[0])
        else { return nil }
        let octets = address.octets
        let labels: [String]
        switch address {
        case .v4:
            guard (8...32).contains(length), length % 8 == 0 else { return nil }
            labels = octets.prefix(length / 8).map { String($0) }
        case .v6:
            guard (4...128).contains(length), length % 4 == 0 else { return nil }
            labels = octets.flatMap { [$0 >> 4, $0 & 15] }.prefix(length / 4)
                .map { String($0, radix: 16) }
        }
        let tree = octets.count == 4 ? "in-addr.arpa" : "ip6.arpa"
        return try? DomainName(text: labels.reversed().joined(separator: ".") + "." + tree)
    }

    /// RFC 6303 §4, and the shared addresses of RFC 7793.
    static let privateZones: [DomainName] = {
        var prefixes = [
            "10.0.0.0/8", "192.168.0.0/16", "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "255.255.255.255/32",
            "::/128", "::1/128", "fd00::/8", "fe80::/12", "fe90::/12", "fea0::/12", "feb0::/12",
            "2001:db8::/32",
        ]
        prefixes += (16...31).map { "172.\($0).0.0/16" }
        prefixes += (64...127).map { "100.\($0).0.0/16" }
        return prefixes.compactMap(name(ofPrefix:))
    }()
}
