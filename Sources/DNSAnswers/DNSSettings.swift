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
    /// The largest UDP reply, whatever the client offers.
    public var udpMaximumSize = 65467

    /// Settings with Consul's defaults.
    public init(domain: DomainName, datacenter: String, nodeName: String) {
        self.domain = domain
        self.datacenter = datacenter
        self.nodeName = nodeName
    }

    /// The TTL of a service's records: the exact key, else the longest key ending in `*` whose
    /// prefix matches, else 0 (Consul: `service_ttl`).
    ///
    /// `name` is the lower-cased name asked for.
    public func serviceTTL(for name: String) -> UInt32 {
        if let exact = serviceTTLs[name] { return exact }
        var best: (length: Int, ttl: UInt32)?
        for (key, ttl) in serviceTTLs where key.hasSuffix("*") {
            let prefix = key.dropLast()
            if name.hasPrefix(prefix), prefix.utf8.count >= (best?.length ?? -1) {
                best = (prefix.utf8.count, ttl)
            }
        }
        return best?.ttl ?? 0
    }
}
