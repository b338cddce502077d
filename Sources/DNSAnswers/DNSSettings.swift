// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// What the configuration says about answers: `domain`, `alt_domain`, `datacenter` and the
/// `dns_config` block.
///
/// A value; a reload makes a new one and publishes it.
public struct DNSSettings: Sendable, Hashable {
    /// The primary zone, lower-cased (default `consul.`).
    public var domain: DomainName
    /// The second zone, if any.
    public var alternateDomain: DomainName?
    /// The datacenter of this agent, lower-cased.
    public var datacenter: String
    /// The name of this agent's node.
    public var nodeName: String
    /// TTL of node, NS and addr answers, in seconds.
    public var nodeTTL: UInt32 = 0
    /// `service_ttl`: name, `prefix*` or `*` → seconds.
    ///
    /// Use ``serviceTTL(for:)``.
    public var serviceTTLs: [String: UInt32] = [:]
    /// SOA refresh, in seconds.
    public var soaRefresh: UInt32 = 3600
    /// SOA retry, in seconds.
    public var soaRetry: UInt32 = 600
    /// SOA expire, in seconds.
    public var soaExpire: UInt32 = 86400
    /// SOA minimum and the TTL of the SOA record, in seconds.
    public var soaMinimumTTL: UInt32 = 0
    /// Whether warning instances are left out too.
    public var onlyPassing = false
    /// Whether TC is set when answers were cut.
    public var enableTruncate = false
    /// Answers over UDP without EDNS: at most min(8, this).
    public var udpAnswerLimit = 3
    /// Address answers of service forms on any transport; 0 = no limit.
    public var aRecordLimit = 0
    /// Whether replies are written without compression pointers.
    public var disableCompression = false
    /// Whether node metadata is added as TXT to the additional section.
    public var additionalNodeMetaTXT = true
    /// Whether WAN addresses replace LAN addresses for other datacenters.
    public var translateWANAddresses = false
    /// Whether at least one recursor is configured; it decides RA and REFUSED.
    public var hasRecursors = false
    /// Whether any name is forwarded (`recursors`), not those of ``forwardedZones`` alone; it
    /// counts with ``hasRecursors`` only.
    public var forwardsAllNames = true
    /// The largest UDP reply, whatever the client offers.
    public var udpMaximumSize = 65467

    /// Whether the RFCs are followed where Consul departs from them and clients may depend on it
    /// (`strict`; the lines marked K of spec/dns.md 8.1).
    public var isStrict = false

    /// Whether weights order A, AAAA and ANY (`weighted_addresses`).
    public var weightsAddresses = false
    /// Whether ANY and the glue of SRV have both families of an instance (`dual_stack`).
    public var isDualStack = false
    /// Whether TTLs behind the alias of a host name stay as they came where they are below the
    /// service's (`keep_alias_ttl`).
    public var keepsAliasTTL = false
    /// `protect_threshold`: name, `prefix*` or `*` → the healthy share below which all instances
    /// are answered.
    ///
    /// Use ``protectThreshold(for:)``.
    public var protectThresholds: [String: Double] = [:]
    /// Whether replies to queries with EDNS say why they are as they are (RFC 8914).
    public var explainsErrors = true
    /// TTL of PTR answers, in seconds.
    public var reverseTTL: UInt32 = 0
    /// Reverse zones that are answered here and nowhere else (`reverse_zones`).
    public var reverseZones: [DomainName] = []
    /// Whether the reverse zones of private addresses are answered here instead of being
    /// forwarded (RFC 6303).
    public var hasLocalReverseZones = true
    /// Zones that a forward rule sends elsewhere: what is below one is not answered as a local
    /// reverse zone.
    public var forwardedZones: [DomainName] = []

    /// Settings with Consul's defaults.
    public init(domain: DomainName, datacenter: String, nodeName: String) {
        self.domain = domain
        self.datacenter = datacenter
        self.nodeName = nodeName
    }

