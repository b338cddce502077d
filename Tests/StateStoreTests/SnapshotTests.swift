// SPDX-License-Identifier: Apache-2.0
import Definitions
import HashTreeCollections
import MessagePack
import TestSupport
import Testing

@testable import StateStore

@Suite("Snapshots of the state")
struct SnapshotTests {
    static func frames(_ store: StateStore, length: Int = 200) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        store.writeSnapshot(frameLength: length) { frames.append($0) }
        return frames
    }

    static func load(_ frames: [[UInt8]]) throws -> StateStore {
        var loader = SnapshotLoader()
        for frame in frames { try loader.take(frame) }
        return try loader.finish()
    }

    /// A state that has something in every table.
    static func filled(seed: UInt64) throws -> StateStore {
        var generator = SplitMix64(seed: seed)
        var catalog = Catalog()
        for number in 0..<60 {
            let node = "Node\(Int.random(in: 0..<9, using: &generator))"
            let name = ["web", "WEB", "api", "db"].randomElement(using: &generator) ?? "web"
            var row = service(
                name,
                id: "s\(Int.random(in: 0..<9, using: &generator))",
                tags: ["a", "b", "c"].filter { _ in Bool.random(using: &generator) },
                address: Bool.random(using: &generator) ? "10.0.0.\(number)" : ""
            )
            if Int.random(in: 0..<4, using: &generator) == 0 {
                row.kind = "connect-proxy"
                row.proxy = ProxyDefinition(destinationServiceName: "db\(number % 5)")
            }
            row.meta = number % 3 == 0 ? ["k": "v"] : nil
            _ = try? catalog.register(
                node,
                id: "id-\(node)",
                row,
                checks: [
                    check("serfHealth", .passing),
                    check("c\(number % 4)", .warning, service: row.id),
                ]
            )
            if number % 7 == 3 {
                _ = try? catalog.deregister(node, service: "s\(number % 9)")
            }
            if number % 11 == 5 { _ = try? catalog.deregister("Node\(number % 9)") }
        }
        try catalog.register("Other", id: "id-other")
        for name in ["one", "two", "three"] {
            try catalog.apply(
                .configEntry(ConfigEntryChange(ConfigEntryRow(kind: .serviceDefaults, name: name)))
            )
        }
        let gone = ConfigEntryRow(kind: .serviceDefaults, name: "two")
        try catalog.apply(.configEntry(ConfigEntryChange(gone, isDeletion: true)))
        try catalog.apply(
            .configEntry(
                ConfigEntryChange(
                    ConfigEntryRow(kind: .ingressGateway, name: "gw", services: ["web", "*"])
                )
            )
        )
        for (id, name, type) in [("q1", "first", ""), ("q2", "geo-", "name_prefix_match")] {
            let query = PreparedQueryRow(
                id: id,
                name: name,
                template: QueryTemplateOptions(type: type),
                service: ServiceQuery(service: type.isEmpty ? "web" : "${name.suffix}")
            )
            try catalog.apply(.preparedQuery(PreparedQueryChange(.create, query)))
        }
        try catalog.apply(
            .coordinates([CoordinateRow(node: "other", coordinate: NetworkCoordinate())])
        )
        try catalog.apply(
            .autopilot(AutopilotChange(AutopilotConfiguration(minimumQuorum: 3)))
        )
        try fillKeys(&catalog)
        return catalog.store
    }

    /// Keys held and not, gone one by one and as a tree, a session that ended and one that has not,
    /// and a lock that was lost.
    private static func fillKeys(_ catalog: inout Catalog) throws {
        catalog.time = LogTime(rawValue: 70_000)
        for id in [lost, held] { try catalog.create(SessionRow(id: id, node: "Other")) }
        try catalog.lock("a/lost", lost, "x")
        try catalog.lock("a/held", held, "y")
        try catalog.put("a/plain", "\u{e9}\0", flags: .max)
        for key in ["b/1", "b/2", "c"] { try catalog.put(key, "z") }
        try catalog.apply(.kv(KVOperation(.delete, "c")))
        try catalog.apply(.kv(KVOperation(.deleteTree, "b/")))
        try catalog.apply(.session(.destroy(id: lost)))
    }

    private static let lost = "11111111-2222-3333-4444-555555555551"
    private static let held = "11111111-2222-3333-4444-555555555552"

    @Test("a lock that was lost is delayed in a restored state for as long as in the first")
    func lockDelay() throws {
        for (milliseconds, isDelayed) in [(84_999, true), (85_000, false)] as [(UInt64, Bool)] {
            var catalog = Catalog()
            catalog.store = try Self.load(Self.frames(try Self.filled(seed: 5)))
            #expect(catalog.store.time == LogTime(rawValue: 70_000))
            let time = LogTime(rawValue: milliseconds)
            let lock = Command.kv(KVOperation(.lock, "a/lost", session: Self.held))
            var refusal: CommandRefusal?
            do throws(CommandRefusal) {
                _ = try catalog.store.apply(lock, at: catalog.store.lastIndex.next, time: time)
            } catch {
                refusal = error
            }
            #expect(refusal == (isDelayed ? .lockRefused : nil))
        }
    }

    @Test("a state comes back in every table, whatever the length of frames")
    func roundTrip() throws {
        for seed in 0..<20 {
            let store = try Self.filled(seed: UInt64(seed))
            let expected = Fingerprint(store).lines
            for length in [1, 200, 1 << 20] {
                let restored = try Self.load(Self.frames(store, length: length))
                let found = Fingerprint(restored).lines
                for (one, two) in zip(found, expected) where one != two {
                    Issue.record("seed \(seed): \(one) instead of \(two)")
                }
                #expect(found.count == expected.count)
            }
        }
    }

    @Test(
        "a state that replaced another one tells no index below that, and keeps those of its rows"
    )
    func restored() throws {
        var store = try Self.filled(seed: 3)
        let before = store.nodes()
        let last = RaftIndex(rawValue: store.lastIndex.rawValue + 1000)
        let index = store.restorationIndex(after: last)
        #expect(index == last.next)
        #expect(store.restorationIndex(after: .zero) == store.lastIndex.next)
        store.becomeRestored(at: index)
        #expect(store.current(store.nodes()).index == index)
        #expect(store.current(store.entry("no such key")).index == index)
        #expect(store.nodes().value == before.value && store.nodes().index == before.index)
        let again = try Self.load(Self.frames(store))
        #expect(again.restoredAt == index && again.lastIndex == index)
        var later = again
        _ = try later.apply(.kv(KVOperation(.set, "k", value: [1])), at: later.lastIndex.next)
        #expect(later.current(later.entry("k")).index == index.next)
        #expect(later.current(later.nodes()).index == index)
    }

    @Test("an index that leaves no room for others is refused")
    func largestIndex() throws {
        var store = StateStore()
        store.becomeRestored(at: RaftIndex(rawValue: .max))
        let problem = #expect(throws: SnapshotCodingError.self) {
            try Self.load(Self.frames(store))
        }
        #expect(problem?.detail.contains("leaves no room") == true)
    }

    @Test(
        "an inspection counts the rows of each kind, and tells keys with the octets of their rows"
    )
    func inspection() throws {
        let store = try Self.filled(seed: 4)
        for length in [1, 300, 1 << 20] {
            var inspection = SnapshotInspection()
            var keys: [String: Int] = [:]
            for frame in Self.frames(store, length: length) {
                try inspection.take(frame) { keys[$0] = $1 }
            }
            let figures = inspection.figures
            let entries = store.entries(prefix: "").value
            #expect(keys.keys.sorted() == entries.map(\.key))
            #expect(figures["KVS"]?.count == entries.count)
            #expect(figures["KVS"]?.octets == keys.values.reduce(0, +))
            #expect(figures["Session"]?.count == 1 && figures["PreparedQuery"]?.count == 2)
            #expect(figures["Tombstone"]?.count == 2 && figures["LockDelay"]?.count == 1)
            let rows = store.nodeTable.values().map { node in
                1 + node.value.instances.count + node.value.checks.count
            }
            #expect(figures["Register"]?.count == rows.reduce(0, +))
        }
        var inspection = SnapshotInspection()
        #expect(throws: SnapshotCodingError.self) { try inspection.take([2, 0x81]) { _, _ in } }
        try inspection.take([99, 0x80]) { _, _ in }
        #expect(inspection.figures["Table 99"]?.count == 1)
    }

    @Test("further commands do to a restored state what they do to the first")
    func goesOn() throws {
        let store = try Self.filled(seed: 99)
        var first = Catalog()
        first.store = store
        var second = Catalog()
        second.store = try Self.load(Self.frames(store))
        for name in store.nodes().value.map(\.name) {
            for index in 0..<4 {
                let row = service("new\(index)", id: "s\(index)")
                let command = Command.register(
                    Registration(node: NodeRow(name: name, address: "10.9.9.9"), service: row)
                )
                let next = first.store.lastIndex.next
                let one = try? first.store.apply(command, at: next)
                let two = try? second.store.apply(command, at: next)
                #expect(one == two)
            }
            let next = first.store.lastIndex.next
            let gone = Command.deregister(Deregistration(node: name))
            let one = try first.store.apply(gone, at: next)
            #expect(try second.store.apply(gone, at: next) == one)
        }
        #expect(Fingerprint(first.store).lines == Fingerprint(second.store).lines)
    }

    @Test("every stored property of the state stands in a snapshot or follows from what does")
    func nothingForgotten() {
        // Whoever adds a table adds it to SnapshotTable, to Fingerprint, and then here.
        let covered: Set = [
            "lastIndex", "time", "tableIndexes", "restoredAt", "nodeTable", "nodeIDTable",
            "nodeAddressTable",
            "serviceTable", "instanceAddressTable", "connectTable", "checksByStatus",
            "preparedQueryTable", "configEntryTable", "virtualAddressTable", "coordinateTable",
            "kvTable", "sessionTable", "autopilot",
        ]
        let stored = Set(Mirror(reflecting: StateStore()).children.compactMap(\.label))
        #expect(stored == covered)
        let ofKeys = Set(Mirror(reflecting: KVTable()).children.compactMap(\.label))
        #expect(ofKeys == ["entries", "held", "graveyard", "delays"])
        let indexes = Mirror(reflecting: TableIndexes()).children.count
        #expect(TableIndexes.members.count == indexes)
        #expect(Set(TableIndexes.members.map(\.key)).count == indexes)
    }

    @Test("what cannot be read is refused: unknown tables, rows without their node, no indexes")
    func refusals() throws {
        let store = try Self.filled(seed: 1)
        let frames = Self.frames(store, length: 1)
        #expect(throws: SnapshotCodingError.self) { try Self.load([]) }
        #expect(throws: SnapshotCodingError.self) { try Self.load(Array(frames.dropFirst())) }
        #expect(throws: SnapshotCodingError.self) { try Self.load(frames + [[0x7f]]) }
        #expect(throws: SnapshotCodingError.self) {
            try Self.load(
                frames.filter {
                    !($0.first == UInt8(SnapshotTable.catalog.rawValue) && $0[2...3] == [0, 1])
                }
            )
        }
        for frame in frames.prefix(40) {
            for cut in 1..<frame.count {
                var loader = SnapshotLoader()
                _ = try? loader.take(Array(frame[..<cut]))
            }
        }
    }

    private static func loadForeign(_ frames: [[UInt8]]) throws -> StateStore {
        var loader = SnapshotLoader(isForeign: true)
        for frame in frames { try loader.take(frame) }
        return try loader.finish()
    }

    /// A state with rows that no command brings any more.
    private static func long(_ change: (inout StateStore, String) -> Void) -> [[UInt8]] {
        var store = StateStore()
        store.nodeTable.updateValue(
            CopyOnWrite(NodeRecord(row: Box(NodeRow(name: "n", address: "10.0.0.1")))),
            forKey: TreeKey.make("n")
        )
        store.kvTable.update(KVRow(key: "a"))
        change(&store, String(repeating: "k", count: NameLimit.octets + 1))
        return frames(store)
    }

    @Test("a name that is longer in lower case comes back from a state's own snapshot")
    func foldedNames() throws {
        var store = StateStore()
        let name = String(repeating: "\u{130}", count: NameLimit.octets / 2)
        let node = NodeRow(name: "n", address: "10.0.0.1")
        var service = ServiceRow(node: "n", id: "s", name: name)
        service.connectNative = true
        let registration = Command.register(Registration(node: node, service: service))
        try registration.validateLengths()
        _ = try store.apply(registration, at: RaftIndex(rawValue: 1))
        let frames = Self.frames(store)
        #expect(Self.frames(try Self.loadForeign(frames)) == frames)
    }

    @Test(
        "names that are too long: refused from a client, with table and row; kept where they stand already"
    )
    func longNames() throws {
        let tail = "is 1025 octets long; at most 1024 are allowed"
        let states: [(String, [[UInt8]])] = [
            (
                "row 2 of table keys cannot be taken: Key \(tail)",
                Self.long { $0.kvTable.update(KVRow(key: $1)) }
            ),
            (
                "row 1 of table tombstones cannot be taken: Key \(tail)",
                Self.long {
                    $0.kvTable.graveyard.bury(TreeKey.make($1), at: RaftIndex(rawValue: 3))
                }
            ),
            (
                "row 2 of table virtualAddresses cannot be taken: Service name is 1538 octets long; at most 1024"
                    + " are allowed",
                Self.long { $0.virtualAddressTable.assign(to: $1 + $1.prefix(513)) }
            ),
            (
                "row 1 of table coordinates cannot be taken: Segment \(tail)",
                Self.long {
                    $0.coordinateTable.updateValue(
                        CoordinateRow(node: "n", segment: $1, coordinate: NetworkCoordinate()),
                        forKey: TreeKey.make("n", $1)
                    )
                }
            ),
            (
                "row 1 of table sessions cannot be taken: Check ID \(tail)",
                Self.long {
                    $0.sessionTable.insert(
                        SessionRow(id: "s", node: "n", lockDelay: .zero, nodeChecks: [$1])
                    )
                }
            ),
            (
                "node 2 of table catalog cannot be taken: Node name \(tail)",
                Self.long {
                    $0.nodeTable.updateValue(
                        CopyOnWrite(
                            NodeRecord(row: Box(NodeRow(name: "n" + $1.dropLast(), address: "")))
                        ),
                        forKey: TreeKey.make("n" + $1.dropLast())
                    )
                }
            ),
        ]
        for (text, frames) in states {
            #expect(throws: SnapshotCodingError(text)) {
                _ = try Self.loadForeign(frames)
            }
            #expect(Self.frames(try Self.load(frames)) == frames)
        }
        let filled = Self.frames(try Self.filled(seed: 1))
        #expect(Self.frames(try Self.loadForeign(filled)) == filled)
    }

    @Test(
        "a large row has a frame to itself, and one that no command could have brought is refused"
    )
    func largeRows() throws {
        var store = StateStore()
        for (key, size) in [("a", 150), ("b", 100_000), ("c", 10), ("d", 100_000), ("e", 1)] {
            store.kvTable.update(KVRow(key: key, value: [UInt8](repeating: 0, count: size)))
        }
        let frames = Self.frames(store)
        #expect(frames.allSatisfy { $0.count < 100_100 })
        #expect(frames.count { $0.first == UInt8(SnapshotTable.keys.rawValue) } == 5)
        #expect(Self.frames(try Self.loadForeign(frames)) == frames)
        let size = SnapshotRowLimits.rowLimit
        store.kvTable.update(KVRow(key: "c", value: [UInt8](repeating: 0, count: size)))
        let large = Self.frames(store)
        #expect(
            throws: SnapshotCodingError(
                "row 3 of table keys cannot be taken: it is 16777226 octets long; at most 16777216 are allowed"
            )
        ) { _ = try Self.loadForeign(large) }
        #expect(Self.frames(try Self.load(large)) == large)
    }
}

