// SPDX-License-Identifier: Apache-2.0
internal import Definitions

extension Assembly {
    mutating func readForwarding() {
        var forwarding = ForwardingConfiguration()
        forwarding.cacheSize = reader.integer("forwarding.cache_size")
        forwarding.maximumTTL = durationQuietly("forwarding.max_ttl")
        forwarding.maximumNegativeTTL = durationQuietly("forwarding.max_negative_ttl")
        forwarding.serveStale = durationQuietly("forwarding.serve_stale")
        forwarding.prefetches = reader.bool("forwarding.prefetch")
        forwarding.randomizesCase = reader.bool("forwarding.case_randomization")
        forwarding.sendsCookies = reader.bool("forwarding.cookies")
        forwarding.protectsFromRebinding = reader.bool("forwarding.rebind_protection")
        forwarding.rebindAllowed = rebindAllowed()
        forwarding.relaysClientSubnet = reader.bool("forwarding.client_subnet")
        if !reader.string("forwarding.query_timeout").isEmpty {
            forwarding.queryTimeout = durationQuietly("forwarding.query_timeout")
        }
        checkForwarding(forwarding)
        if case .list(let blocks)? = reader.tree["forward_zones"]?.content {
            for block in blocks {
                guard let zone = forwardZone(block) else { continue }
                if forwarding.zones.contains(where: { $0.zone == zone.zone }) {
                    reader.add(
                        ConfigurationProblem(
                            "forward_zones: zone \"\(zone.zone)\" is written twice",
                            at: block.position,
                            hint: "write all its recursors in one block"
                        )
                    )
                }
                forwarding.zones.append(zone)
            }
        }
        configuration.forwarding = forwarding
    }

    /// The domains of `forwarding.rebind_allow`; what is none is reported.
    private mutating func rebindAllowed() -> [String] {
        let path = "forwarding.rebind_allow"
        var domains: [String] = []
        for text in reader.strings(path) {
            if let domain = Self.domainName(text) {
                domains.append(domain)
                continue
            }
            reader.report(
                "\(path): \"\(text)\" is no domain name",
                at: path,
                hint: text == "."
                    ? "leave rebind_protection off to allow all names"
                    : "write labels of at most 63 octets, such as corp.example"
            )
        }
        return domains
    }

    private mutating func checkForwarding(_ forwarding: ForwardingConfiguration) {
        let size = forwarding.cacheSize
        // A smaller cache could hold no large reply.
        if size != 0, !(65_536...1 << 36).contains(size) {
            reader.report(
                "forwarding.cache_size cannot be \(size). Must be 0, or between 65536 and "
                    + "68719476736 octets",
                at: "forwarding.cache_size",
                hint: size < 0 ? "write 0 to turn the cache off" : nil
            )
        }
        for (name, value, least) in [
            ("max_ttl", forwarding.maximumTTL, Duration.seconds(1)),
            ("max_negative_ttl", forwarding.maximumNegativeTTL, Duration.zero),
            ("query_timeout", forwarding.queryTimeout ?? .seconds(2), Duration.milliseconds(100)),
        ] where value < least || value > .seconds(604_800) {
            reader.report(
                "forwarding.\(name) cannot be \(GoDuration.print(value)). Must be between "
                    + "\(GoDuration.print(least)) and 168h",
                at: "forwarding.\(name)"
            )
        }
        if forwarding.serveStale < .zero
            || forwarding.serveStale > ForwardingConfiguration.staleLimit
        {
            reader.report(
                "forwarding.serve_stale cannot be \(GoDuration.print(forwarding.serveStale)). "
                    + "Must be between 0s and 1h",
                at: "forwarding.serve_stale"
            )
        }
    }

    private mutating func forwardZone(
        _ block: ConfigurationValue
    ) -> ForwardingConfiguration.Zone? {
        guard case .object(let members) = block.content else { return nil }
        func member(_ name: String) -> ConfigurationValue? {
            members.first { $0.key == name }?.value
        }
        guard case .string(let text)? = member("zone")?.content, !text.isEmpty else {
            reader.add(
                ConfigurationProblem(
                    "forward_zones: a block has no zone",
                    at: block.position,
                    hint: "write zone = \"corp.example\""
                )
            )
            return nil
        }
        guard let zone = text == "." ? text : Self.domainName(text) else {
            reader.add(
                ConfigurationProblem(
                    "forward_zones: zone \"\(text)\" is no domain name",
                    at: member("zone")?.position,
                    hint: "write labels of at most 63 octets, such as corp.example, or \".\" for "
                        + "all names"
                )
            )
            return nil
        }
        checkOwn(zone, at: member("zone")?.position)
        let name = "forward_zones: zone \"\(text)\""
        let recursors = expandedRecursors(member("recursors"), name)
        if member("recursors")?.strings.isEmpty ?? true {
            reader.add(
                ConfigurationProblem(
                    "forward_zones: zone \"\(text)\" has no recursors",
                    at: block.position,
                    hint: "write recursors = [\"192.0.2.1\"]"
                )
            )
        }
        checkRecursors(member("recursors"), name)
        return ForwardingConfiguration.Zone(zone: zone, recursors: recursors)
    }

    /// Names of `domain` and `alt_domain` are answered here and never forwarded (spec/dns.md 4).
    private mutating func checkOwn(_ zone: String, at position: SourcePosition?) {
        let dns = configuration.dns
        for (key, domain) in [("domain", dns.domain), ("alt_domain", dns.alternateDomain ?? "")]
        where !domain.isEmpty && (zone == domain || zone.hasSuffix("." + domain)) {
            reader.add(
                ConfigurationProblem(
                    "forward_zones: zone \"\(zone)\" lies in \(key) \"\(domain)\", whose names "
                        + "are answered here and never forwarded",
                    at: position,
                    hint: "leave the block out, or give \(key) another name"
                )
            )
        }
    }
}
