// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import DNSTransport
import DNSWire

/// The upstreams of an agent: what `recursors` names, with `system` replaced by the servers of
/// /etc/resolv.conf, and never the agent itself.
struct Recursors {
    /// Where queries for other zones go, in order, without duplicates.
    var addresses: [RecursorAddress]
    /// Whether all of them are from /etc/resolv.conf.
    var isSystem: Bool
    /// Servers that were named and are this agent itself.
    var left: [RecursorAddress] = []

    /// Resolves the configured texts.
    ///
    /// - Parameters:
    ///   - texts: the values of `recursors`.
    ///   - own: where this agent answers DNS itself; these are left out.
    ///   - key: where they are written, for what is wrong with them.
    ///   - resolveName: the addresses of a host name, asked only for texts that are no address.
    ///   - resolvConf: the text of /etc/resolv.conf, read only when asked for.
    /// - Throws: ``FileProblem`` for a text that is no address and no host name.
    init(
        _ texts: [String],
        own: [DNSEndpoint],
        key: String = "recursors",
        resolveName: (String) -> [IPAddress] = HostNames.addresses,
        resolvConf: () -> String
    ) throws(FileProblem) {
        var found: [RecursorAddress] = []
        for text in texts {
            if text == "system" {
                found += SystemResolvers.parse(resolvConf())
                continue
            }
            do throws(RecursorAddressError) {
                found.append(try Self.address(text, resolveName))
            } catch {
                throw FileProblem("\(key): \(error)")
            }
        }
        addresses = []
        isSystem = !texts.isEmpty && texts.allSatisfy { $0 == "system" }
        for address in found {
            if Self.isOwn(address.endpoint, own) {
                left.append(address)
            } else if !addresses.contains(address) {
                addresses.append(address)
            }
        }
    }

    private static func address(
        _ text: String,
        _ resolveName: (String) -> [IPAddress]
    ) throws(RecursorAddressError) -> RecursorAddress {
        do throws(RecursorAddressError) {
            return try RecursorAddress(text: text)
        } catch .notAnAddress {
            return try RecursorAddress(hostName: text, resolve: resolveName)
        }
    }

    /// What somebody who named recursors should know; `nil` when all is as they wrote it.
    func warning(for texts: [String]) -> String? {
        if !left.isEmpty {
            let list = left.map(\.description).joined(separator: " ")
            let rest =
                addresses.isEmpty ? "; no recursor is left, and other names are REFUSED" : ""
            return "recursors: \(list) is this agent itself and is left out\(rest)"
        }
        guard addresses.isEmpty, !texts.isEmpty else { return nil }
        return "recursors: /etc/resolv.conf names no server; other names are REFUSED"
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
