// SPDX-License-Identifier: Apache-2.0

/// Which instances, in the order of their keys, each service has: the instances of all frames,
/// sorted by service once.
struct ServicePostings: Sendable {
    /// An instance: its piece, and its place there.
    private struct Place: Sendable {
        var piece: UInt32
        var index: UInt32
    }

    /// The names, folded, in order.
    private let names: [String]
    /// Where the instances of each service begin in ``places``, and where the last ends.
    private let starts: [Int]
    private let places: [Place]
    private let texts: [[InstanceTexts]]

    /// The number of services.
    var count: Int { names.count }

    /// Sorts the instances of all pieces.
    init(_ pieces: [CatalogPiece], _ texts: [[InstanceTexts]]) {
        self.texts = texts
        // Each decoder has numbers of its own for the texts: here every service gets one.
        var numbers = OctetNumbers()
        var names: [String] = []
        var serviceOf: [[Int]] = texts.map { texts in
            texts.map { text -> Int in
                let (number, isNew) = numbers.number(of: text.folded)
                if isNew { names.append(text.folded) }
                return number
            }
        }
        let order = names.indices.sorted {
            names[$0].utf8.lexicographicallyPrecedes(names[$1].utf8)
        }
        var ranks = [Int](repeating: 0, count: names.count)
        for (rank, number) in order.enumerated() { ranks[number] = rank }
        for decoder in serviceOf.indices {
            for text in serviceOf[decoder].indices {
                serviceOf[decoder][text] = ranks[serviceOf[decoder][text]]
            }
        }
        var ends = [Int](repeating: 0, count: names.count + 1)
        for piece in pieces {
            let services = serviceOf[piece.decoder]
            for text in piece.texts { ends[services[Int(text)] + 1] += 1 }
        }
        for service in names.indices { ends[service + 1] += ends[service] }
        starts = ends
        var places = [Place](repeating: Place(piece: 0, index: 0), count: ends[names.count])
        for (number, piece) in pieces.enumerated() {
            let services = serviceOf[piece.decoder]
            for (index, text) in piece.texts.enumerated() {
                let service = services[Int(text)]
                places[ends[service]] = Place(piece: UInt32(number), index: UInt32(index))
                ends[service] += 1
            }
        }
        self.places = places
        self.names = order.map { names[$0] }
    }

    /// The records of so many services from one on.
    func records(
        from first: Int,
        count: Int,
        _ pieces: [CatalogPiece]
    ) -> OrderedTree<CopyOnWrite<ServiceRecord>> {
        var run = TreeRun<CopyOnWrite<ServiceRecord>>()
        var keys = TreeRun<Presence>()
        for service in first..<min(names.count, first + count) {
            let record = record(of: service, pieces, &keys)
            _ = run.append(CopyOnWrite(record), key: names[service].utf8)
        }
        return run.tree()
    }

    private func record(
        of service: Int,
        _ pieces: [CatalogPiece],
        _ keys: inout TreeRun<Presence>
    ) -> ServiceRecord {
        keys.removeAll()
        var record = ServiceRecord(index: .zero, name: "", tags: [])
        // How often the texts of a decoder occur, once for each row of equal ones: what follows
        // comes from several decoders in turn.
        var tallies: [(text: UInt64, count: Int)] = []
        for place in places[starts[service]..<starts[service + 1]] {
            let (number, index) = (Int(place.piece), Int(place.index))
            _ = keys.append(Presence(), key: pieces[number].key(index))
            let text = UInt64(pieces[number].decoder) << 32 | UInt64(pieces[number].texts[index])
            if let last = tallies.last, last.text == text {
                tallies[tallies.count - 1].count += 1
            } else {
                tallies.append((text, 1))
            }
            record.index = pieces[number].modified[index]
        }
        if let last = tallies.last {
            let texts = sharedTexts(last.text)
            record.name = texts.name
            record.tags = texts.tags
        }
        record.tagCounts = counts(&tallies)
        record.instances = keys.tree()
        return record
    }

    private func sharedTexts(_ number: UInt64) -> InstanceTexts {
        texts[Int(number >> 32)][Int(number & 0xffff_ffff)]
    }

    /// The table of spellings and tags, built at once.
    private func counts(_ tallies: inout [(text: UInt64, count: Int)]) -> OrderedTree<Int> {
        tallies.sort { $0.text < $1.text }
        var counts: [(key: [UInt8], count: Int)] = []
        var next = 0
        while next < tallies.count {
            let number = tallies[next].text
            var count = 0
            while next < tallies.count, tallies[next].text == number {
                count += tallies[next].count
                next += 1
            }
            let texts = sharedTexts(number)
            counts.append((TreeKey.alone(texts.name), count))
            for tag in texts.tags { counts.append((TreeKey.make(texts.name, tag), count)) }
        }
        counts.sort { $0.key.lexicographicallyPrecedes($1.key) }
        var run = TreeRun<Int>()
        next = 0
        while next < counts.count {
            let first = next
            var count = 0
            while next < counts.count, counts[next].key == counts[first].key {
                count += counts[next].count
                next += 1
            }
            _ = run.append(count, key: counts[first].key)
        }
        return run.tree()
    }
}
