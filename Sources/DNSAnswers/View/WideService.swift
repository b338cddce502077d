// SPDX-License-Identifier: Apache-2.0
import Publication

/// What the writer remembers of a service with many instances, so that a change of one touches one
/// or two of its blocks and no other instance: which instances stand where, what they share, and
/// the blocks.
///
/// Narrow services have none: building their entry anew costs less than all this takes
/// (``DNSViewWriter``): 2 KiB, and for each instance some 110 to 190 octets, beside those that readers
/// see.
///
/// Invariants, between calls:
/// - all ``blocks`` but the last are full, and place `i` is record `i & 63` of block `i >> 6`;
/// - ``ids`` and ``traits`` have an element for each place, and the index leads to each;
/// - ``counts`` has counted the instances in the blocks, as they stand there, and no others.
@safe
final class WideService {
    /// A service with more instances than this, of whatever health, is a wide one.
    static let threshold = 32
    /// A wide service with fewer than this is a narrow one again; lower, so that one instance that
    /// comes and goes does not move the service to and fro.
    static let narrowAgain = 24

    /// The folded name.
    let name: String
    /// The same as a label.
    let label: [UInt8]
    /// The same as the key of the entry.
    let key: OwnedKey
    /// The hash of the entry.
    let entryHash: UInt64
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
        @inline(__always) _read { yield state.value.blocks }
        @inline(__always) _modify { yield &state.value.blocks }
    }
    var counts: ServiceCounts {
        @inline(__always) _read { yield state.value.counts }
        @inline(__always) _modify { yield &state.value.counts }
    }
    /// Instances that DNS answers with but the fast line cannot: by node and ID.
    var odd: Set<[UInt8]> {
        @inline(__always) _read { yield state.value.odd }
        @inline(__always) _modify { yield &state.value.odd }
    }
    /// The entry that readers see.
    var published: Entry? {
        @inline(__always) _read { yield state.value.published }
        @inline(__always) _modify { yield &state.value.published }
    }
    /// Whether ``blocks`` are others than those of ``published``.
    var hasNewBlocks: Bool {
        @inline(__always) _read { yield state.value.hasNewBlocks }
        @inline(__always) _modify { yield &state.value.hasNewBlocks }
    }
    /// Whether it is among those that are being changed.
    var isTouched: Bool {
        @inline(__always) _read { yield state.value.isTouched }
        @inline(__always) _modify { yield &state.value.isTouched }
    }
    /// The IDs of the instances in the blocks.
    private(set) var ids: [String] {
        @inline(__always) _read { yield state.value.ids }
        @inline(__always) _modify { yield &state.value.ids }
    }
    private(set) var traits: [InstanceTraits] {
        @inline(__always) _read { yield state.value.traits }
        @inline(__always) _modify { yield &state.value.traits }
    }
    /// Hashes of node and ID, both by their text: whoever looks has no number yet.
    private var hashes: [UInt32] {
        @inline(__always) _read { yield state.value.hashes }
        @inline(__always) _modify { yield &state.value.hashes }
    }
    /// An open hash table of places, one more each; 0 is free.
    private var slots: [UInt32] {
        @inline(__always) _read { yield state.value.slots }
        @inline(__always) _modify { yield &state.value.slots }
    }

    init(
        name: String,
        label: [UInt8],
        ttl: UInt32,
        protectThreshold: Double,
        counts: consuming ServiceCounts,
        seed: UInt64
    ) {
        self.name = name
        self.label = label
        key = OwnedKey(label)
        entryHash = key.withKey { $0.hash(kind: ServiceEntry.kind, seed: seed) }
        self.ttl = ttl
        self.protectThreshold = protectThreshold
        state = Unshared(State(counts: counts))
        self.seed = seed
    }

    /// Takes the room for so many instances; there are none yet.
    func reserve(_ count: Int) {
        ids.reserveCapacity(count)
        hashes.reserveCapacity(count)
        traits.reserveCapacity(count)
        var capacity = slots.count
        while count * 4 > capacity * 3 { capacity *= 2 }
        if capacity > slots.count { resize(to: capacity) }
    }

    /// The number of instances in the blocks.
    var count: Int { ids.count }

    /// The instance at a place.
    func record(_ place: Int) -> InstanceRecord { blocks[place >> 6].record(place & 63) }

    /// The place of an instance with this hash; the node's name is folded, `names` has those of
    /// nodes by number.
    func place(of id: String, onNode node: String, hash: UInt32, _ names: [NodeName]) -> Int? {
        let mask = slots.count - 1
        var index = Int(hash) & mask
        while slots[index] != 0 {
            let place = Int(slots[index]) - 1
            if hashes[place] == hash, ids[place].hasSameOctets(as: id),
                names[Int(record(place).node)].folded.hasSameOctets(as: node)
            {
                return place
            }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Notes an instance behind the others; its record is written by the caller.
    func append(_ id: String, hash: UInt32, _ image: InstanceImage, _ traits: InstanceTraits) {
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
    func recount(
        _ place: Int,
        from old: InstanceImage,
        to new: InstanceImage,
        _ now: InstanceTraits
    ) {
        counts.replace(old, traits[place], by: new, now)
        traits[place] = now
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

    /// The hash of an instance; the node's name is folded.
    func hash(_ id: String, onNode node: String) -> UInt32 {
        var fingerprint = Fingerprint(.node, seed: seed)
        fingerprint.add(node)
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
    @inline(__always)
    func hasSameOctets(as other: String) -> Bool {
        isSameValue(as: other) || hasSameOctetsElsewhere(as: other)
    }

    /// Whether both have the same bits: a short text stands in them, a long one where they lead.
    @inline(__always)
    private func isSameValue(as other: String) -> Bool {
        let own = unsafe unsafeBitCast(self, to: (UInt64, UInt64).self)
        return unsafe own == unsafeBitCast(other, to: (UInt64, UInt64).self)
    }

    private func hasSameOctetsElsewhere(as other: String) -> Bool {
        let (left, right) = (utf8, other.utf8)
        guard left.count == right.count else { return false }
        let isSame = unsafe left.withContiguousStorageIfAvailable { left in
            unsafe right.withContiguousStorageIfAvailable { unsafe Self.areSame(left, $0) }
        }
        // Texts of Objective-C lie otherwise, and there are none.
        return isSame.flatMap(\.self) ?? left.elementsEqual(right)
    }

    /// Whether as many octets are the same.
    @inline(__always)
    private static func areSame(
        _ left: UnsafeBufferPointer<UInt8>,
        _ right: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let left = UnsafeRawBufferPointer(left)
        let right = UnsafeRawBufferPointer(right)
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

extension [String] {
    /// Whether the texts have the same octets, one by one.
    func hasSameOctets(as other: [String]) -> Bool {
        guard count == other.count else { return false }
        for index in indices where !self[index].hasSameOctets(as: other[index]) { return false }
        return true
    }
}
