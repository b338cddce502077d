// SPDX-License-Identifier: Apache-2.0

internal import Definitions
internal import StateStore

extension CatalogChange {
    private static let wideServices = ["wide", "flat", "brim", "edge", "flat6"]
    private static let tagLists: [[String]] = [
        [], ["v1"], ["v1", "Primary"], ["tag-that-is-longer-than-16", "a.b"], ["v2"],
        (0..<7).map { "tag\($0)" }, (0..<300).map { "t\($0)" },
    ]

    /// The commands of a change on a server that has wide services: of one of them where the first
    /// octet is 0xe0 or more.
    func anyCommands(in store: StateStore) -> [Command] {
        guard let wideKind else { return commands(in: store) }
        let name = Self.wideServices[place % Self.wideServices.count]
        let all = store.instances(ofService: name).value
        guard !all.isEmpty else { return [] }
        let number = place / Self.wideServices.count + (value & 0x80) / 2
        let instance = all[number % all.count]
        switch wideKind {
        case 4: return [Self.leaving(instance)]
        case 5: return [Self.coming(instance, "2")]
        case 8: return all.prefix(value & 63).map(Self.leaving)
        case 9: return (0..<(value & 63)).map { Self.coming(instance, "n\($0)") }
        case 10: return [.deregister(Deregistration(node: instance.node.name))]
        case 12:
            // One goes from the middle, another one comes in the same group.
            return [Self.leaving(instance), Self.coming(all[0], "3"), Self.leaving(all[1])]
        default: return changed(instance, wideKind)
        }
    }

    private static func leaving(_ instance: InstanceView) -> Command {
        .deregister(
            Deregistration(node: instance.node.name, serviceID: instance.service.id)
        )
    }

    private static func coming(_ instance: InstanceView, _ suffix: String) -> Command {
        var row = instance.service
        row.id += suffix
        return .register(
            Registration(node: instance.node, skipNodeUpdate: true, service: row)
        )
    }

    /// An instance, its health, its node or the health of its node becomes another.
    private func changed(_ instance: InstanceView, _ kind: UInt8) -> [Command] {
        var row = instance.service
        var registration = Registration(node: instance.node, skipNodeUpdate: true)
        switch kind {
        case 0: registration.checks = [check(of: row)]
        case 1: row.tags = Self.tagLists[value % Self.tagLists.count]
        case 2: row.address = Self.addresses[value % Self.addresses.count]
        case 3:
            row.port = 70_000 * (value & 1) + 80
            row.weights = ServiceWeights(passing: value >> 1 & 3, warning: 1)
            row.priority = value >> 3 & 1
        case 6: registration.checks = [check(of: row, isNode: true)]
        case 7:
            registration.skipNodeUpdate = false
            registration.node.address = Self.addresses[value / 8 % Self.addresses.count]
            registration.node.meta = Self.metadata[value % Self.metadata.count]
        case 11:
            row.taggedAddresses = [
                "lan_ipv4": ServiceAddress(address: "10.8.0.1", port: 1),
                "lan_ipv6": ServiceAddress(
                    address: Self.addresses[value % Self.addresses.count],
                    port: 1
                ),
            ]
        case 13:
            registration.skipNodeUpdate = false
            registration.node.name = Self.names[value % Self.names.count]
            registration.node.id = ""
            row.node = registration.node.name
        case 14:
            row.id += "4"
            registration.checks = [check(of: row)]
        default: row.name = Self.wideServices[value % Self.wideServices.count]
        }
        registration.service = row
        return [.register(registration)]
    }

    private func check(of row: ServiceRow, isNode: Bool = false) -> CheckRow {
        let states: [CheckStatus] = [.critical, .warning, .passing, .critical]
        return CheckRow(
            node: row.node,
            id: isNode ? "node" : "changed",
            name: "c",
            status: states[value & 3],
            serviceID: isNode ? "" : row.id
        )
    }
}