    /// The reverse zone of a prefix of whole labels, `10.0.0.0/8` or `2001:db8::/32`; `nil` for
    /// anything else.
    public static func reverseZone(ofPrefix text: String) -> DomainName? {
        LocalReverseZones.name(ofPrefix: text)
    }

    /// Whether the forwarder asks anybody for a name that is not answered here.
    func forwards(_ name: DomainName) -> Bool {
        hasRecursors && (forwardsAllNames || forwardedZone(enclosing: name) != nil)
    }

    /// The longest forward zone that holds a name.
    func forwardedZone(enclosing name: DomainName) -> DomainName? {
        forwardedZones.filter { name.isSubdomain(of: $0) }.max { $0.labelCount < $1.labelCount }
    }

    /// What is to be said about a static zone that lies in a domain of the catalog; `nil` for
    /// others.
    public func warning(aboutZone apex: DomainName) -> String? {
        if isDomain(apex) {
            return
                "\(apex) is the catalog's domain: its SOA and NS are the catalog's and those of the "
                + "zone file are not answered (soa and node_ttl in dns_config set them); names that "
                + "the catalog knows are not looked for in the file"
        }
        guard let name = CatalogName(apex, settings: self),
            InnerZones(name.labels, self) == .among
        else { return nil }
        return "the zone \(apex) hides the catalog's names below it, such as those of services and "
            + "nodes; give it an apex without the words service, node, query, connect, ingress, "
            + "virtual, addr and the datacenter's name"
    }

    /// Whether names of the catalog lie at a name of a domain or below it: nobody else speaks for
    /// them.
    public func holdsCatalogNames(_ name: DomainName) -> Bool {
        guard let name = CatalogName(name, settings: self) else { return false }
        return name.labels.isEmpty || InnerZones(name.labels, self) == .among
    }

    /// The TTL of a service's records: the exact key, else the longest key ending in `*` whose
    /// prefix matches, else 0 (Consul: `service_ttl`).
    ///
    /// `name` is the lower-cased name asked for; keys match without regard to case (RFC 4343).
    public func serviceTTL(for name: String) -> UInt32 { serviceTTLSource(for: name).ttl }

    /// The TTL with the key that it is from; `nil` for none.
    func serviceTTLSource(for name: String) -> (key: String?, ttl: UInt32) {
        let key = Self.key(for: name, in: serviceTTLs)
        return (key, key.flatMap { serviceTTLs[$0] } ?? 0)
    }

    /// The healthy share below which all instances of a service are answered; 0 is never.
    func protectThreshold(for name: String) -> Double {
        Self.key(for: name, in: protectThresholds).flatMap { protectThresholds[$0] } ?? 0
    }

    /// The key of a map by name, `prefix*` or `*` that a name falls under: the exact one, else that
    /// of the longest prefix.
    private static func key<Value>(for name: String, in map: [String: Value]) -> String? {
        if map[name] != nil { return name }
        var best: (length: Int, key: String)?
        for key in map.keys {
            let folded = key.lowercased()
            if folded == name { return key }
            guard folded.hasSuffix("*") else { continue }
            let prefix = folded.dropLast()
            if name.hasPrefix(prefix), prefix.utf8.count > (best?.length ?? -1) {
                best = (prefix.utf8.count, key)
            }
        }
        return best?.key
    }

    /// How many answers a UDP reply of 512 octets has at most: `udp_answer_limit`, eight at most,
    /// and eight where it is 0.
    ///
    /// Consul takes 0 literally and answers nothing (spec/dns.md 8.1).
    var plainAnswerLimit: Int {
        let most = CatalogTruncation.maximumPlainAnswers
        return udpAnswerLimit > 0 ? min(udpAnswerLimit, most) : most
    }

    /// Whether TC is set when answers were cut.
    var setsTruncated: Bool { enableTruncate || isStrict }
}
