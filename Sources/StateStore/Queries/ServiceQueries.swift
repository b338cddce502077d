// SPDX-License-Identifier: Apache-2.0
import Definitions

extension StateStore {
    /// All service names, by folded name, with the tags of their instances, sorted and unique
    /// (`/v1/catalog/services`).
    ///
    /// A name that is spelled in two ways is listed twice, as in Consul.
    public func serviceNames() -> Indexed<[(name: String, tags: [String])]> {
        var result: [(name: String, tags: [String])] = []
        result.reserveCapacity(serviceTable.count)
        serviceTable.forEach { _, record in
            record.value.tagCounts.forEach { key, _ in
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
        let record = serviceTable[TreeKey.make(key)]?.value
        return Indexed(
            record.map { views(of: $0.instances) } ?? [],
            index: index(of: record),
            topics: [.service(key)]
        )
    }

    /// One instance of a service by its node's name, compared without case as the service's, and
    /// its ID; costs the same whatever the number of instances.
    public func instance(
        _ id: String,
        onNode node: String,
        ofService name: String
    ) -> InstanceView? {
        guard let record = nodeTable[TreeKey.make(Self.folded(node))],
            let instance = record.value.instances[TreeKey.make(id)],
            Self.folded(instance.row.name) == Self.folded(name)
        else { return nil }
        return InstanceView(
            nodeRow: record.value.row,
            record: instance,
            nodeRecords: record.value.ownChecks
        )
    }

    /// How many instances a service has, whatever their health.
    public func instanceCount(ofService name: String) -> Int {
        serviceTable[TreeKey.make(Self.folded(name))]?.value.instances.count ?? 0
    }

    /// The same, with the index and topics of ``instances(ofService:)``.
    public func countedInstances(ofService name: String) -> Indexed<Int> {
        let key = Self.folded(name)
        let record = serviceTable[TreeKey.make(key)]?.value
        return Indexed(
            record?.instances.count ?? 0,
            index: index(of: record),
            topics: [.service(key)]
        )
    }

    /// How a service that was found is spelled, and one of its tags, if it has it.
    ///
    /// What is spelled in several ways is as the instance has it that was registered last; a name by which only proxies
    /// are found is folded.
    public func labels(ofService name: String, tag: String?) -> ServiceLabels {
        let key = Self.folded(name)
        guard let record = serviceTable[TreeKey.make(key)]?.value else {
            return ServiceLabels(service: key, tag: nil)
        }
        var found: String?
        if let tag, !tag.isEmpty {
            let isKnown = record.tagCounts[TreeKey.make(record.name, tag)] != nil
            let wanted = FoldedText(tag)
            found = isKnown ? tag : record.tags.first { wanted.matches($0) }
        }
        return ServiceLabels(service: record.name, tag: found)
    }

    /// The proxies and native instances through which a service is reached, by node and service
    /// ID (`/v1/catalog/connect/:n`, `/v1/health/connect/:n`).
    public func connectInstances(ofService name: String) -> Indexed<[InstanceView]> {
        let destination = Self.folded(name)
        let record = connectTable[TreeKey.make(destination)]
        let views = record.map { self.views(of: $0.instances) } ?? []
        let names = Set(views.map { Self.folded($0.record.row.name) })
        // Consul: the highest index among the names that were found; none found: as a missing
        // service. Here also the index of what is reached by them, so that it never falls.
        var index = record?.index ?? tableIndexes.connectExtinction
        for name in names {
            index = max(index, self.index(of: serviceTable[TreeKey.make(name)]?.value))
        }
        return Indexed(
            views,
            index: index,
            topics: [.connect(destination)] + names.sorted().map { .service($0) }
        )
    }

    /// The instances with this address of their own, whatever its spelling, by node and service ID
    /// (DNS 2.8, step 2).
    public func serviceInstances(withAddress address: String) -> [ServiceRow] {
        var rows: [ServiceRow] = []
        let prefix = TreeKey.prefix(IPAddressText.canonical(address))
        instanceAddressTable.forEach(prefix: prefix) { key, _ in
            let parts = TreeKey.parts(key)
            if let instance = nodeTable[parts[1]]?.value.instances[parts[2]] {
                rows.append(instance.row)
            }
            return true
        }
        return rows
    }

    /// The instances that keys (folded node name, service ID) lead to, in the order of the keys.
    func views(of keys: OrderedTree<Presence>) -> [InstanceView] {
        var views: [InstanceView] = []
        views.reserveCapacity(keys.count)
        // Instances of one node follow each other.
        var (key, node): ([UInt8], CopyOnWrite<NodeRecord>?) = ([], nil)
        keys.forEach { pair, _ in
            let (nodeKey, instanceKey) = TreeKey.pair(pair)
            if node == nil || key != nodeKey { (key, node) = (nodeKey, nodeTable[nodeKey]) }
            if let record = node?.value, let instance = record.instances[instanceKey] {
                views.append(
                    InstanceView(
                        nodeRow: record.row,
                        record: instance,
                        nodeRecords: record.ownChecks
                    )
                )
            }
            return true
        }
        return views
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

/// How the state spells what was asked for; see ``StateStore/labels(ofService:tag:)``.
public struct ServiceLabels: Hashable, Sendable {
    /// The name of the service.
    public let service: String
    /// The tag; `nil` when none was asked for, or no instance has it.
    public let tag: String?
}
