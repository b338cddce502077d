// SPDX-License-Identifier: Apache-2.0
import CSockets
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

    /// What stands on some nodes: of each instance its service, and what DNS says of it.
    ///
    /// `@unchecked Sendable`: immutable once made, and the writer's thread holds the state.
    private struct Standings: @unchecked Sendable {
        var services: [UInt32] = []
        var instances: [StandingInstance] = []

        /// Brings what was found of an instance into the cache.
        @inline(__always)
        func prefetch(_ index: UInt32) {
            unsafe instances.withUnsafeBufferPointer { instances in
                guard let base = instances.baseAddress else { return }
                let instance = unsafe UnsafeRawPointer(base + Int(index))
                unsafe csockets_prefetch(instance)
                // It may span two lines.
                unsafe csockets_prefetch(instance + MemoryLayout<StandingInstance>.size - 1)
            }
        }

        /// Brings ID and tags of an instance into the cache.
        @inline(__always)
        func prefetchRow(_ index: UInt32) {
            let address = unsafe instances[Int(index)].address
            unsafe csockets_prefetch(address)
            unsafe csockets_prefetch(address + 64)
        }
    }

    /// Builds everything anew.
    ///
    /// Instances are looked at in the order of their nodes, as their rows lie in memory: in the
    /// order of their services nearly every field would be waited for.
    func rebuild(from state: StateStore) {
        let isFirst = table.count == 0 && nodeNumbers.isEmpty && wideServices.isEmpty
        let walk = state.instanceWalk()
        guard let numbers = storeNodes(walk) else { return rebuildOneByOne(from: state) }
        let basis = Basis(table: table, settings: settings, nodeNames: nodeNames)
        let nodeChunk = 32
        let standings = worker.map((walk.nodeCount + nodeChunk - 1) / nodeChunk) { number in
            let first = number * nodeChunk
            let range = first..<min(walk.nodeCount, first + nodeChunk)
            return Self.standings(onNodes: range, walk, numbers, basis)
        }
        let groups = InstancesByService(standings.map(\.services), services: walk.names.count)
        let chunk = 128
        let parts = worker.map((walk.names.count + chunk - 1) / chunk) { number in
            let first = number * chunk
            let range = first..<min(walk.names.count, first + chunk)
            return Self.part(range, walk.names, groups, standings, basis)
        }
        for (_, wide) in wideServices { retireBlocks(of: wide) }
        wideServices.removeAll(keepingCapacity: true)
        wideServices.reserveCapacity(parts.reduce(0) { $0 + $1.wide.count })
        for part in parts {
            liveOctets += part.octets
            for entry in part.entries { replaceService(with: entry) }
            for (name, wide) in part.wide { wideServices[name] = wide }
            for label in part.absent { OwnedKey(label).withKey(removeService) }
        }
        worker.discard(standings)
        withExtendedLifetime(state) {}
        if isFirst { return }
        removeServices(except: Set(parts.lazy.map(\.labels).joined()))
        removeNodes(except: (0..<walk.nodeCount).map { walk.node($0).name })
    }

    private static func standings(
        onNodes range: Range<Int>,
        _ walk: InstanceWalk,
        _ numbers: [UInt32],
        _ basis: Basis
    ) -> Standings {
        let maker = DNSViewWriter(apart: basis)
        var found = Standings()
        let count = walk.instanceCount(onNodes: range)
        found.services.reserveCapacity(count)
        found.instances.reserveCapacity(count)
        walk.forEach(onNodes: range) { instance, node, service in
            found.services.append(UInt32(service))
            found.instances.append(maker.look(at: instance, onNode: numbers[node]))
        }
        return found
    }

    /// Stores the entries of all nodes; returns their numbers by their places, `nil` where there
    /// are not enough.
    private func storeNodes(_ walk: InstanceWalk) -> [UInt32]? {
        let (settings, rules, seed) = (settings, rules, table.seed)
        let chunk = 256
        let parts = worker.map((walk.nodeCount + chunk - 1) / chunk) { number in
            let first = number * chunk
            return (first..<min(walk.nodeCount, first + chunk)).map { place in
                NodeEntry.make(
                    walk.node(place),
                    settings: settings,
                    domainLength: rules.domainLength,
                    seed: seed
                )
            }
        }
        var numbers: [UInt32] = []
        numbers.reserveCapacity(walk.nodeCount)
        nodeNumbers.reserveCapacity(walk.nodeCount)
        var isFull = false
        for entry in parts.joined() {
            let place = numbers.count
            let number = store(entry, ofNode: walk.node(place).name)
            if number == nil { isFull = true }
            numbers.append(number ?? 0)
        }
        return isFull ? nil : numbers
    }

    /// Makes the entries of some services apart from the view.
    private static func part(
        _ range: Range<Int>,
        _ names: [String],
        _ groups: InstancesByService,
        _ standings: [Standings],
        _ basis: Basis
    ) -> Part {
        let maker = DNSViewWriter(apart: basis)
        let (near, farther) = (5, 10)
        var labels: [[UInt8]] = []
        var absent: [[UInt8]] = []
        for service in range {
            let name = names[service]
            guard let label = PlainName.reachableLabel(of: name) else { continue }
            labels.append(label)
            let before = maker.madeEntries.count
            let count = groups.count(ofService: service)
            let isWide = count > WideService.threshold
            maker.build(name, label, count: count) { visit in
                let places = groups.places(ofService: service)
                // They lie far from each other: the next ones are on their way while one is used.
                func later(_ at: Int, _ ahead: Int) -> InstancesByService.Place? {
                    at + ahead < places.endIndex ? places[at + ahead] : nil
                }
                for place in places.prefix(farther) {
                    standings[Int(place.part)].prefetch(place.index)
                }
                for place in places.prefix(near) {
                    standings[Int(place.part)].prefetchRow(place.index)
                }
                for at in places.indices {
                    if let place = later(at, farther) {
                        standings[Int(place.part)].prefetch(place.index)
                    }
                    if let place = later(at, near) {
                        standings[Int(place.part)].prefetchRow(place.index)
                    }
                    let place = places[at]
                    let instance = standings[Int(place.part)].instances[Int(place.index)]
                    visit(maker.settled(instance), isWide ? instance.id : "")
                }
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
