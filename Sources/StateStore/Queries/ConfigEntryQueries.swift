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
        var result = Indexed<[InstanceView]>(
            [],
            index: max(tableIndexes.configEntries, index(ofService: service)),
            topics: [.configEntries, .service(service)]
        )
        append(gateways(.ingressGateway, for: service), .ingressGateway, to: &result)
        return result
    }

    /// What ``connectInstances(ofService:)`` gives, and the instances of the terminating gateways
    /// that lead to the service, by gateway, node and service ID (`/v1/catalog/connect/:n`,
    /// `/v1/health/connect/:n`).
    ///
    /// A gateway is added, never put in the place of the others: a service may be on its way from
    /// one to the other (Consul).
    public func meshInstances(ofService name: String) -> Indexed<[InstanceView]> {
        let service = Self.folded(name)
        var result = connectInstances(ofService: service)
        result.index = max(result.index, tableIndexes.terminatingGateways)
        result.topics.append(.terminatingGateways)
        if !configEntryTable.gateways(.terminatingGateway, for: "*").isEmpty {
            // Whether a wildcard means the service depends on its instances.
            result.index = max(result.index, index(ofService: service))
            if !result.topics.contains(.service(service)) {
                result.topics.append(.service(service))
            }
        }
        let gateways = gateways(.terminatingGateway, for: service)
        append(gateways, .terminatingGateway, to: &result)
        return result
    }

    /// The folded names of the gateways of a kind with which a service has to do, sorted.
    private func gateways(_ kind: ConfigEntryKind, for service: String) -> [String] {
        var names = Set(configEntryTable.gateways(kind, for: service))
        let all = configEntryTable.gateways(kind, for: "*")
        if !all.isEmpty, isMeantByWildcard(service) { names.formUnion(all) }
        return names.sorted()
    }

    /// Adds the instances of gateways that are of their kind.
    private func append(
        _ gateways: [String],
        _ kind: ConfigEntryKind,
        to result: inout Indexed<[InstanceView]>
    ) {
        for gateway in gateways {
            let found = instances(ofService: gateway)
            result.value += found.value.filter { $0.record.row.kind == kind.rawValue }
            result.index = max(result.index, found.index)
            result.topics += found.topics
        }
    }

    // Consul: a wildcard means every ordinary service but the servers' own.
    private func isMeantByWildcard(_ service: String) -> Bool {
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
