// SPDX-License-Identifier: Apache-2.0
import Publication
import StateStore

// The view of a whole state. Entries and what is remembered of wide services are made in parts, by
// as many threads as there are; the one writer then stores them. Nothing changes meanwhile.
extension DNSViewWriter {
    /// What parts are made from.
    ///
    /// `@unchecked Sendable`: the writer's thread waits until all parts are made, so that the table
    /// is only read.
    struct Basis: @unchecked Sendable {
        let table: PublishedTable
        let settings: DNSSettings
        let nodeNames: [NodeName]
    }

    /// What came of some services.
    ///
    /// `@unchecked Sendable`: made by one thread, then handed to the writer's, which alone uses it.
    private struct Part: @unchecked Sendable {
        var entries: [Entry]
        var wide: [(name: String, service: WideService)]
        /// The labels of all of them that a question can bear, and of those that have no entry.
        var labels: [[UInt8]]
        var absent: [[UInt8]]
        var octets: Int
    }

    /// Builds everything anew.
    func rebuild(from state: StateStore) {
        let groups = state.instancesByService(on: worker)
        guard let numbers = storeNodes(groups) else { return rebuildOneByOne(from: state) }
        let basis = Basis(table: table, settings: settings, nodeNames: nodeNames)
        let chunk = 128
        let parts = worker.map((groups.names.count + chunk - 1) / chunk) { number in
            let first = number * chunk
            let range = first..<min(groups.names.count, first + chunk)
            return Self.part(range, groups, numbers, basis)
        }
        for (_, wide) in wideServices { retireBlocks(of: wide) }
        wideServices.removeAll(keepingCapacity: true)
        var services: Set<[UInt8]> = []
        for part in parts {
            liveOctets += part.octets
            for entry in part.entries { replaceService(with: entry) }
            for (name, wide) in part.wide { wideServices[name] = wide }
            for label in part.absent { OwnedKey(label).withKey(removeService) }
            services.formUnion(part.labels)
        }
        removeServices(except: services)
        removeNodes(except: (0..<groups.nodeCount).map { groups.node($0).name })
    }

    /// Stores the entries of all nodes; returns their numbers by their places, `nil` where there
    /// are not enough.
    private func storeNodes(_ groups: InstancesByService) -> [UInt32]? {
        let (settings, rules, seed) = (settings, rules, table.seed)
        let chunk = 256
        let parts = worker.map((groups.nodeCount + chunk - 1) / chunk) { number in
            let first = number * chunk
            return (first..<min(groups.nodeCount, first + chunk)).map { place in
                NodeEntry.make(
                    groups.node(place),
                    settings: settings,
                    domainLength: rules.domainLength,
                    seed: seed
                )
            }
        }
        var numbers: [UInt32] = []
        numbers.reserveCapacity(groups.nodeCount)
        var isFull = false
        for entry in parts.joined() {
            let place = numbers.count
            let number = store(entry, ofNode: groups.node(place).name)
            if number == nil { isFull = true }
            numbers.append(number ?? 0)
        }
        return isFull ? nil : numbers
    }

    /// Makes the entries of some services apart from the view.
    private static func part(
        _ range: Range<Int>,
        _ groups: InstancesByService,
        _ numbers: [UInt32],
        _ basis: Basis
    ) -> Part {
        let maker = DNSViewWriter(apart: basis)
        var labels: [[UInt8]] = []
        var absent: [[UInt8]] = []
        for service in range {
            let name = groups.names[service]
            guard let label = PlainName.reachableLabel(of: name) else { continue }
            labels.append(label)
            let before = maker.madeEntries.count
            maker.build(name, label, count: groups.count(ofService: service)) { visit in
                groups.forEach(ofService: service) { visit($0, numbers[$1]) }
            }
            if maker.madeEntries.count == before { absent.append(label) }
        }
        return Part(
            entries: maker.madeEntries,
            wide: maker.wideServices.map { (name: $0.key, service: $0.value) },
            labels: labels,
            absent: absent,
            octets: maker.liveOctets
        )
    }

    /// Builds everything anew, one service after the other.
    private func rebuildOneByOne(from state: StateStore) {
        let nodes = state.nodes().value
        for node in nodes { _ = store(node) }
        var services: Set<[UInt8]> = []
        for name in Set(state.serviceNames().value.map { StateStore.folded($0.name) }) {
            rebuildService(name, in: state)
            if let label = PlainName.reachableLabel(of: name) { services.insert(label) }
        }
        removeServices(except: services)
        removeNodes(except: nodes.map(\.name))
    }

    private func removeNodes(except names: [String]) {
        let present = Set(names.map(NodeName.init(folding:)))
        for name in nodeNumbers.keys.filter({ !present.contains($0) }) { removeNode(name.folded) }
    }
}
