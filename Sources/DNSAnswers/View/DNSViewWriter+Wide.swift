// SPDX-License-Identifier: Apache-2.0
import Publication
import StateStore

// Wide services: a change of one instance copies its block, and the last one where an instance goes,
// then the head with the list of blocks, 8 octets for each 64 instances, and stores one slot. Nothing
// else depends on the number of instances: the flags come from counts (``ServiceCounts``), so they
// are exact after every change and need no look at the others.
extension DNSViewWriter {
    /// The most instances of a service that the fast line answers; a group of commands may add
    /// some before that is looked at.
    private static let widest =
        min(
            ServiceEntry.maximumBlocks * Block.capacity,
            ServiceCounts.maximum
        ) - 65_536

    /// Builds what is remembered of a service, and its entry.
    func buildWideService(
        _ name: String,
        _ label: [UInt8],
        count: Int,
        _ forEach: ((InstanceStanding, _ id: String) -> Void) -> Void
    ) {
        let ttl = settings.serviceTTL(for: name)
        guard count <= Self.widest else {
            let seed = table.seed
            replaceService(
                with: OwnedKey(label).withKey { ServiceEntry.makeSlow($0, ttl: ttl, seed: seed) }
            )
            return
        }
        let wide = WideService(
            name: name,
            label: label,
            ttl: ttl,
            protectThreshold: settings.protectThreshold(for: name),
            counts: ServiceCounts(seed: table.seed, countsWeights: settings.weightsAddresses),
            seed: table.seed
        )
        draft.removeAll()
        wide.reserve(count)
        forEach { standing, id in
            switch standing {
            case .hidden: break
            case .odd(let key): wide.odd.insert(key)
            case .answered(let image, let traits):
                if draft.count == Block.capacity {
                    wide.blocks.append(makeBlock())
                    draft.removeAll()
                }
                let node = nodeNames[Int(image.node)].folded
                let hash = wide.hash(id, onNode: node)
                wide.append(id, hash: hash, image, traits)
                draft.append(image, tags)
            }
        }
        if draft.count > 0 { wide.blocks.append(makeBlock()) }
        wideServices[name] = wide
        publish(wide, count: count)
    }

    /// Follows what changed of wide services; returns those, with their names.
    func followInstances(
        _ changes: [InstanceChange],
        in state: StateStore
    ) -> [(name: String, service: WideService)] {
        guard !wideServices.isEmpty else { return [] }
        var touched: [(name: String, service: WideService)] = []
        for change in changes {
            guard let wide = wideServices[change.service] else { continue }
            if !wide.isTouched {
                wide.isTouched = true
                touched.append((change.service, wide))
            }
            follow(change, of: wide, in: state)
        }
        return touched
    }

    /// Publishes a wide service after its changes, or makes it a narrow one.
    func finish(_ wide: WideService, _ name: String, in state: StateStore) {
        wide.isTouched = false
        let count = state.instanceCount(ofService: name)
        if count < WideService.narrowAgain || count > Self.widest {
            rebuildService(name, in: state)
        } else {
            publish(wide, count: count)
        }
    }

    /// Brings one instance to what the state says of it.
    func follow(_ change: InstanceChange, of wide: WideService, in state: StateStore) {
        let instance = state.instance(
            change.id,
            onNode: change.node,
            ofService: change.service
        )
        let hash = wide.hash(change.id, onNode: change.node)
        let place = wide.place(of: change.id, onNode: change.node, hash: hash, nodeNames)
        var standing = InstanceStanding.hidden
        if let instance {
            // An instance that has a place has a node with a number.
            let node = place.map { wide.record($0).node } ?? number(ofNode: change.node)
            standing = self.standing(of: instance, onNode: node)
        }
        if case .odd(let key) = standing {
            wide.odd.insert(key)
        } else if !wide.odd.isEmpty {
            wide.odd.remove(Self.key(change.node, change.id))
        }
        switch (standing, place) {
        case (.answered(let image, let traits), let place?):
            replace(place, with: image, traits, of: wide)
        case (.answered(let image, let traits), nil):
            append(change.id, hash, image, traits, to: wide)
        case (_, let place?): remove(place, from: wide)
        case (_, nil): break
        }
    }

    private func replace(
        _ place: Int,
        with image: InstanceImage,
        _ traits: InstanceTraits,
        of wide: WideService
    ) {
        let number = place >> 6
        let index = place & 63
        let block = wide.blocks[number]
        let old = InstanceImage(block.record(index))
        let isSame = image == old
        if !isSame || traits != wide.traits[place] {
            wide.recount(place, from: old, to: image, traits)
        }
        if isSame, tags.areThose(of: InstanceTags(block: block, index: index)) { return }
        if let new = block.patched(index, image, tags, count: block.count, in: table) {
            replaceBlock(number, of: wide, by: new)
            return
        }
        draft.load(block)
        draft.set(index, to: image, tags)
        replaceBlock(number, of: wide)
    }

