// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack
import TestSupport
import Testing

@testable import StateStore

@Suite("The catalog of a snapshot, built at once")
struct CatalogSnapshotTests {
    /// The frames of a state as they were before the catalog had a table of its own: a table each
    /// for nodes, instances and checks, a row a frame.
    private static func rows(_ store: StateStore) -> [[UInt8]] {
        func frame(_ table: SnapshotTable, _ write: (inout FieldWriter) -> Void) -> [UInt8] {
            var writer = MessagePackWriter()
            writer.write(table.rawValue)
            writer.writeFields(write)
            return writer.octets
        }
        var frames: [[UInt8]] = []
        let nodes = store.nodeTable.values().map(\.value)
        frames += nodes.map { frame(.nodes, $0.row.row.write) }
        for node in nodes {
            frames += node.instances.values().map { frame(.instances, $0.row.write) }
        }
        for node in nodes { frames += node.checks.values().map { frame(.checks, $0.row.write) } }
        let written = SnapshotTests.frames(store, length: 100)
        let place = written.firstIndex(where: CatalogDecoder.isCatalog) ?? 1
        let rest = written.filter { !CatalogDecoder.isCatalog($0) }
        return rest[..<place] + frames + rest[place...]
    }

    /// Loads frames whose catalog several decoders take in turn, the last frame first.
    private static func loadInParts(_ frames: [[UInt8]], decoders: Int) throws -> StateStore {
        var decoders = (0..<decoders).map { CatalogDecoder(number: $0) }
        let catalog = frames.filter(CatalogDecoder.isCatalog)
        var pieces: [CatalogPiece] = []
        for (place, frame) in catalog.enumerated().reversed() {
            pieces.insert(try decoders[place % decoders.count].decode(frame), at: 0)
        }
        var loader = SnapshotLoader()
        var isTaken = false
        for frame in frames {
            if !CatalogDecoder.isCatalog(frame) {
                try loader.take(frame)
            } else if !isTaken {
                isTaken = true
                try loader.take(pieces, by: decoders)
            }
        }
        return try loader.finish()
    }

    /// A catalog with texts of every kind, and some that are nearly the same.
    private static func odd(seed: UInt64) throws -> StateStore {
        var generator = SplitMix64(seed: seed)
        var catalog = Catalog()
        func text(_ texts: [String]) -> String { texts.randomElement(using: &generator) ?? "" }
        let long = String(repeating: "long ", count: 60)
        for number in 0..<90 {
            var row = service(
                text(["web", "Web", "\u{e9}", "a\0b", "a", long]),
                id: text(["s", "s\0", "s\0\0", "s1", "S", "\u{e9}", long, "t\(number)"]),
                tags: (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    text(["a", "A", "b", "\u{e9}", long])
                },
                address: text(["", "", "2001:DB8::1", "2001:db8:0::1", "10.1.1.1", "host.example"]),
                port: Int.random(in: -1...70_000, using: &generator)
            )
            row.kind = text(["", "", "connect-proxy", "typical"])
            if row.kind == "connect-proxy" {
                row.proxy = ProxyDefinition(destinationServiceName: "DB\(number % 3)")
            }
            row.connectNative = number % 13 == 0
            row.weights = ServiceWeights(passing: number % 4, warning: 1)
            row.priority = number % 3
            row.socketPath = text(["", "/run/socket"])
            row.locality = number % 6 == 0 ? Locality(region: "r", zone: "z\(number)") : nil
            row.taggedAddresses =
                number % 4 == 0 ? ["lan_ipv4": ServiceAddress(address: "10.2.2.2", port: 1)] : [:]
            row.meta = number % 5 == 0 ? ["k": "v", "l": long] : nil
            var first = check(text(["c", "c\0", "d", "c1"]), .passing, service: row.id)
            first.status = CheckStatus(rawValue: text(["passing", "warning", "critical", "odd"]))
            first.output = text(["", "ok", long, "another"])
            first.notes = text(["", "note", "\u{e9}", "e\u{301}"])
            first.type = text(["", "http", "ttl"])
            first.interval = text(["", "10s"])
            first.timeout = text(["", "10s", "1s"])
            first.exposedPort = number % 7 == 0 ? 70_000 : 0
            first.definitionJSON = text(["", "{\"Interval\":\"10s\"}"])
            let own = check(text(["serfHealth", "mem", "_node_maintenance"]), .critical)
            _ = try? catalog.register(
                text(["n", "N", "n1", "a\0b", "\u{e9}", "m\(number)"]),
                id: number % 2 == 0 ? "" : "id-\(number % 20)",
                address: text(["10.0.0.1", "2001:DB8::1", "", "host.example"]),
                meta: number % 3 == 0 ? ["m": "\(number)"] : nil,
                row,
                checks: number % 4 == 0 ? [first, own] : [first]
            )
        }
        return catalog.store
    }

