// SPDX-License-Identifier: Apache-2.0
internal import Definitions

// The keys of `dns_config` that Consul does not have (docs/configuration.md).
extension Assembly {
    mutating func readOwnDNS(_ dns: inout DNSConfiguration) {
        dns.isStrict = reader.bool("dns_config.strict")
        dns.weightsAddresses = reader.bool("dns_config.weighted_addresses")
        dns.isDualStack = reader.bool("dns_config.dual_stack")
        dns.keepsAliasTTL = reader.bool("dns_config.keep_alias_ttl")
        dns.explainsErrors = reader.bool("dns_config.extended_errors")
        dns.reverseTTL = durationQuietly("dns_config.reverse_ttl")
        dns.reverseZones = reader.strings("dns_config.reverse_zones")
        dns.hasLocalReverseZones = reader.bool("dns_config.local_reverse_zones")
        dns.protectThresholds = protectThresholds()
        for prefix in dns.reverseZones where !Self.isReversible(prefix) {
            reader.report(
                "dns_config.reverse_zones: \"\(prefix)\" is no prefix of whole labels",
                at: "dns_config.reverse_zones",
                hint: "write an IPv4 prefix of length 8, 16 or 24, or an IPv6 prefix whose length "
                    + "is a multiple of 4, such as 10.0.0.0/8 or 2001:db8::/32"
            )
        }
    }

    private mutating func protectThresholds() -> [String: Double] {
        let path = "dns_config.protect_threshold"
        guard case .object(let members)? = reader.tree[path]?.content else { return [:] }
        var result: [String: Double] = [:]
        for member in members {
            guard case .string(let text) = member.value.content else { continue }
            guard let share = Double(text), (0...1).contains(share) else {
                reader.add(
                    ConfigurationProblem(
                        "\(path)[\"\(member.key)\"]: \"\(text)\" is no share. "
                            + "Must be between 0 and 1, such as 0.3",
                        at: member.value.position
                    )
                )
                continue
            }
            result[member.key.lowercased()] = share
        }
        return result
    }

    /// Whether the prefix has a reverse zone of its own: its end is the end of a label (RFC 1035
    /// §3.5: an octet each; RFC 3596 §2.5: four bits each).
    private static func isReversible(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]),
            IPAddressText.family(of: parts[0]) != nil
        else {
            return false
        }
        return parts[0].contains(":")
            ? (4...128).contains(length) && length % 4 == 0
            : (8...32).contains(length) && length % 8 == 0
    }
}
