// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import DNSTransport
import DNSWire

/// The upstreams of an agent: what `recursors` names, with `system` replaced by the servers of
/// /etc/resolv.conf, and never the agent itself.
struct Recursors {
    /// Where queries for other zones go, in order, without duplicates.
    var addresses: [RecursorAddress]
    /// Whether /etc/resolv.conf was among the sources.
    var isSystem: Bool

    /// Resolves the configured texts.
    ///
    /// - Parameters:
    ///   - texts: the values of `recursors`.
    ///   - own: where this agent answers DNS itself; these are left out.
    ///   - key: where they are written, for what is wrong with them.
    ///   - resolvConf: the text of /etc/resolv.conf, read only when asked for.
    /// - Throws: ``FileProblem`` for a text that is no address.
    init(
        _ texts: [String],
        own: [DNSEndpoint],
        key: String = "recursors",
        resolvConf: () -> String
    ) throws(FileProblem) {
        var found: [RecursorAddress] = []
        isSystem = false
        for text in texts {
            if text == "system" {
                isSystem = true
                found += SystemResolvers.parse(resolvConf())
                continue
            }
            do {
                found.append(try RecursorAddress(text: text))
            } catch {
                throw FileProblem("\(key): \(error)")
            }
        }
        var result: [RecursorAddress] = []
        for address in found
        where !result.contains(address) && !Self.isOwn(address.endpoint, own) {
            result.append(address)
        }
        addresses = result
    }

    /// Whether a query to `endpoint` would come back to this agent.
    private static func isOwn(_ endpoint: DNSEndpoint, _ own: [DNSEndpoint]) -> Bool {
        own.contains { listening in
            listening.port == endpoint.port
                && (listening.address == endpoint.address
                    || listening.isWildcard && endpoint.isLoopback)
        }
    }
}

extension ForwardingConfiguration {
    /// The zones with their recursors' addresses.
    ///
    /// - Throws: ``FileProblem`` for a text that is no address or no domain name.
    func forwardedZones(
        own: [DNSEndpoint],
        resolvConf: () -> String
    ) throws(FileProblem) -> [Forwarder.Zone] {
        var result: [Forwarder.Zone] = []
        for zone in zones {
            let addresses = try Recursors(
                zone.recursors,
                own: own,
                key: "forward_zones: zone \"\(zone.zone)\"",
                resolvConf: resolvConf
            ).addresses
            guard let name = try? DomainName(text: zone.zone) else {
                throw FileProblem("forward_zones: '\(zone.zone)' is no domain name")
            }
            result.append(Forwarder.Zone(name: name, recursors: addresses))
        }
        return result
    }
}

extension DNSEndpoint {
    /// Whether the address is of this machine alone: 127.0.0.0/8 or ::1.
    var isLoopback: Bool {
        let octets = address.octets
        return octets.count == 4
            ? octets[0] == 127 : octets.dropLast().allSatisfy { $0 == 0 } && octets.last == 1
    }
}
