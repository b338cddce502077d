// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore

/// The addresses of a node or an instance by what a question wants (spec/dns.md 2.3), as far as
/// the fast line can answer with them.
struct AddressFacts {
    /// Answers A.
    var v4: IPv4Address?
    /// Answers AAAA.
    var v6: IPv6Address?
    /// Answers every other type; one of the two above.
    var any: IPAddress?

    /// The facts, or `nil` where only the reference line can tell.
    init?(v4: IPAddress?, v6: IPAddress?, any: IPAddress?) {
        if case .v4(let address) = v4 { self.v4 = address }
        if case .v6(let address) = v6 { self.v6 = address }
        self.any = any
        // A tagged address of the other family, for example, can answer ANY alone.
        switch any {
        case nil: if self.v4 != nil || self.v6 != nil { return nil }
        case .v4(let address): if self.v4 != address { return nil }
        case .v6(let address): if self.v6 != address { return nil }
        }
    }

    var anyIsV6: Bool {
        if case .v6 = any { true } else { false }
    }
}

/// What the fast line has to know about an instance.
struct InstanceFacts {
    var addresses: AddressFacts
    /// SRV names the address, not the node.
    var targetIsAddress: Bool
    /// Modulo 65,536.
    var port: UInt16
    /// By health (spec/dns.md 2.5).
    var weight: UInt16
    var node: UInt32
    /// Of SRV answers.
    var priority: Int
    /// In the form of labels, folded; only those that a question can bear.
    var tags: [[UInt8]]
    /// The own address text: what makes locations equal (spec/dns.md 3.2).
    var ownAddress: String

    /// The facts of an instance, or `nil` where only the reference line can answer with it.
    init?(_ instance: InstanceView, health: InstanceHealth, node number: UInt32) {
        let node = instance.node
        let service = instance.service
        guard let (any, v4, v6) = Self.places(of: instance, node: node, service: service),
            let addresses = AddressFacts(v4: v4.address, v6: v6.address, any: any.address),
            addresses.any != nil
        else { return nil }
        self.addresses = addresses
        if case .address = any { targetIsAddress = true } else { targetIsAddress = false }
        let choice = AddressChoice(type: .srv, wan: false)
        port = choice.port(of: service)
        weight = UInt16(truncatingIfNeeded: service.weights.weight(for: health.status))
        self.node = number
        priority = service.priority
        tags = service.tags.compactMap(PlainName.reachableLabels(of:))
        ownAddress = choice.address(of: service)
    }

    /// Where the instance is reached for ANY, A and AAAA; `nil` where a host name is involved.
    private static func places(
        of instance: InstanceView,
        node: NodeRow,
        service: ServiceRow
    ) -> (any: InstanceAddress, v4: InstanceAddress, v6: InstanceAddress)? {
        let choices = [.any, .a, .aaaa].map { AddressChoice(type: $0, wan: false) }
        // Most have no tagged addresses, or such as say the same: then one look is enough.
        let own = choices.map { $0.address(of: service) }
        let nodes = choices.map { $0.address(of: node) }
        let isOne = own.allSatisfy { $0 == own[0] } && nodes.allSatisfy { $0 == nodes[0] }
        // The name is compared with host names only, and those are not answered here.
        let places = choices.prefix(isOne ? 1 : 3).map {
            InstanceAddress(of: instance, name: .root, choice: $0)
        }
        if places.contains(where: \.isAlias) { return nil }
        return isOne ? (places[0], places[0], places[0]) : (places[0], places[1], places[2])
    }
}

extension InstanceAddress {
    fileprivate var isAlias: Bool {
        if case .alias = self { true } else { false }
    }
}
