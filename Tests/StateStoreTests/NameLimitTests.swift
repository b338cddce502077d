// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

/// A bound on names keeps walks of the tables from going as deep as a client likes.
@Suite("Names have a limit")
struct NameLimitTests {
    private func refusal(_ registration: Registration) -> CommandRefusal? {
        refusal(.register(registration))
    }

    private func refusal(_ command: Command) -> CommandRefusal? {
        do {
            try command.validateLengths()
            return nil
        } catch { return error }
    }

    private let longest = String(repeating: "n", count: NameLimit.octets)

    @Test("names of 1,024 octets that differ in the last are all kept")
    func longestNames() throws {
        var store = StateStore()
        for n in 0..<50 {
            let name = longest.dropLast(2) + (n < 10 ? "0\(n)" : "\(n)")
            let node = NodeRow(name: String(name), address: "10.0.0.1")
            let service = ServiceRow(node: node.name, id: String(name), name: String(name))
            _ = try store.apply(
                .register(Registration(node: node, service: service)),
                at: RaftIndex(rawValue: UInt64(n + 1))
            )
        }
        #expect(store.nodes().value.count == 50)
        #expect(store.serviceNames().value.count == 50)
    }

    @Test("a longer one is refused, wherever it stands, and changes nothing")
    func longerNames() {
        let long = longest + "n"
        let node = NodeRow(name: "n1", address: "10.0.0.1")
        #expect(refusal(Registration(node: NodeRow(name: long, address: "10.0.0.1"))) != nil)
        #expect(refusal(Registration(node: NodeRow(name: "n1", address: long))) != nil)
        #expect(
            refusal(Registration(node: node, service: ServiceRow(node: "n1", id: "s", name: long)))
                != nil
        )
        #expect(
            refusal(Registration(node: node, service: ServiceRow(node: "n1", id: long, name: "s")))
                != nil
        )
        let check = CheckRow(node: "n1", id: long, name: "c", status: .passing)
        #expect(
            refusal(Registration(node: node, checks: [check]))
                == .invalid("Check ID is 1025 octets long; at most 1024 are allowed")
        )
        var proxy = ServiceRow(node: "n1", id: "p", name: "p")
        proxy.kind = "connect-proxy"
        proxy.proxy = ProxyDefinition(destinationServiceName: long)
        #expect(
            refusal(Registration(node: node, service: proxy))
                == .invalid(
                    "Proxy.DestinationServiceName is 1025 octets long; at most 1024 are allowed"
                )
        )
        #expect(refusal(Registration(node: node)) == nil)
    }

    @Test(
        "so are segments of coordinates, IDs of queries, config entries, keys and IDs of sessions"
    )
    func otherKeys() {
        let long = longest + "n"
        let segment = CoordinateRow(node: "n1", segment: long, coordinate: NetworkCoordinate())
        #expect(
            refusal(.coordinates([segment]))
                == .invalid("Segment is 1025 octets long; at most 1024 are allowed")
        )
        let query = PreparedQueryRow(id: long, name: "q", service: ServiceQuery(service: "s"))
        #expect(refusal(.preparedQuery(PreparedQueryChange(.create, query))) != nil)
        #expect(refusal(.preparedQuery(PreparedQueryChange(.delete, query))) == nil)
        let entry = ConfigEntryRow(kind: .serviceDefaults, name: long)
        #expect(refusal(.configEntry(ConfigEntryChange(entry))) != nil)
        #expect(refusal(.configEntry(ConfigEntryChange(entry, isDeletion: true))) == nil)
        let session = SessionRow(id: "s", node: long)
        #expect(refusal(.session(SessionChange(.create, session))) != nil)
        #expect(refusal(.session(SessionChange(.destroy, session))) == nil)
        for verb in [KVOperation.Verb.set, .cas, .lock, .unlock] {
            #expect(
                refusal(.kv(KVOperation(verb, long)))
                    == .invalid("Key is 1025 octets long; at most 1024 are allowed")
            )
        }
        for verb in [KVOperation.Verb.get, .delete, .deleteTree, .deleteCAS] {
            #expect(refusal(.kv(KVOperation(verb, long))) == nil)
        }
    }

    @Test("a transaction tells each operation that has one")
    func transactions() {
        let node = NodeRow(name: longest + "n", address: "10.0.0.1")
        let operations: [TransactionOperation] = [
            .kv(KVOperation(.set, "short")), .kv(KVOperation(.set, longest + "k")),
            .node(.get, node), .node(.set, node),
            .service(.cas, ServiceRow(node: "n1", id: longest + "i", name: "s")),
            .check(.set, CheckRow(node: "n1", id: longest + "c", name: "c", status: .passing)),
        ]
        guard case .transaction(let failures) = refusal(.transaction(Transaction(operations)))
        else {
            Issue.record("not refused")
            return
        }
        #expect(failures.map(\.operation) == [1, 3, 4, 5])
        #expect(failures[0].message == "Key is 1025 octets long; at most 1024 are allowed")
    }

    @Test("what stands in a log already does what it did when it was acknowledged")
    func earlierEntries() throws {
        var store = StateStore()
        var index = RaftIndex.zero
        func apply(_ command: Command) throws {
            index = index.next
            _ = try store.apply(command, at: index)
        }
        let long = longest + "n"
        let node = NodeRow(name: long, address: "10.0.0.1")
        var proxy = ServiceRow(node: long, id: long, name: long)
        proxy.kind = "connect-proxy"
        proxy.proxy = ProxyDefinition(destinationServiceName: long)
        try apply(.register(Registration(node: node, service: proxy)))
        try apply(
            .coordinates([
                CoordinateRow(node: long, segment: long, coordinate: NetworkCoordinate())
            ])
        )
        try apply(.kv(KVOperation(.set, long)))
        try apply(
            .configEntry(ConfigEntryChange(ConfigEntryRow(kind: .serviceDefaults, name: long)))
        )
        #expect(store.nodes().value.count == 1)
        #expect(store.serviceNames().value.count == 1)
        #expect(store.coordinates().value.count == 1)
        #expect(store.entry(long).value != nil)
        #expect(store.configEntries(ofKind: .serviceDefaults).value.count == 1)
    }
}
