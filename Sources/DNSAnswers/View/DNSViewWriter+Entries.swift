// SPDX-License-Identifier: Apache-2.0
import Publication
import StateStore

extension DNSViewWriter {
    /// Stores the entry of a node, under its name and its number.
    ///
    /// - Returns: the number; `nil` when there is none left.
    func store(_ node: NodeRow) -> UInt32? {
        let entry = NodeEntry.make(
            node,
            settings: settings,
            domainLength: domainLength,
            seed: table.seed
        )
        liveOctets += entry.size
        let name = StateStore.folded(node.name)
        if entry.keyLength > 0 { _ = table.insert(entry) }
        if let number = nodeNumbers[name] {
            if let old = table.replaceNumbered(number, with: entry) { retire(old) }
            return number
        }
        guard let number = table.insertNumbered(entry) else {
            if entry.keyLength > 0 { _ = table.remove(kind: NodeEntry.kind, key: entry.key) }
            retire(entry)
            return nil
        }
        nodeNumbers[name] = number
        return number
    }

    /// Takes a node out of the view.
    ///
    /// No service refers to it any more.
    func removeNode(_ name: String) {
        guard let number = nodeNumbers.removeValue(forKey: name),
            let entry = table.numberedEntry(number)
        else { return }
        if entry.keyLength > 0 { _ = table.remove(kind: NodeEntry.kind, key: entry.key) }
        liveOctets -= entry.size
        table.retireNumbered(number)
    }

    /// Builds the entry of a service from the state, or takes it out.
    func rebuildService(_ name: String, in state: StateStore) {
        // Names that no question can bear have no entry.
        guard let label = PlainName.reachableLabel(of: name) else { return }
        var instances: [InstanceFacts]? = []
        var nodes: [NodeFacts] = []
        var isServed = false
        var hidesInstances = false
        for instance in state.instances(ofService: name).value {
            let health = instance.health
            // spec/dns.md 3.1: what is not healthy does not exist for DNS.
            guard health.isServed(onlyPassing: settings.onlyPassing) else {
                hidesInstances = true
                continue
            }
            isServed = true
            guard instances != nil else { continue }
            if let number = number(of: instance.node),
                let facts = InstanceFacts(instance, health: health, node: number)
            {
                instances?.append(facts)
                nodes.append(nodeFacts(number))
            } else {
                instances = nil
            }
        }
        let threshold = settings.protectThreshold(for: name)
        if hidesInstances, threshold > 0 { (isServed, instances) = (true, nil) }
        // The reference line says that there are some, and why none is answered.
        if hidesInstances, !isServed, settings.explainsErrors { isServed = true }
        guard isServed else {
            OwnedKey(label).withKey(removeService)
            return
        }
        if nodes.isEmpty || instances.map(isForReference) == true { instances = nil }
        let entry = ServiceEntry.make(
            label: label,
            ttl: settings.serviceTTL(for: name),
            instances: instances,
            nodes: nodes,
            hidesInstances: hidesInstances,
            domainLength: domainLength,
            datacenterLength: settings.datacenter.utf8.count + 1,
            seed: table.seed
        )
        liveOctets += entry.size
        if let old = table.insert(entry) { retire(old) }
    }

    /// Whether settings ask for what the fast line does not do with such instances: an order by
    /// different weights, both families at once.
    private func isForReference(_ instances: [InstanceFacts]) -> Bool {
        let isWeighted = instances.contains { $0.weight != instances[0].weight }
        let hasBoth = instances.contains { $0.addresses.v4 != nil && $0.addresses.v6 != nil }
        return settings.weightsAddresses && isWeighted || settings.isDualStack && hasBoth
    }

    /// Takes out every service whose label is not among these.
    func removeServices(except labels: Set<[UInt8]>) {
        var gone: [Entry] = []
        table.forEachEntry { entry in
            guard entry.kind == ServiceEntry.kind, !labels.contains(entry.key.octets) else {
                return
            }
            gone.append(entry)
        }
        for entry in gone { removeService(entry.key) }
    }

    private func removeService(_ key: EntryKey) {
        if let old = table.remove(kind: ServiceEntry.kind, key: key) { retire(old) }
    }

    private func number(of node: NodeRow) -> UInt32? {
        nodeNumbers[StateStore.folded(node.name)] ?? store(node)
    }

    private func nodeFacts(_ number: UInt32) -> NodeFacts {
        guard let entry = table.numberedEntry(number).map(NodeEntry.init) else {
            return NodeFacts(targetLength: 0, hasTexts: false, isPlain: false)
        }
        let length = entry.target.count
        // A node whose texts are too long is slow and has none; SRV has to look at it.
        return NodeFacts(
            targetLength: length,
            hasTexts: entry.textCount > 0 || entry.flags.contains(.isSlow),
            isPlain: length > 0
        )
    }

    private func retire(_ entry: Entry) {
        liveOctets -= entry.size
        table.retire(entry)
    }
}
