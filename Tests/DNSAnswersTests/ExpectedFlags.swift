// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication
import StateStore

@testable import DNSAnswers

/// The flags of a service's entry, told by a look at all instances at once: beside what the writer
/// tells from counts.
enum ExpectedFlags {
    private struct Location: Hashable {
        var node: String
        var port: UInt16
        var address: String
        var target: IPAddress?
    }

    /// `nil` where there is no entry; not for settings under which weights or both families matter.
    static func of(
        _ name: String,
        in store: StateStore,
        _ settings: DNSSettings
    ) -> ServiceEntry.Flags? {
        let all = store.instances(ofService: name).value
        let served = all.filter { $0.health.isServed(onlyPassing: settings.onlyPassing) }
        let hides = served.count < all.count
        if hides, settings.protectThreshold(for: name) > 0 { return .isSlow }
        if served.isEmpty { return hides && settings.explainsErrors ? .isSlow : nil }
        var facts: [(node: NodeRow, facts: InstanceFacts)] = []
        for instance in served {
            guard instance.tags.count <= 1000,
                let found = InstanceFacts(
                    instance.service,
                    on: instance.node,
                    health: instance.health,
                    number: 0
                )
            else { return .isSlow }
            facts.append((instance.node, found))
        }
        var flags = families(facts.map(\.facts.addresses))
        if hides { flags.insert(.hidesInstances) }
        flags.formUnion(locations(facts))
        flags.formUnion(names(facts, settings))
        return flags
    }

    private static func repeats(_ values: [some Hashable]) -> Bool {
        Set(values).count < values.count
    }

    private static func families(_ addresses: [AddressFacts]) -> ServiceEntry.Flags {
        var flags: ServiceEntry.Flags = []
        let v4 = addresses.compactMap(\.v4)
        let v6 = addresses.compactMap(\.v6)
        if !v4.isEmpty { flags.insert(.someV4) }
        if v4.count < addresses.count { flags.insert(.someWithoutV4) }
        if repeats(v4) { flags.insert(.repeatsV4) }
        if !v6.isEmpty { flags.insert(.someV6) }
        if v6.count < addresses.count { flags.insert(.someWithoutV6) }
        if repeats(v6) { flags.insert(.repeatsV6) }
        if addresses.contains(where: \.anyIsV6) { flags.insert(.someAnyV6) }
        if !addresses.allSatisfy(\.anyIsV6) { flags.insert(.someAnyV4) }
        if repeats(addresses.compactMap(\.any)) { flags.insert(.repeatsAny) }
        return flags
    }

    private static func locations(
        _ all: [(node: NodeRow, facts: InstanceFacts)]
    ) -> ServiceEntry.Flags {
        var flags: ServiceEntry.Flags = []
        let targets = all.filter(\.facts.targetIsAddress).map(\.facts.addresses.any)
        let written = all.map {
            Location(node: $0.node.name, port: $0.facts.port, address: $0.facts.ownAddress)
        }
        let known = all.map {
            Location(
                node: $0.node.name,
                port: $0.facts.port,
                address: "",
                target: $0.facts.targetIsAddress ? $0.facts.addresses.any : nil
            )
        }
        if repeats(written) { flags.insert(.repeatsLocations) }
        if Set(written).count != Set(known).count { flags.insert(.hasSlowLocations) }
        if repeats(targets) || repeats(all.map(\.node.name)) { flags.insert(.repeatsTargets) }
        let onNodes = Set(all.filter { !$0.facts.targetIsAddress }.map(\.node.name))
        let besideNodes = Set(all.filter(\.facts.targetIsAddress).map(\.node.name))
        if !onNodes.isDisjoint(with: besideNodes) { flags.insert(.hasSlowLocations) }
        if all.contains(where: { $0.facts.priority != 1 }) { flags.insert(.hasSlowLocations) }
        return flags
    }

    private static func names(
        _ all: [(node: NodeRow, facts: InstanceFacts)],
        _ settings: DNSSettings
    ) -> ServiceEntry.Flags {
        var flags: ServiceEntry.Flags = []
        let domains = [settings.domain, settings.alternateDomain].compactMap { $0?.wire.count }
        for (node, facts) in all {
            let entry = NodeEntry.make(node, settings: settings, domainLength: 0, seed: 0)
            defer { unsafe entry.base.deallocate() }
            let made = NodeEntry(entry)
            if !(node.meta ?? [:]).isEmpty { flags.insert(.hasTexts) }
            let digits = facts.addresses.anyIsV6 ? 32 : 8
            let address = digits + 1 + 6 + settings.datacenter.utf8.count
            let width = max(made.target.count, facts.targetIsAddress ? address : 0)
            if made.target.count == 0 || width + (domains.max() ?? 0) > 255 {
                flags.insert(.hasSlowLocations)
            }
            if made.flags.contains(.isSlow), made.textCount == 0 { flags.insert(.hasTexts) }
        }
        return flags
    }
}
