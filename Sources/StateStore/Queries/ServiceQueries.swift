// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// All service names, by folded name, with the tags of their instances, sorted and unique
    /// (`/v1/catalog/services`). A name that is spelled in two ways is listed twice, as in Consul.
    public func serviceNames() -> Indexed<[(name: String, tags: [String])]> {
        var result: [(name: String, tags: [String])] = []
        result.reserveCapacity(serviceTable.count)
        serviceTable.forEach { _, record in
            record.tagCounts.forEach { key, _ in
                let texts = TreeKey.texts(key)
                if texts.count == 1 {
                    result.append((texts[0], []))
                } else {
                    result[result.count - 1].tags.append(texts[1])
                }
                return true
            }
            return true
        }
        return Indexed(result, index: tableIndexes.services, topics: [.services])
    }

    /// The instances of a service, compared without case, by node and service ID
    /// (`/v1/catalog/service/:n`, `/v1/health/service/:n`, DNS).
    public func instances(ofService name: String) -> Indexed<[InstanceView]> {
        let key = Self.folded(name)
        let record = serviceTable[TreeKey.make(key)]
        var views: [InstanceView] = []
        if let record {
            views.reserveCapacity(record.instances.count)
            record.instances.forEach { _, instance in
                if let view = view(of: instance) { views.append(view) }
                return true
            }
        }
        return Indexed(views, index: index(of: record), topics: [.service(key)])
    }

    /// The proxies and native instances through which a service is reached, by node and service
    /// ID (`/v1/catalog/connect/:n`, `/v1/health/connect/:n`).
    public func connectInstances(ofService name: String) -> Indexed<[InstanceView]> {
        let destination = Self.folded(name)
        let record = connectTable[TreeKey.make(destination)]
        var views: [InstanceView] = []
        var names: Set<String> = []
        record?.instances.forEach { key, _ in
            let texts = TreeKey.texts(key)
            if let view = view(node: texts[0], serviceID: texts[1]) {
                views.append(view)
                names.insert(Self.folded(view.record.row.name))
            }
            return true
        }
        // Consul: the highest index among the names that were found; none found: as a missing
        // service. Here also the index of what is reached by them, so that it never falls.
        var index = record?.index ?? tableIndexes.connectExtinction
        for name in names { index = max(index, self.index(of: serviceTable[TreeKey.make(name)])) }
        return Indexed(
            views,
            index: index,
            topics: [.connect(destination)] + names.sorted().map { .service($0) }
        )
    }

    /// The instances whose own address is exactly this text, by node and service ID (DNS 2.8,
    /// step 2).
    public func serviceInstances(withAddress address: String) -> [ServiceRow] {
        var rows: [ServiceRow] = []
        instanceAddressTable.forEach(prefix: TreeKey.prefix(address)) { key, _ in
            let texts = TreeKey.texts(key)
            if let view = view(node: texts[1], serviceID: texts[2]) {
                rows.append(view.service)
            }
            return true
        }
        return rows
    }

    /// One instance by its node's folded name and its ID.
    private func view(node: String, serviceID: String) -> InstanceView? {
        guard let record = nodeTable[TreeKey.make(node)],
            let instance = record.instances[TreeKey.make(serviceID)]
        else { return nil }
        return InstanceView(
            nodeRow: record.row, record: instance, nodeRecords: record.ownChecks)
    }

    private func view(of instance: InstanceRecord) -> InstanceView? {
        guard let record = nodeTable[TreeKey.make(Self.folded(instance.row.node))] else { return nil }
        return InstanceView(
            nodeRow: record.row, record: instance, nodeRecords: record.ownChecks)
    }

    /// The index that reads of a service name report.
    ///
    /// A name without instances reports the last extinction, which is not lower than any index
    /// the name ever had. Consul reports the highest table index for a name while no service was
    /// ever removed; that moves with every write and lets blocking clients spin, so here it does
    /// not.
    func index(of record: ServiceRecord?) -> RaftIndex {
        record?.index ?? tableIndexes.serviceExtinction
    }
}