    private static func states(_ seed: Int) throws -> [StateStore] {
        [try odd(seed: UInt64(seed)), try SnapshotTests.filled(seed: UInt64(seed))]
    }

    private static func expectSame(
        _ found: StateStore,
        _ expected: StateStore,
        _ what: Comment
    ) {
        let (found, expected) = (Fingerprint(found).lines, Fingerprint(expected).lines)
        for (one, two) in zip(found, expected) where one != two {
            Issue.record("\(what): \(one) instead of \(two)")
        }
        #expect(found.count == expected.count, what)
    }

    @Test(
        "it is the state that its rows make one by one, however frames are cut and who decodes them",
        arguments: 0..<5
    )
    func isAsRowByRow(seed: Int) throws {
        for store in try Self.states(seed) {
            let expected = try SnapshotTests.load(Self.rows(store))
            Self.expectSame(expected, store, "row by row, seed \(seed)")
            for length in [1, 400, 1 << 20] {
                let frames = SnapshotTests.frames(store, length: length)
                Self.expectSame(
                    try SnapshotTests.load(frames),
                    expected,
                    "seed \(seed), frames of \(length)"
                )
                Self.expectSame(
                    try Self.loadInParts(frames, decoders: 3),
                    expected,
                    "seed \(seed), frames of \(length), by three"
                )
            }
        }
    }

    @Test("checks that follow each other have their own members, octet for octet")
    func details() throws {
        var catalog = Catalog()
        let notes = ["", "\u{e9}", "e\u{301}", "e\u{301}", "", "x", "\u{e9}"]
        for (number, text) in notes.enumerated() {
            var one = check("c\(number)", .passing, service: "s\(number)")
            one.notes = text
            one.exposedPort = number / 2
            try catalog.register("n", service("web", id: "s\(number)"), checks: [one])
        }
        let store = try SnapshotTests.load(SnapshotTests.frames(catalog.store))
        let found = store.checks(onNode: "n").value
        #expect(found.map { Array($0.notes.utf8) } == notes.map { Array($0.utf8) })
        #expect(found.map(\.exposedPort) == [0, 0, 1, 1, 2, 2, 3])
    }

    @Test("instances of one service by three spellings of an address are found after a restart")
    func addresses() throws {
        var catalog = Catalog()
        for (number, text) in ["2001:DB8::1", "2001:db8:0::1", "2001:db8::1"].enumerated() {
            try catalog.register("n", service("web", id: "s\(number)", address: text))
        }
        for frames in [Self.rows(catalog.store), SnapshotTests.frames(catalog.store)] {
            var store = try SnapshotTests.load(frames)
            #expect(store.serviceInstances(withAddress: "2001:db8::1").count == 3)
            let gone = Command.deregister(Deregistration(node: "n", serviceID: "s0"))
            _ = try store.apply(gone, at: store.lastIndex.next)
            #expect(store.serviceInstances(withAddress: "2001:db8::1").count == 2)
        }
    }

