// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack
import Testing

@testable import StateStore

@Suite("Rows of keys and sessions in a snapshot")
struct KVRowsTests {
    private typealias Row = (inout FieldWriter) -> Void

    private static func octets(
        _ visit: ((Row) -> Bool) -> Void
    ) -> [[UInt8]] {
        var rows: [[UInt8]] = []
        visit { row in
            var writer = MessagePackWriter()
            writer.writeFields(row)
            rows.append(writer.octets)
            return true
        }
        return rows
    }

    private static func rows(of store: StateStore) -> [[[UInt8]]] {
        [
            octets(store.kvTable.forEachRow), octets(store.sessionTable.forEachRow),
            octets(store.kvTable.graveyard.forEachRow), octets(store.kvTable.delays.forEachRow),
        ]
    }

    @Test("what was written is taken back, and behaves as before")
    func roundTrip() throws {
        let one = "11111111-2222-3333-4444-555555555551"
        let two = "11111111-2222-3333-4444-555555555552"
        var catalog = Catalog()
        try catalog.register("n1", checks: [check("c", .passing)])
        for id in [one, two] {
            try catalog.create(
                SessionRow(
                    id: id,
                    node: "n1",
                    lockDelay: .seconds(5),
                    nodeChecks: id == two ? ["c"] : []
                )
            )
        }
        try catalog.lock("lost", one, "x")
        try catalog.lock("held", two, "x")
        try catalog.put("gone", "x", flags: 3)
        try catalog.put("stays", "\u{e9}\0", flags: .max)
        try catalog.apply(.kv(KVOperation(.delete, "gone")))
        try catalog.apply(.session(.destroy(id: one)))
        catalog.store.kvTable.graveyard.restore(forgotten: RaftIndex(rawValue: 11))

        let rows = Self.rows(of: catalog.store)
        #expect(rows.map(\.count) == [3, 1, 2, 1])
        var store = catalog.store
        store.kvTable = KVTable()
        store.sessionTable = SessionTable()
        for (place, table) in rows.enumerated() {
            for row in table {
                var reader = MessagePackReader(row)
                switch place {
                case 0: try store.kvTable.takeRow(&reader)
                case 1: try store.sessionTable.takeRow(&reader)
                case 2: try store.kvTable.graveyard.takeRow(&reader)
                default: try store.kvTable.delays.takeRow(&reader)
                }
            }
        }
        #expect(Self.rows(of: store) == rows)
        #expect(store.entries(prefix: "").value == catalog.store.entries(prefix: "").value)
        #expect(store.entries(prefix: "gone").index == catalog.store.entries(prefix: "gone").index)
        // What follows from the rows is there as well: who holds what, and what a check ends.
        catalog.store = store
        try catalog.register("n1", skip: true, checks: [check("c", .critical)])
        #expect(catalog.entry("held") == "x 1 ")
        #expect(catalog.store.sessions().value.isEmpty)
        try catalog.register("n1", skip: true, checks: [check("c", .passing)])
        try catalog.create(SessionRow(id: one, node: "n1"))
        #expect(throws: CommandRefusal.lockRefused) { try catalog.lock("lost", one, "y") }
    }
}
