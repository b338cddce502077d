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
        // Instances with the same texts mostly follow each other.
        var text: (decoder: Int, number: UInt32)?
        var count = 0
        for place in places[starts[service]..<starts[service + 1]] {
            let (number, index) = (Int(place.piece), Int(place.index))
            _ = keys.append(Presence(), key: pieces[number].key(index))
            let next = (decoder: pieces[number].decoder, number: pieces[number].texts[index])
            if let text, text == next {
                count += 1
            } else {
                if let text {
                    let last = texts[text.decoder][Int(text.number)]
                    record.count(last.name, last.tags, by: count)
                }
                text = next
                count = 1
            }
            record.index = pieces[number].modified[index]
        }
        if let text {
            let last = texts[text.decoder][Int(text.number)]
            record.count(last.name, last.tags, by: count)
            record.name = last.name
            record.tags = last.tags
        }
        record.instances = keys.tree()
        return record
    }
}
