// SPDX-License-Identifier: Apache-2.0

/// The config entries of a store.
struct ConfigEntryTable: Sendable {
    /// Entries by kind and folded name.
    private(set) var entries = OrderedTree<Box<ConfigEntryRow>>()
    /// Keys (folded service name, kind, folded entry name): which entry gives a service a virtual
    /// address.
    private var virtualServices = OrderedTree<Presence>()
    /// Keys (kind of the gateway, folded service name or `*`, folded gateway name): which gateway
    /// lets a service in or leads to it.
    private var gatewayServices = OrderedTree<Presence>()

    /// The entry of a kind and a name, compared without case.
    func entry(_ kind: ConfigEntryKind, named name: String) -> ConfigEntryRow? {
        entries[key(kind, name)]?.row
    }

    /// Whether an entry gives a service, by its folded name, a virtual address.
    func needsVirtualAddress(_ service: String) -> Bool {
        var isNeeded = false
        virtualServices.forEach(prefix: TreeKey.prefix(service)) { _, _ in
            isNeeded = true
            return false
        }
        return isNeeded
    }

    /// The folded names of the gateways of a kind that let a service in, or lead to it, by its
    /// folded name, or `*`: by wildcard.
    func gateways(_ kind: ConfigEntryKind, for service: String) -> [String] {
        var names: [String] = []
        gatewayServices.forEach(prefix: TreeKey.prefix(kind.rawValue, service)) { key, _ in
            if let name = TreeKey.texts(key).last { names.append(name) }
            return true
        }
        return names
    }

    /// Inserts an entry or replaces the one of its kind and name.
    mutating func update(_ entry: ConfigEntryRow) {
        remove(entry.kind, named: entry.name)
        entries.updateValue(Box(entry), forKey: key(entry.kind, entry.name))
        for key in virtualKeys(of: entry) { virtualServices.updateValue(Presence(), forKey: key) }
        for key in gatewayKeys(of: entry) { gatewayServices.updateValue(Presence(), forKey: key) }
    }

    /// Removes an entry.
    mutating func remove(_ kind: ConfigEntryKind, named name: String) {
        guard let old = entries.removeValue(forKey: key(kind, name))?.row else { return }
        for key in virtualKeys(of: old) { virtualServices.removeValue(forKey: key) }
        for key in gatewayKeys(of: old) { gatewayServices.removeValue(forKey: key) }
    }

    private func key(_ kind: ConfigEntryKind, _ name: String) -> [UInt8] {
        TreeKey.make(kind.rawValue, StateStore.folded(name))
    }

    private func virtualKeys(of entry: ConfigEntryRow) -> [[UInt8]] {
        let name = StateStore.folded(entry.name)
        return entry.servicesWithVirtualAddress.map {
            TreeKey.make($0, entry.kind.rawValue, name)
        }
    }

    private func gatewayKeys(of entry: ConfigEntryRow) -> [[UInt8]] {
        guard entry.kind == .ingressGateway || entry.kind == .terminatingGateway else { return [] }
        let name = StateStore.folded(entry.name)
        return entry.services.map {
            TreeKey.make(entry.kind.rawValue, StateStore.folded($0), name)
        }
    }
}
