// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// Writes a ``ZoneTable``: every name of every zone, with the replies that the zones' own search
/// gives.
///
/// Whatever depends on more than the zones and the question is left out, and so asked of the
/// reference line: aliases into the catalog, SOA and NS of a zone that is a domain of the catalog,
/// DS at an apex, reverse names.
@safe
struct ZoneTableMaker {
    private let zones: ZoneSet
    private let settings: DNSSettings
    private let router: QueryRouter
    private let seed: UInt64
    private var table = EntryOctets()
    private var zoneEntries: [Entry] = []
    private var nameEntries: [Entry] = []
    /// Where wildcards are, by the name above them.
    private var wildcards: [(parent: CanonicalName, word: UInt32)] = []
    /// How many names are in the table.
    private(set) var nameCount = 0

    /// Something that is found by its hash.
    private struct Entry {
        var hash: UInt64
        var word: UInt32
    }

    init(_ zones: ZoneSet, settings: DNSSettings, seed: UInt64 = .random(in: 0 ... .max)) {
        self.zones = zones
        self.settings = settings
        router = QueryRouter(settings: settings, zones: zones)
        self.seed = seed
    }

    /// The octets of the table; empty without zones, or where it cannot be made.
    mutating func make() -> [UInt8] {
        let all = zones.zones.filter { !$0.apex.isRoot }
        // Label counts are bits of a word.
        guard !all.isEmpty, all.allSatisfy({ $0.apex.labelCount < 64 }) else { return [] }
        table.append([UInt8](repeating: 0, count: ZoneTable.headSize))
        var depths: UInt64 = 0
        for zone in all {
            depths |= 1 << UInt64(zone.apex.labelCount)
            insert(zone)
        }
        insertNamesAbove(all)
        // Places are 32 bits.
        guard table.count / 8 < Int(UInt32.max) - 4 * nameEntries.count - 64 else { return [] }
        table.replace(depths, at: 0)
        table.replace(seed, at: 24)
        table.replace(zones.zones.contains { $0.apex.isRoot } ? 1 : 0 as UInt32, at: 36)
        table.replace(UInt32(truncatingIfNeeded: nameCount), at: 32)
        _ = append(zoneEntries, maskAt: 8, placeAt: 16)
        link(append(nameEntries, maskAt: 12, placeAt: 20))
        return table.octets
    }

    private mutating func insert(_ zone: Zone) {
        let apex = zone.apex.folded
        let isReverse = apex.name.labels.last.map { $0.elementsEqual("arpa".utf8) } ?? false
        let isDomain = settings.isDomain(zone.apex)
        var negatives = [UInt32](repeating: 0, count: 2)
        if !isReverse, !isDomain {
            for (index, outcome) in [ZoneAnswer.Outcome.nameError, .noData].enumerated() {
                var answer = ZoneAnswer(outcome)
                answer.authorities = [zone.negativeSOA]
                negatives[index] = store(PreparedReplyMaker.make(answer, to: apex))
            }
        }
        var flags: PreparedZone.Flags = []
        if !isReverse { flags.insert(.isPrepared) }
        if isDomain { flags.insert(.isDomain) }
        let word = UInt32(truncatingIfNeeded: table.count / 8)
        zoneEntries.append(Entry(hash: hash(of: apex), word: word))
        table.append(UInt8(apex.wire.count))
        table.append(UInt8(apex.name.labelCount))
        table.append(flags.rawValue)
        table.append(UInt8(0))
        for word in negatives { table.append(word) }
        table.append(UInt32(0))
        table.append(apex.wire)
        table.pad(to: 8)
        guard !isReverse else { return }
        zone.forEachName { owned in
            // What lies in a zone of its own is that zone's.
            if zones.zone(enclosing: owned.name.name)?.apex.folded == apex {
                insert(owned, isApex: owned.name == apex)
            }
        }
    }

    /// Names of the catalog's domains that have a zone below them, so that they exist: the reference
    /// line knows what else they are.
    private mutating func insertNamesAbove(_ zones: [Zone]) {
        var done: Set<CanonicalName> = []
        for zone in zones where CatalogName(zone.apex, settings: settings) != nil {
            var name = zone.apex.folded
            while let parent = name.parent, !settings.isDomain(parent.name),
                CatalogName(parent.name, settings: settings) != nil, done.insert(parent).inserted
            {
                let word = UInt32(truncatingIfNeeded: table.count / 8)
                nameEntries.append(Entry(hash: hash(of: parent), word: word))
                table.append(UInt8(parent.wire.count))
                table.append(UInt8(0))
                table.append(UInt16(0))
                table.append(UInt32(0))
                table.append(ReplyChoice.handOver.rawValue)
                table.append(UInt32(0))
                table.append(parent.wire)
                table.pad(to: 8)
                name = parent
            }
        }
    }