/// All that a state holds, in lines that can be compared.
struct Fingerprint {
    var lines: [String] = []

    init(_ store: StateStore) {
        lines.append("\(store.lastIndex) \(store.time) \(store.tableIndexes) \(store.restoredAt)")
        add("node", store.nodeTable) { node in
            var parts = ["\(node.value.row.row.described)"]
            parts += node.value.ownChecks.map { "own \($0.row.described)" }
            parts += node.value.instances.values().map { instance in
                "\(instance.row.described) \(instance.checks.map(\.row.described))"
            }
            parts += node.value.checks.values().map { "check \($0.row.described)" }
            return parts.joined(separator: "\n  ")
        }
        add("id", store.nodeIDTable) { $0 }
        add("address", store.nodeAddressTable) { _ in "" }
        add("service", store.serviceTable) { record in
            var keys: [String] = []
            record.value.instances.forEach { key, _ in
                keys.append("\(key)")
                return true
            }
            record.value.tagCounts.forEach { key, count in
                keys.append("\(key)=\(count)")
                return true
            }
            return "\(record.value.index) \(keys)"
        }
        add("instance", store.instanceAddressTable) { _ in "" }
        add("connect", store.connectTable) { record in
            var keys: [String] = []
            record.instances.forEach { key, _ in
                keys.append("\(key)")
                return true
            }
            return "\(record.index) \(keys)"
        }
        for status in store.checksByStatus.keys.sorted() {
            add("status \(status)", store.checksByStatus[status] ?? OrderedTree()) { _ in "" }
        }
        add("query", store.preparedQueryTable.queries) { "\($0.row) \($0.template != nil)" }
        for name in ["first", "geo-x", "other"] {
            lines.append("\(store.preparedQueryTable.query(named: name)?.row.id ?? "-")")
            lines.append("\(store.preparedQueryTable.template(for: name)?.row.id ?? "-")")
        }
        add("entry", store.configEntryTable.entries) { "\($0.row)" }
        for name in ["one", "two", "three", "web"] {
            for kind in [ConfigEntryKind.ingressGateway, .terminatingGateway] {
                lines.append("\(store.configEntryTable.gateways(kind, for: name))")
            }
            lines.append("\(store.configEntryTable.needsVirtualAddress(name))")
        }
        store.virtualAddressTable.forEachRow { write in
            var writer = MessagePackWriter()
            writer.writeFields(write)
            lines.append("virtual \(writer.octets)")
            return true
        }
        add("coordinate", store.coordinateTable) { "\($0)" }
        add("key", store.kvTable.entries) { "\($0.row)" }
        add("stone", store.kvTable.graveyard.stones) { "\($0)" }
        lines.append("forgotten \(store.kvTable.graveyard.forgotten)")
        add("delay", store.kvTable.delays.ends) { "\($0)" }
        add("session", store.sessionTable.sessions) { "\($0.row)" }
        for session in store.sessionTable.sessions.values() {
            lines.append("holds \(store.kvTable.keys(heldBy: session.row.id))")
        }
        lines.append("autopilot \(String(describing: store.autopilot?.row))")
        lines.append("of node \(store.sessionTable.sessions(ofNode: "other"))")
    }