    @Test("its groups are what a look at every service finds", arguments: 0..<3)
    func groups(seed: Int) throws {
        for store in try Self.states(seed) {
            let walk = store.instanceWalk()
            #expect(walk.names == store.serviceTable.keys)
            #expect((0..<walk.nodeCount).map(walk.node) == store.nodes().value)
            var parts: [(services: [UInt32], instances: [InstanceView])] = []
            for first in stride(from: 0, to: walk.nodeCount, by: 3) {
                let range = first..<min(walk.nodeCount, first + 3)
                var part: (services: [UInt32], instances: [InstanceView]) = ([], [])
                walk.forEach(onNodes: range) { instance, node, service in
                    #expect(walk.node(node) == instance.node)
                    part.services.append(UInt32(service))
                    part.instances.append(instance)
                }
                #expect(walk.instanceCount(onNodes: range) == part.instances.count)
                parts.append(part)
            }
            let groups = InstancesByService(parts.map(\.services), services: walk.names.count)
            for (service, name) in walk.names.enumerated() {
                let expected = store.instances(ofService: name).value
                let found = groups.places(ofService: service).map {
                    parts[Int($0.part)].instances[Int($0.index)]
                }
                #expect(found.map(\.service) == expected.map(\.service))
                #expect(found.map(\.node) == expected.map(\.node))
                #expect(found.map(\.checks) == expected.map(\.checks))
                #expect(groups.count(ofService: service) == expected.count)
            }
        }
    }

    /// A row of the catalog.
    private static func row(
        _ kind: Int,
        _ fields: [(key: Int, text: String)]
    ) -> [UInt8] {
        var writer = MessagePackWriter()
        writer.beginMap(fields.count + 1)
        writer.write(0)
        writer.write(kind)
        for (key, text) in fields {
            writer.write(key)
            writer.write(text)
        }
        return writer.octets
    }

    @Test("rows that are out of order, twice there, or without what they belong to are refused")
    func refusals() throws {
        let node = Self.row(1, [(1, "b")])
        let other = Self.row(1, [(1, "c")])
        let first = Self.row(2, [(2, "a"), (3, "x")])
        let second = Self.row(2, [(2, "b"), (3, "x")])
        let (check, ofService) = (Self.row(3, [(2, "k")]), Self.row(4, [(2, "k")]))
        let goesOn = Self.row(5, [(1, "b")])
        let indexes: [UInt8] = [1, 0x81, 1, 9]
        func load(_ frames: [[[UInt8]]]) throws {
            let frames = frames.map { (rows: [[UInt8]]) -> [UInt8] in [15] + rows.joined() }
            _ = try SnapshotTests.load([indexes] + frames)
        }
        try load([[node, check, first, second, Self.row(4, [(2, "l")]), other]])
        try load([[node, first], [goesOn, second], [other, check]])
        let refused: [[[[UInt8]]]] = [
            [[first]], [[check]], [[node, ofService]], [[node, second, first]],
            [[node, first, first]], [[node, check, check]], [[node, first, ofService, ofService]],
            [[other, node]], [[node, node]], [[node], [node]], [[other], [node]], [[goesOn]],
            [[other], [goesOn]], [[node, goesOn]], [[node, second], [goesOn, first]],
            [[node, check], [goesOn, check]], [[node, Self.row(2, [(1, "c"), (2, "a")])]],
            [[node, Self.row(3, [(1, "c"), (2, "a")])]], [[Self.row(6, [])]], [[[0x80]]],
            [[[0x81, 1, 1]]], [[node, [0x81]]],
        ]
        for frames in refused {
            #expect(throws: SnapshotCodingError.self, "\(frames)") { try load(frames) }
        }
        let twice = [indexes, [15] + node, indexes, [15] + other]
        #expect(throws: SnapshotCodingError.self) { try SnapshotTests.load(twice) }
    }
}

extension OrderedTree {
    /// The keys as texts.
    fileprivate var keys: [String] {
        var keys: [String] = []
        forEach { key, _ in
            keys.append(String(decoding: key, as: UTF8.self))
            return true
        }
        return keys
    }
}