    private func append(
        _ id: String,
        _ hash: UInt32,
        _ image: InstanceImage,
        _ traits: InstanceTraits,
        to wide: WideService
    ) {
        let number = wide.count >> 6
        let opensBlock = wide.count & 63 == 0
        wide.append(id, hash: hash, image, traits)
        if !opensBlock {
            let block = wide.blocks[number]
            let count = block.count
            if let new = block.patched(count, image, tags, count: count + 1, in: table) {
                replaceBlock(number, of: wide, by: new)
                return
            }
        }
        if opensBlock { draft.removeAll() } else { draft.load(wide.blocks[number]) }
        draft.append(image, tags)
        if opensBlock {
            wide.blocks.append(makeBlock())
            wide.hasNewBlocks = true
        } else {
            replaceBlock(number, of: wide)
        }
    }

    private func remove(_ place: Int, from wide: WideService) {
        let last = wide.count - 1
        wide.remove(place)
        let end = last >> 6
        if place != last { move(last, to: place, of: wide) }
        let block = wide.blocks[end]
        if let new = block.withoutLast(in: table) {
            replaceBlock(end, of: wide, by: new)
            return
        }
        draft.load(block)
        draft.removeLast()
        if draft.count > 0 {
            replaceBlock(end, of: wide)
        } else {
            retire(wide.blocks.removeLast())
            wide.hasNewBlocks = true
        }
    }

    /// Lets an instance stand in another place too.
    private func move(_ last: Int, to place: Int, of wide: WideService) {
        let (hole, end) = (place >> 6, last >> 6)
        let block = wide.blocks[hole]
        let image = InstanceImage(wide.record(last))
        let own = InstanceTags(block: wide.blocks[end], index: last & 63)
        if let new = block.patched(place & 63, image, own, count: block.count, in: table) {
            replaceBlock(hole, of: wide, by: new)
            return
        }
        tags.fill(from: wide.blocks[end], at: last & 63)
        draft.load(block)
        draft.set(place & 63, to: image, tags)
        replaceBlock(hole, of: wide)
    }

    /// Makes a block of the draft.
    private func makeBlock() -> Block {
        let size = draft.size
        let memory = unsafe reusable(size)
        unsafe draft.write(to: memory, size: size)
        liveOctets += size
        return unsafe Block(base: UnsafeRawPointer(memory))
    }

    /// Memory that can be used again; for parts of another writer's view it is new.
    @inline(__always)
    private func reusable(_ size: Int) -> UnsafeMutableRawPointer {
        unsafe isApart ? PublishedTable.newReusable(size) : table.allocateReusable(size)
    }

    private func replaceBlock(_ number: Int, of wide: WideService) {
        retire(wide.blocks[number])
        wide.blocks[number] = makeBlock()
        wide.hasNewBlocks = true
    }

    private func replaceBlock(_ number: Int, of wide: WideService, by block: Block) {
        retire(wide.blocks[number])
        wide.blocks[number] = block
        liveOctets += block.size
        wide.hasNewBlocks = true
    }

    private func retire(_ block: Block) {
        liveOctets -= block.size
        unsafe table.retireReusable(
            UnsafeMutableRawPointer(mutating: block.address),
            size: block.size
        )
    }

    /// Retires the blocks of a service whose entry is about to be replaced, or taken out.
    func retireBlocks(of wide: WideService) {
        for block in wide.blocks { retire(block) }
        wide.blocks.removeAll()
    }

    private func publish(_ wide: WideService, count: Int) {
        let served = ServedInstances(count: count, answered: wide.count, odd: wide.odd.count)
        let verdict = verdict(on: served, wide.counts, protectThreshold: wide.protectThreshold)
        let flags: ServiceEntry.Flags
        switch verdict {
        case .absent:
            if wide.published != nil { wide.key.withKey(removeService) }
            wide.published = nil
            return
        case .slow: flags = .isSlow
        case .fast(let some): flags = some
        }
        if !wide.hasNewBlocks, let published = wide.published.map(ServiceEntry.init),
            published.flags == flags, published.widestTarget == wide.counts.widest
        {
            return
        }
        let entry = wide.key.withKey { key in
            unsafe ServiceEntry.make(
                key,
                hash: wide.entryHash,
                ttl: wide.ttl,
                flags: flags,
                widest: wide.counts.widest,
                count: wide.count,
                blocks: wide.blocks,
                in: reusable(ServiceEntry.size(key, blocks: wide.blocks.count))
            )
        }
        wide.hasNewBlocks = false
        if let old = wide.published {
            liveOctets += entry.size - old.size
            table.replace(old, with: entry)
            unsafe table.retireReusable(UnsafeMutableRawPointer(mutating: old.base), size: old.size)
        } else {
            replaceService(with: entry)
        }
        wide.published = entry
    }

    /// A node and an ID as one key.
    static func key(_ node: String, _ id: String) -> [UInt8] {
        Array(StateStore.folded(node).utf8) + [0] + Array(id.utf8)
    }
}
