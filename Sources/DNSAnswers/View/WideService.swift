// SPDX-License-Identifier: Apache-2.0
import Publication

/// What the writer remembers of a service with many instances, so that a change of one touches one
/// or two of its blocks and no other instance: which instances stand where, what they share, and
/// the blocks.
///
/// Narrow services have none: building their entry anew costs little (``DNSViewWriter``). For each
/// instance this takes some 100 to 150 octets beside those that readers see.
///
/// Invariants, between calls:
/// - all ``blocks`` but the last are full, and place `i` is record `i & 63` of block `i >> 6`;
/// - ``ids`` and ``traits`` have an element for each place, and the index leads to each;
/// - ``counts`` has counted the instances in the blocks, as they stand there, and no others.
@safe
final class WideService {
    /// A service with more instances than this, of whatever health, is a wide one.
    static let threshold = 64
    /// A wide service with fewer than this is a narrow one again; lower, so that one instance that
    /// comes and goes does not move the service to and fro.
    static let narrowAgain = 48

    /// The folded label of the name.
    let label: [UInt8]
    /// The same as the key of the entry.
    let key: OwnedKey
    /// The TTL of its answers, and the healthy share below which all instances are answered.
    let ttl: UInt32
    let protectThreshold: Double

    private struct State: ~Copyable {
        var blocks: [Block] = []
        var counts: ServiceCounts
        var odd: Set<[UInt8]> = []
        var published: Entry?
        var hasNewBlocks = true
        var isTouched = false
        var ids: [String] = []
        var traits: [InstanceTraits] = []
        var hashes: [UInt32] = []
        var slots = [UInt32](repeating: 0, count: 128)

        init(counts: consuming ServiceCounts) { self.counts = counts }
    }

    private let state: Unshared<State>
    private let seed: UInt64

    /// The blocks as they will be published.
    var blocks: [Block] {
        _read { yield state.value.blocks }
        _modify { yield &state.value.blocks }
    }
    var counts: ServiceCounts {
        _read { yield state.value.counts }
        _modify { yield &state.value.counts }
    }
    /// Instances that DNS answers with but the fast line cannot: by node and ID.
    var odd: Set<[UInt8]> {
        _read { yield state.value.odd }
        _modify { yield &state.value.odd }
    }
    /// The entry that readers see.
    var published: Entry? {
        _read { yield state.value.published }
        _modify { yield &state.value.published }
    }
    /// Whether ``blocks`` are others than those of ``published``.
    var hasNewBlocks: Bool {
        _read { yield state.value.hasNewBlocks }
        _modify { yield &state.value.hasNewBlocks }
    }
    /// Whether it is among those that are being changed.
    var isTouched: Bool {
        _read { yield state.value.isTouched }
        _modify { yield &state.value.isTouched }
    }
    /// The IDs of the instances in the blocks.
    private(set) var ids: [String] {
        _read { yield state.value.ids }
        _modify { yield &state.value.ids }
    }
    private(set) var traits: [InstanceTraits] {
        _read { yield state.value.traits }
        _modify { yield &state.value.traits }
    }
    /// Hashes of node and ID.
    private var hashes: [UInt32] {
        _read { yield state.value.hashes }
        _modify { yield &state.value.hashes }
    }
    /// An open hash table of places, one more each; 0 is free.
    private var slots: [UInt32] {
        _read { yield state.value.slots }
        _modify { yield &state.value.slots }
    }

    init(
        label: [UInt8],
        ttl: UInt32,
        protectThreshold: Double,
        counts: consuming ServiceCounts,
        seed: UInt64
    ) {
        self.label = label
        key = OwnedKey(label)
        self.ttl = ttl
        self.protectThreshold = protectThreshold
        state = Unshared(State(counts: counts))
        self.seed = seed
    }

    /// The number of instances in the blocks.
    var count: Int { ids.count }

    /// The instance at a place.
    func record(_ place: Int) -> InstanceRecord { blocks[place >> 6].record(place & 63) }

    /// The place of an instance.
    func place(of id: String, onNode node: UInt32) -> Int? {
        let hash = hash(id, node)
        let mask = slots.count - 1
        var index = Int(hash) & mask
        while slots[index] != 0 {
            let place = Int(slots[index]) - 1
            if hashes[place] == hash, record(place).node == node,
                ids[place].hasSameOctets(as: id)
            {
                return place
            }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Notes an instance behind the others; its record is written by the caller.
    func append(_ id: String, onNode node: UInt32, _ image: InstanceImage, _ traits: InstanceTraits)
    {
        let hash = hash(id, node)
        ids.append(id)
        hashes.append(hash)
        self.traits.append(traits)
        if ids.count * 4 > slots.count * 3 {
            resize(to: slots.count * 2)
        } else {
            enter(ids.count - 1)
        }
        counts.add(image, traits)
    }

    /// Counts an instance as what it is now.
    func recount(_ place: Int, _ image: InstanceImage, _ new: InstanceTraits) {
        counts.remove(InstanceImage(record(place)), traits[place])
        counts.add(image, new)
        traits[place] = new
    }

    /// Forgets an instance while its record still stands; the last one takes its place.
    func remove(_ place: Int) {
        counts.remove(InstanceImage(record(place)), traits[place])
        leave(place)
        let last = ids.count - 1
        if place != last {
            slots[slot(of: last)] = UInt32(place + 1)
            ids[place] = ids[last]
            hashes[place] = hashes[last]
            traits[place] = traits[last]
        }
        ids.removeLast()
        hashes.removeLast()
        traits.removeLast()
        if slots.count > 128, ids.count * 8 < slots.count { resize(to: slots.count / 2) }
    }

    private func hash(_ id: String, _ node: UInt32) -> UInt32 {
        var fingerprint = Fingerprint(.node, seed: seed)
        fingerprint.add(UInt64(node))
        fingerprint.add(id)
        return UInt32(truncatingIfNeeded: fingerprint.value(id.utf8.count))
    }

    /// Where a place stands in the index.
    private func slot(of place: Int) -> Int {
        let mask = slots.count - 1
        var index = Int(hashes[place]) & mask
        while slots[index] != UInt32(place + 1) { index = (index + 1) & mask }
        return index
    }

    private func enter(_ place: Int) {
        let mask = slots.count - 1
        var index = Int(hashes[place]) & mask
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = UInt32(place + 1)
    }

    /// Takes a place out of the index; what was pushed behind it comes closer to its home.
    private func leave(_ place: Int) {
        let mask = slots.count - 1
        var hole = slot(of: place)
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            let home = Int(hashes[Int(slots[next]) - 1]) & mask
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
    }

    private func resize(to capacity: Int) {
        slots = [UInt32](repeating: 0, count: capacity)
        for place in ids.indices { enter(place) }
    }
}

extension String {
    /// Whether the octets are the same; texts that Unicode holds equal may have others.
    func hasSameOctets(as other: String) -> Bool {
        var (left, right) = (self, other)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                let left = UnsafeRawBufferPointer(left)
                let right = UnsafeRawBufferPointer(right)
                guard left.count == right.count else { return false }
                var offset = 0
                while offset + 8 <= left.count {
                    let isSame =
                        unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                        == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    if !isSame { return false }
                    offset += 8
                }
                while offset < left.count {
                    if unsafe left[offset] != right[offset] { return false }
                    offset += 1
                }
                return true
            }
        }
    }
}
