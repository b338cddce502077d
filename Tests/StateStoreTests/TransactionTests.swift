// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

@Suite("Transactions")
struct TransactionTests {
    private static let session = "11111111-2222-3333-4444-555555555551"

    private static func fixture() throws -> Catalog {
        var catalog = Catalog()
        try catalog.register(
            "n1",
            id: "aaaaaaaa-2222-3333-4444-555555555555",
            service("web"),
            checks: [check("c", .passing)]
        )
        try catalog.create(SessionRow(id: session, node: "n1", lockDelay: .seconds(5)))
        try catalog.put("t/1", "1", flags: 7)
        return catalog
    }

    private static func failures(
        _ catalog: inout Catalog,
        _ operations: TransactionOperation...
    ) -> [TransactionFailure] {
        do throws(CommandRefusal) {
            _ = try catalog.apply(.transaction(Transaction(operations)))
            return []
        } catch {
            guard case .transaction(let failures) = error else { return [] }
            return failures
        }
    }

    @Test("API-206 operations see what those before them did, and report")
    func reports() throws {
        var catalog = try Self.fixture()
        let results = try catalog.results(
            of: .transaction(
                Transaction([
                    .kv(KVOperation(.set, "t/2", value: [1], flags: 3)),
                    .kv(KVOperation(.get, "t/2")),
                    .kv(KVOperation(.lock, "t/2", value: [2], session: Self.session)),
                    .kv(KVOperation(.checkSession, "t/2", session: Self.session)),
                    .kv(KVOperation(.unlock, "t/2", value: [3], session: Self.session)),
                    .kv(KVOperation(.delete, "t/1")),
                    .kv(KVOperation(.checkNotExists, "t/1")),
                    .kv(KVOperation(.getOrEmpty, "t/1")),
                    .kv(KVOperation(.getTree, "t/")),
                    .kv(KVOperation(.deleteTree, "t/")),
                ])
            )
        )
        let index = catalog.index
        func row(
            _ value: [UInt8],
            flags: UInt64 = 0,
            lock: UInt64 = 0,
            _ session: String = ""
        )
            -> TransactionResult
        {
            .kv(
                KVRow(
                    key: "t/2",
                    value: value,
                    flags: flags,
                    session: session,
                    lockIndex: lock,
                    createIndex: index,
                    modifyIndex: index
                )
            )
        }
        #expect(
            results == [
                row([], flags: 3), row([1], flags: 3), row([], lock: 1, Self.session),
                row([], lock: 1, Self.session), row([], lock: 1), .kv(KVRow(key: "t/1")),
                row([3], lock: 1),
            ]
        )
        #expect(catalog.store.keys(prefix: "").value.isEmpty)
    }

    @Test("API-207 one that fails undoes all, and every failure is told")
    func rollsBack() throws {
        var catalog = try Self.fixture()
        let before = catalog.store
        let failures = Self.failures(
            &catalog,
            .kv(KVOperation(.set, "t/1", value: [9])),
            .kv(KVOperation(.get, "no")),
            .node(.delete, NodeRow(name: "n1", address: "")),
            .kv(KVOperation(.cas, "t/1", index: RaftIndex(rawValue: 1)))
        )
        #expect(
            failures == [
                TransactionFailure(operation: 1, message: #"key "no" doesn't exist"#),
                TransactionFailure(
                    operation: 3,
                    message: #"failed to set key "t/1", index is stale"#
                ),
            ]
        )
        #expect(catalog.store.entry("t/1").value == before.entry("t/1").value)
        #expect(catalog.store.session(Self.session).value != nil)
        #expect(catalog.store.tableIndexes == before.tableIndexes)
        #expect(catalog.store.lastIndex == catalog.index)
    }

    @Test(
        "each verb says in Consul's words why it failed",
        arguments: [
            (
                KVOperation(.cas, "t/1", index: RaftIndex(rawValue: 1)),
                #"failed to set key "t/1", index is stale"#
            ),
            (KVOperation(.deleteCAS, "t/1"), #"failed to delete key "t/1", index is stale"#),
            (KVOperation(.checkNotExists, "t/1"), #"key "t/1" exists"#),
            (
                KVOperation(.checkIndex, "t/1", index: RaftIndex(rawValue: 1)),
                #"failed index check for key "t/1", current modify index 13 != 1"#
            ),
            (
                KVOperation(.checkSession, "t/1", session: "s"),
                #"failed session check for key "t/1", current session "" != "s""#
            ),
            (
                KVOperation(.unlock, "t/1", session: session),
                #"failed to unlock key "t/1", lock isn't held, or is held by another session"#
            ),
            (KVOperation(.lock, "t/1", session: "s"), #"invalid session "s""#),
            (
                KVOperation(.lock, "held", session: session),
                #"failed to lock key "held", lock is already held"#
            ),
            (
                KVOperation(.lock, "lost", session: session),
                #"failed to lock key "lost" due to lock delay"#
            ),
            (KVOperation(.get, ""), "Must provide key"),
        ]
    )
    func texts(operation: KVOperation, text: String) throws {
        var catalog = try Self.fixture()
        for (number, key) in [(2, "held"), (3, "lost")] {
            let id = "11111111-2222-3333-4444-55555555555\(number)"
            try catalog.create(SessionRow(id: id, node: "n1", lockDelay: .seconds(5)))
            try catalog.lock(key, id, "")
            if key == "lost" { try catalog.apply(.session(.destroy(id: id))) }
        }
        #expect(
            Self.failures(&catalog, .kv(operation)) == [
                TransactionFailure(operation: 0, message: text)
            ]
        )
    }

    @Test("API-215 node, service and check are written as one")
    func catalogRows() throws {
        var catalog = try Self.fixture()
        let results = try catalog.results(
            of: .transaction(
                Transaction([
                    .node(.set, NodeRow(name: "n2", address: "10.0.0.2")),
                    .service(.set, ServiceRow(node: "n2", id: "db", name: "db", port: 5432)),
                    .check(
                        .set,
                        CheckRow(
                            node: "n2",
                            id: "up",
                            name: "up",
                            status: .passing,
                            serviceID: "db"
                        )
                    ),
                    .check(.get, CheckRow(node: "N2", id: "up", name: "", status: .passing)),
                ])
            )
        )
        guard case .node(let node) = results[0], case .service(let service) = results[1],
            case .check(let check) = results[2]
        else {
            Issue.record("\(results)")
            return
        }
        #expect(node.name == "n2" && node.createIndex == catalog.index)
        #expect(service.port == 5432 && service.modifyIndex == catalog.index)
        #expect(check.serviceName == "db" && results[3] == .check(check))
        #expect(catalog.store.instances(ofService: "db").value.count == 1)
    }

    @Test("cas and delete-cas of the catalog go by the row's index")
    func catalogCAS() throws {
        var catalog = try Self.fixture()
        let id = "aaaaaaaa-2222-3333-4444-555555555555"
        func at(_ index: UInt64) -> [TransactionOperation] {
            let index = RaftIndex(rawValue: index)
            let node = NodeRow(name: "n1", id: id, address: "10.9.9.9", modifyIndex: index)
            var web = ServiceRow(node: "n1", id: "web", name: "web", port: 81)
            web.modifyIndex = index
            var c = CheckRow(node: "n1", id: "c", name: "c", status: .warning)
            c.modifyIndex = index
            return [.check(.cas, c), .service(.cas, web), .node(.cas, node)]
        }
        let stale = [
            #"failed to set check "c" on node "n1", index is stale"#,
            #"failed to set service "web" on node "n1", index is stale"#,
            #"failed to set node "n1", index is stale"#,
        ]
        for index in [0, 10, 12] as [UInt64] {
            let failed = at(index).map { Self.failures(&catalog, $0).first?.message }
            #expect(failed == stale)
        }
        try catalog.apply(.transaction(Transaction(at(11))))
        #expect(catalog.store.node(named: "n1")?.address == "10.9.9.9")
        let gone = at(11).map { operation -> TransactionOperation in
            switch operation {
            case .node(_, let row): .node(.deleteCAS, row)
            case .service(_, let row): .service(.deleteCAS, row)
            case .check(_, let row): .check(.deleteCAS, row)
            case .kv: operation
            }
        }
        #expect(
            gone.compactMap { Self.failures(&catalog, $0).first?.message }
                == stale.map { $0.replacing("to set", with: "to delete") }
        )
        #expect(Self.failures(&catalog, .node(.delete, NodeRow(name: "n1", address: ""))).isEmpty)
        #expect(catalog.store.node(named: "n1") == nil)
    }

    @Test("what the catalog refuses, a transaction refuses")
    func catalogRefusals() throws {
        var catalog = try Self.fixture()
        func message(_ operation: TransactionOperation) -> String? {
            Self.failures(&catalog, operation).first?.message
        }
        let lost = ServiceRow(node: "none", id: "x", name: "x")
        #expect(message(.service(.set, lost)) == "Missing node registration")
        #expect(
            message(.service(.get, lost)) == #"service "x" on node "none" doesn't exist"#
        )
        let orphan = CheckRow(
            node: "n1",
            id: "o",
            name: "o",
            status: .passing,
            serviceID: "none"
        )
        #expect(
            message(.check(.set, orphan)) == #"Missing service registration on node "n1""#
        )
        #expect(message(.check(.get, orphan)) == #"check "o" on node "n1" doesn't exist"#)
        #expect(
            message(.node(.get, NodeRow(name: "none", address: "")))
                == #"node "none" doesn't exist"#
        )
        #expect(message(.node(.set, NodeRow(name: "", address: ""))) == "Must provide node")
    }

    @Test("API-211 a transaction that only reads needs no command")
    func readOnly() throws {
        let catalog = try Self.fixture()
        let reads = Transaction([.kv(KVOperation(.get, "t/1"))])
        #expect(reads.isReadOnly)
        let results = try catalog.store.read(reads)
        #expect(results == [catalog.store.entry("t/1").value.map { .kv($0) }])
        #expect(throws: CommandRefusal.self) {
            try catalog.store.read(Transaction([.kv(KVOperation(.get, "no"))]))
        }
        for verb in KVOperation.Verb.allCases {
            let isRead = Transaction([.kv(KVOperation(verb, "k"))]).isReadOnly
            #expect(isRead == !verb.isWrite)
        }
    }
}