    private mutating func add<Value: Sendable>(
        _ name: String,
        _ tree: OrderedTree<Value>,
        _ describe: (Value) -> String
    ) {
        lines.append("\(name): \(tree.count)")
        tree.forEach { key, value in
            lines.append("\(name) \(key): \(describe(value))")
            return true
        }
    }
}

extension NodeRow {
    /// The row with its dictionaries in order.
    fileprivate var described: String {
        var copy = self
        copy.meta = nil
        copy.taggedAddresses = nil
        let meta = (meta ?? [:]).sorted { $0.key < $1.key }
        let tagged = (taggedAddresses ?? [:]).sorted { $0.key < $1.key }
        let place = locality.map { "\($0)" } ?? "-"
        return "\(copy) \(meta) \(tagged) \(place)"
    }
}

extension ServiceRow {
    /// The row with its dictionaries in order, and the proxy by its members.
    fileprivate var described: String {
        var copy = self
        copy.meta = nil
        // A box has no description.
        copy.details = nil
        let meta = (meta ?? [:]).sorted { $0.key < $1.key }
        let tagged = taggedAddresses.sorted { $0.key < $1.key }
        let proxy = proxy.map { "\($0)" } ?? "-"
        let place = locality.map { "\($0)" } ?? "-"
        return "\(copy) \(meta) \(kind) \(tagged) \(socketPath) \(priority) \(proxy) \(place)"
    }
}

extension CheckRow {
    /// The row with what stands in its box, octet for octet.
    fileprivate var described: String {
        var copy = self
        copy.details = nil
        let texts = [notes, type, interval, timeout, definitionJSON].map { Array($0.utf8) }
        return "\(copy) \(texts) \(exposedPort)"
    }
}
