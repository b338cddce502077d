// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// With `dual_stack` the two addresses, one of each family, at which an instance is reached: its
/// own, or its node's where it has none.
///
/// Glue must be what the target itself answers. A node's name answers A and AAAA; two addresses of
/// an instance have one name, `<hex>-<hex>.addr`.
struct DualAddress: Hashable, Sendable {
    private let v4: IPAddress
    private let v6: IPAddress
    private let isNode: Bool

    /// The addresses of an instance; `nil` unless there are two.
    init?(of instance: InstanceView, _ settings: DNSSettings) {
        guard settings.isDualStack else { return nil }
        let choices = [RecordType.a, .aaaa].map { AddressChoice(type: $0, wan: false) }
        let own = choices.map { $0.address(of: instance.service) }
        isNode = own.allSatisfy(\.isEmpty)
        let texts = isNode ? choices.map { $0.address(of: instance.node) } : own
        guard let first = IPAddress(text: texts[0]), case .v4 = first,
            let second = IPAddress(text: texts[1]), case .v6 = second
        else { return nil }
        (v4, v6) = (first, second)
    }

    /// Both, IPv6 first, as ANY has them.
    var addresses: [IPAddress] { [v6, v4] }

    /// What SRV names.
    func target(
        nodeName: DomainName?,
        domain: DomainName,
        _ settings: DNSSettings
    ) -> DomainName? {
        isNode
            ? nodeName
            : GeneratedNames.addresses(v4, v6, datacenter: settings.datacenter, domain: domain)
    }
}
