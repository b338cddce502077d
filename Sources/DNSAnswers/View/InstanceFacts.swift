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
    /// The own address text: what makes locations equal (spec/dns.md 3.2).
    var ownAddress: String

    /// The facts of an instance, or `nil` where only the reference line can answer with it.
    ///
    /// `number` is that of its node.
    init?(_ service: ServiceRow, on node: NodeRow, health: InstanceHealth, number: UInt32) {
        // Most have no tagged addresses, or such as say the same: then one look is enough.
        let choice = AddressChoice(type: .srv, wan: false)
        let lan4 = Self.lan("lan_ipv4", service, node)
        let lan6 = Self.lan("lan_ipv6", service, node)
        let own = Texts(service.address, lan4.own, lan6.own)
        let nodes = Texts(node.address, lan4.node, lan6.node)
        // The name is compared with host names only, and those are not answered here.
        func place(_ want: KeyPath<Texts, String>) -> InstanceAddress {
            InstanceAddress(
                own: own[keyPath: want],
                node: nodes[keyPath: want],
                plainNode: node.address,
                name: .root
            )
        }
        let any = place(\.any)
        let isOne = own.isOne && nodes.isOne
        let v4 = isOne ? any : place(\.v4)
        let v6 = isOne ? any : place(\.v6)
        guard !any.isAlias, !v4.isAlias, !v6.isAlias,
            let addresses = AddressFacts(v4: v4.address, v6: v6.address, any: any.address),
            addresses.any != nil
        else { return nil }
        self.addresses = addresses
        if case .address = any { targetIsAddress = true } else { targetIsAddress = false }
        port = choice.port(of: service)
        weight = UInt16(truncatingIfNeeded: service.weights.weight(for: health.status))
        self.node = number
        priority = service.priority
        ownAddress = own.any
    }

    private static func lan(
        _ key: String,
        _ service: ServiceRow,
        _ node: NodeRow
    ) -> (own: String?, node: String?) {
        (service.taggedAddresses[key]?.address, node.taggedAddresses?[key])
    }

    /// What ``AddressChoice`` chooses for each type of question.
    private struct Texts {
        let any: String
        let v4: String
        let v6: String
        /// Whether all three are the same.
        let isOne: Bool

        init(_ plain: String, _ lan4: String?, _ lan6: String?) {
            if lan4 == nil, lan6 == nil {
                (any, v4, v6, isOne) = (plain, plain, plain, true)
                return
            }
            let tagged = { (key: String) in key == "lan_ipv4" ? lan4 : lan6 }
            any = AddressChoice(type: .any, wan: false).address(plain, tagged: tagged)
            v4 = AddressChoice(type: .a, wan: false).address(plain, tagged: tagged)
            v6 = AddressChoice(type: .aaaa, wan: false).address(plain, tagged: tagged)
            isOne = any == v4 && any == v6
        }
    }
}

extension InstanceAddress {
    fileprivate var isAlias: Bool {
        if case .alias = self { true } else { false }
    }
}
