// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// Where an instance is reached: the cases of spec/dns.md 2.4.
enum InstanceAddress: Hashable, Sendable {
    /// Nowhere: neither the instance nor its node has an address.
    case none
    /// At its node's own address; SRV names the node.
    case node(IPAddress)
    /// At an address; SRV names it `<hex>.addr`.
    case address(IPAddress)
    /// At a host name, or at what is no address and so counts as one.
    case alias(String)

    /// Where an instance is reached by who asks for `name`.
    init(of instance: InstanceView, name: DomainName, choice: AddressChoice) {
        let node = instance.node
        self.init(
            own: choice.address(of: instance.service),
            node: choice.address(of: node),
            plainNode: node.address,
            name: name
        )
    }

    /// Where an instance with these addresses is reached by who asks for `name`; `plainNode` is the
    /// node's address without regard to the question.
    init(own: String, node: String, plainNode: String, name: DomainName) {
        if own.isEmpty {
            if let nodeAddress = IPAddress(text: node) {
                // A tagged address is not the one that the node's name answers with.
                self = node == plainNode ? .node(nodeAddress) : .address(nodeAddress)
            } else {
                self = node.isEmpty ? .none : .alias(node)
            }
        } else if let address = IPAddress(text: own) {
            self = .address(address)
        } else if let nodeAddress = IPAddress(text: node), Self.isName(own, name) {
            self = .node(nodeAddress)
        } else {
            self = .alias(own)
        }
    }

    // Names are equal without regard to case (RFC 4343); Consul compares texts.
    private static func isName(_ text: String, _ name: DomainName) -> Bool {
        guard let other = try? DomainName(text: text) else { return false }
        return other.folded == name.folded
    }

    /// The address, if there is one.
    var address: IPAddress? {
        switch self {
        case .node(let address), .address(let address): address
        case .none, .alias: nil
        }
    }
}