    private mutating func insert(_ owned: OwnedName, isApex: Bool) {
        let replies = ZoneReplies(owned, isApex: isApex, zones, router)
        var choices: [(type: RecordType, choice: UInt32)] = []
        var others = ReplyChoice.noData.rawValue
        var stored: [(reply: [UInt8], word: UInt32)] = []
        replies.forEach { type, reply in
            let word: UInt32
            switch reply {
            case .handOver: word = ReplyChoice.handOver.rawValue
            case .noData: word = ReplyChoice.noData.rawValue
            case .octets(let octets):
                // ANY of a name with one type is that type's reply.
                if let same = stored.first(where: { $0.reply == octets }) {
                    word = same.word
                } else {
                    word = store(octets)
                    stored.append((octets, word))
                }
            }
            if let type { choices.append((type, word)) } else { others = word }
        }
        let word = UInt32(truncatingIfNeeded: table.count / 8)
        nameCount += 1
        nameEntries.append(Entry(hash: hash(of: owned.name), word: word))
        if owned.isWildcard, !isApex, let parent = owned.name.parent {
            wildcards.append((parent, word))
        }
        table.append(UInt8(owned.name.wire.count))
        table.append(owned.isCut ? PreparedName.isCut : 0)
        table.append(UInt16(choices.count))
        table.append(UInt32(0))
        table.append(others)
        table.append(UInt32(0))
        table.append(owned.name.wire)
        table.pad(to: 8)
        for (type, choice) in choices {
            table.append(type.rawValue.byteSwapped)
            table.append(UInt16(0))
            table.append(choice)
        }
    }

    /// Where a reply stands now; ``ReplyChoice/handOver`` for none.
    private mutating func store(_ reply: [UInt8]?) -> UInt32 {
        guard let reply else { return ReplyChoice.handOver.rawValue }
        let word = UInt32(truncatingIfNeeded: table.count / 8)
        table.append(reply)
        table.pad(to: 8)
        return word
    }

    /// The hash that readers of the table find.
    private func hash(of name: CanonicalName) -> UInt64 {
        // Words are read past the end.
        var octets = name.wire + [UInt8](repeating: 0, count: 8)
        return unsafe octets.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return seed }
            let message = unsafe MessageOctets(start)
            var starts: [Int] = []
            var offset = 0
            while message.octet(offset) != 0 {
                starts.append(offset)
                offset += Int(message.octet(offset)) + 1
            }
            return starts.reversed()
                .reduce(seed) { ZoneTable.hash($0, adding: message, at: $1) }
        }
    }

    /// Appends a hash table and notes where it is; returns its slots.
    private mutating func append(
        _ entries: [Entry],
        maskAt: Int,
        placeAt: Int
    ) -> [UInt64] {
        var capacity = 4
        while capacity < 2 * entries.count { capacity *= 2 }
        var slots = [UInt64](repeating: 0, count: capacity)
        for entry in entries {
            var index = Int(truncatingIfNeeded: entry.hash) & (capacity - 1)
            while slots[index] != 0 { index = (index + 1) & (capacity - 1) }
            slots[index] = entry.hash & 0xffff_ffff_0000_0000 | UInt64(entry.word)
        }
        table.replace(UInt32(capacity - 1), at: maskAt)
        table.replace(UInt32(table.count / 8), at: placeAt)
        for slot in slots { table.append(slot) }
        return slots
    }

    /// Tells the names above wildcards where those are.
    private mutating func link(_ slots: [UInt64]) {
        for (parent, word) in wildcards {
            let hash = hash(of: parent)
            var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[index] != 0 {
                let place = 8 * Int(UInt32(truncatingIfNeeded: slots[index]))
                let key = place + ZoneTable.Place.keyOffset
                if (slots[index] ^ hash) >> 32 == 0,
                    Int(table.octets[place]) == parent.wire.count,
                    table.octets[key..<(key + parent.wire.count)].elementsEqual(parent.wire)
                {
                    table.replace(word, at: place + 4)
                    break
                }
                index = (index + 1) & (slots.count - 1)
            }
        }
    }
}
