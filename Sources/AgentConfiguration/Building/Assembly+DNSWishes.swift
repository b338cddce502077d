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
        dns.responseRateLimit = reader.integer("dns_config.response_rate_limit")
        dns.responseRateSlip = reader.integer("dns_config.response_rate_slip")
        dns.responseRateExempt = networks("dns_config.response_rate_exempt")
        dns.countsTop = reader.bool("dns_config.top")
        dns.queryLog = queryLog()
        checkReverse(dns)
        checkResponseRate(dns)
    }

    private mutating func queryLog() -> QueryLogConfiguration {
        var log = QueryLogConfiguration()
        let prefix = "dns_config.query_log"
        log.isEnabled = reader.bool("\(prefix).enabled")
        log.path = reader.string("\(prefix).path")
        log.logsFailures = reader.bool("\(prefix).failures")
        log.sampleRate = reader.number("\(prefix).sample_rate") ?? 0
        log.slowerThan = durationQuietly("\(prefix).slower_than")
        let format = reader.string("\(prefix).format")
        log.isJSON = format == "json"
        if !["text", "json"].contains(format) {
            reader.report(
                "\(prefix).format: \"\(format)\" is no format",
                at: "\(prefix).format",
                hint: "write text or json"
            )
        }
        if !(0...1).contains(log.sampleRate) {
            reader.report(
                "\(prefix).sample_rate cannot be \(log.sampleRate). Must be between 0 and 1",
                at: "\(prefix).sample_rate",
                hint:
                    "write the share of the queries that is logged: 1 is all, 0.01 one in a hundred"
            )
        }
        if log.slowerThan < .zero {
            reader.report(
                "\(prefix).slower_than cannot be negative",
                at: "\(prefix).slower_than",
                hint: "write a duration such as \"10ms\", or \"0s\" for none"
            )
        }
        if log.path.isEmpty {
            reader.report(
                "\(prefix).path is empty",
                at: "\(prefix).path",
                hint: "write \"log\" for the agent's own log, or a file"
            )
        }
        return log
    }

    private mutating func checkResponseRate(_ dns: DNSConfiguration) {
        if !(0...1_000_000).contains(dns.responseRateLimit) {
            reader.report(
                "dns_config.response_rate_limit cannot be \(dns.responseRateLimit). Must be between "
                    + "0 and 1000000",
                at: "dns_config.response_rate_limit",
                hint: "write how many replies a second one client network may have, or 0 for no "
                    + "limit"
            )
        }
        // BIND's bound: fewer than one in ten is as good as none.
        if !(0...10).contains(dns.responseRateSlip) {
            reader.report(
                "dns_config.response_rate_slip cannot be \(dns.responseRateSlip). Must be between 0 "
                    + "and 10",
                at: "dns_config.response_rate_slip",
                hint: "write 2 to truncate every second reply over the limit, 1 for all, 0 for none"
            )
        }
    }

    private mutating func checkReverse(_ dns: DNSConfiguration) {
        if let ttl = reader.tree["dns_config.reverse_ttl"] {
            checkTTL(dns.reverseTTL, "dns_config.reverse_ttl", at: ttl.position)
        }
        let path = "dns_config.reverse_zones"
        guard case .list(let elements)? = reader.tree[path]?.content else { return }
        for element in elements {
            guard case .string(let text) = element.content else { continue }
            switch ReversePrefix(text) {
            case nil:
                reader.add(
                    ConfigurationProblem(
                        "\(path): \"\(text)\" is no prefix of whole labels",
                        at: element.position,
                        hint: "write an IPv4 prefix of length 8, 16, 24 or 32, or an IPv6 prefix "
                            + "whose length is a multiple of 4, such as 10.0.0.0/8 or 2001:db8::/32"
                    )
                )
            case let prefix? where prefix.hasHostBits:
                reader.add(
                    ConfigurationProblem(
                        "\(path): \"\(text)\" has bits behind its length",
                        at: element.position,
                        hint: "write \(prefix.network)"
                    )
                )
            default: continue
            }
        }
    }

    private mutating func protectThresholds() -> [String: Double] {
        let path = "dns_config.protect_threshold"
        guard case .object(let members)? = reader.tree[path]?.content else { return [:] }
        var result: [String: Double] = [:]
        var spellings: [String: ConfigurationValue.Member] = [:]
        for member in members {
            guard case .string(let text) = member.value.content else { continue }
            let name = "\(path)[\"\(member.key)\"]"
            if member.key.isEmpty || member.key.dropLast().contains("*") {
                reader.add(
                    ConfigurationProblem(
                        "\(name): is neither a service's name nor a prefix of one",
                        at: member.keyPosition,
                        hint: "write a name, a prefix with * at its end, or * for all services"
                    )
                )
                continue
            }
            if let other = spellings.updateValue(member, forKey: member.key.lowercased()) {
                reader.add(
                    ConfigurationProblem(
                        "\(name): is written twice, as \"\(other.key)\" at \(other.keyPosition) too",
                        at: member.keyPosition,
                        hint: "names of services match without regard to case: leave one"
                    )
                )
                continue
            }
            guard let share = Double(text), (0...1).contains(share) else {
                reader.add(
                    ConfigurationProblem(
                        "\(name): \"\(text)\" is no share. Must be between 0 and 1",
                        at: member.value.position,
                        hint: Self.shareHint(text)
                    )
                )
                continue
            }
            result[member.key.lowercased()] = share
        }
        return result
    }

    // What was most likely meant: a percentage.
    private static func shareHint(_ text: String) -> String {
        let number = text.hasSuffix("%") ? text.dropLast() : Substring(text)
        guard let percent = Double(number), percent > 0, percent <= 100 else {
            return "write a share such as \"0.3\""
        }
        return "for \(number) percent write \"\(percent / 100)\""
    }
}

/// A prefix with a reverse zone of its own: its end is the end of a label (RFC 1035 §3.5: an octet
/// each; RFC 3596 §2.5: four bits each).
private struct ReversePrefix {
    private let octets: [UInt8]
    private let length: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]),
            let octets = IPAddressText.octets(of: parts[0])
        else { return nil }
        // An IPv4 address in IPv6's clothes has its reverse name in the tree of IPv4.
        if octets.count == 16, octets.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] {
            return nil
        }
        let step = octets.count == 4 ? 8 : 4
        guard (step...octets.count * 8).contains(length), length % step == 0 else { return nil }
        (self.octets, self.length) = (octets, length)
    }

    /// Whether the address has bits that the length cuts off.
    var hasHostBits: Bool { masked != octets }

    /// The prefix without them.
    var network: String {
        let address =
            octets.count == 4
            ? masked.map(String.init).joined(separator: ".")
            : stride(from: 0, to: 16, by: 2)
                .map { String(UInt16(masked[$0]) << 8 | UInt16(masked[$0 + 1]), radix: 16) }
                .joined(separator: ":")
        return "\(IPAddressText.canonical(address))/\(length)"
    }

    private var masked: [UInt8] {
        octets.enumerated().map { index, octet in
            let kept = min(8, max(0, length - 8 * index))
            return octet & ~UInt8(truncatingIfNeeded: 0xff >> kept)
        }
    }
}
