// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore

/// Picks the one address of a node or an instance that answers: spec/dns.md 2.3.
struct AddressChoice: Hashable, Sendable {
    /// Which family the question wants.
    enum Want: Hashable, Sendable {
        /// QTYPE A.
        case v4
        /// QTYPE AAAA.
        case v6
        /// Any other type.
        case any
    }

    /// The family wanted.
    let want: Want
    /// Whether WAN addresses replace the others: `translate_wan_addrs` is on and the datacenter
    /// is not the own one.
    let wan: Bool
    /// Whether a plain `wan` address wins over `lan_ipv4` and `lan_ipv6`, which are of no use from
    /// another datacenter; in Consul it loses.
    let prefersPlainWAN: Bool

    /// The choice for a question type.
    init(type: RecordType, wan: Bool, isStrict: Bool = false) {
        prefersPlainWAN = wan && isStrict
        switch type {
        case .a: want = .v4
        case .aaaa: want = .v6
        default: want = .any
        }
        self.wan = wan
    }

    /// The address of a node.
    func address(of node: NodeRow) -> String {
        address(node.address) { node.taggedAddresses?[$0] }
    }

    /// The own address of an instance; empty where it has none.
    func address(of service: ServiceRow) -> String {
        address(service.address) { service.taggedAddresses[$0]?.address }
    }

    /// The port of an instance, modulo 65,536: the catalog takes any number (pinned by DNS-025).
    ///
    /// Ports of tagged addresses other than `wan` are not used.
    func port(of service: ServiceRow) -> UInt16 {
        if wan, let port = service.taggedAddresses["wan"]?.port, port != 0 {
            return UInt16(truncatingIfNeeded: port)
        }
        return UInt16(truncatingIfNeeded: service.port)
    }

    /// The address among a plain one and those that bear a name.
    func address(_ own: String, tagged: (String) -> String?) -> String {
        var plain = own
        var v4 = tagged("lan_ipv4")
        var v6 = tagged("lan_ipv6")
        if wan {
            if let own = tagged("wan") {
                plain = own
                if prefersPlainWAN { (v4, v6) = (nil, nil) }
            }
            v4 = tagged("wan_ipv4") ?? v4
            v6 = tagged("wan_ipv6") ?? v6
        }
        // Any other type prefers IPv6 (pinned by DNS-247).
        if want != .v4, let v6, !v6.isEmpty { return v6 }
        if want != .v6, let v4, !v4.isEmpty { return v4 }
        return plain
    }
}
