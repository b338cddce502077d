// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// The config entries of a kind, or of all, by kind and name (`/v1/config/:kind`).
    public func configEntries(ofKind kind: ConfigEntryKind?) -> Indexed<[ConfigEntryRow]> {
        let prefix = kind.map { TreeKey.prefix($0.rawValue) } ?? []
        return Indexed(
            configEntryTable.entries.values(prefix: prefix).map(\.row),
            index: tableIndexes.configEntries,
            topics: [.configEntries]
        )
    }

    /// The config entry of a kind and a name, compared without case (`/v1/config/:kind/:name`).
    public func configEntry(
        _ kind: ConfigEntryKind,
        named name: String
    ) -> Indexed<ConfigEntryRow?> {
        Indexed(
            configEntryTable.entry(kind, named: name),
            index: tableIndexes.configEntries,
            topics: [.configEntries]
        )
    }

    /// The virtual address of a service, compared without case: four octets (DNS 2.9).
    public func virtualAddress(ofService name: String) -> [UInt8]? {
        virtualAddressTable.address(of: Self.folded(name))
    }

    /// The instances of the ingress gateways that let a service in, by gateway, node and service
    /// ID (`/v1/health/ingress/:n`, DNS 2.9).
    public func ingressInstances(ofService name: String) -> Indexed<[InstanceView]> {
        let service = Self.folded(name)
        var gateways = Set(configEntryTable.gateways(for: service))
        if isExposedByWildcard(service) {
            gateways.formUnion(configEntryTable.gateways(for: "*"))
        }
        var views: [InstanceView] = []
        var index = max(tableIndexes.configEntries, self.index(ofService: service))
        var topics: [WatchTopic] = [.configEntries, .service(service)]
        for gateway in gateways.sorted() {
            let found = instances(ofService: gateway)
            views += found.value.filter { $0.record.row.kind == "ingress-gateway" }
            index = max(index, found.index)
            topics += found.topics
        }
        return Indexed(views, index: index, topics: topics)
    }

    // Consul: a wildcard means every ordinary service but the servers' own.
    private func isExposedByWildcard(_ service: String) -> Bool {
        guard service != "consul", let record = serviceTable[TreeKey.make(service)]?.value else {
            return false
        }
        var isOrdinary = false
        record.instances.forEach { key, _ in
            let (node, id) = TreeKey.pair(key)
            isOrdinary = nodeTable[node]?.value.instances[id]?.row.kind.isEmpty == true
            return !isOrdinary
        }
        return isOrdinary
    }

    private func index(ofService service: String) -> RaftIndex {
        index(of: serviceTable[TreeKey.make(service)]?.value)
    }
}
