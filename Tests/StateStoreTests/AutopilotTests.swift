// SPDX-License-Identifier: Apache-2.0
import StateStore
import Testing

@Suite("The configuration of autopilot")
struct AutopilotTests {
    @Test("is Consul's until one is written; an equal write changes nothing")
    func kept() throws {
        var catalog = Catalog()
        let defaults = catalog.store.autopilotConfiguration()
        #expect(defaults.value == AutopilotConfiguration() && defaults.index == .zero)
        #expect(defaults.topics == [.autopilot])
        let written = AutopilotConfiguration(cleansUpDeadServers: false, minimumQuorum: 3)
        #expect(try catalog.apply(.autopilot(AutopilotChange(written))).topics == [.autopilot])
        let created = catalog.index
        #expect(try catalog.apply(.autopilot(AutopilotChange(written))).isEmpty)
        let found = catalog.store.autopilotConfiguration()
        #expect(found.index == created && found.value.minimumQuorum == 3)
        #expect(found.value.createIndex == created && found.value.modifyIndex == created)
        try catalog.apply(.autopilot(AutopilotChange(AutopilotConfiguration())))
        let last = catalog.store.autopilotConfiguration().value
        #expect(last.createIndex == created && last.modifyIndex == catalog.index)
        #expect(last.cleansUpDeadServers && last.minimumQuorum == 0)
    }

    @Test("API-226 is written only at the index that was given")
    func checkAndSet() throws {
        var catalog = Catalog()
        func write(_ index: UInt64, _ quorum: UInt64) throws(CommandRefusal) {
            try catalog.apply(
                .autopilot(
                    AutopilotChange(
                        AutopilotConfiguration(minimumQuorum: quorum),
                        expectedIndex: RaftIndex(rawValue: index)
                    )
                )
            )
        }
        #expect(throws: CommandRefusal.indexMismatch) { try write(1, 1) }
        try write(0, 1)
        let index = catalog.index.rawValue
        for wrong in [0, index - 1, index + 1] {
            #expect(throws: CommandRefusal.indexMismatch) { try write(wrong, 2) }
        }
        #expect(catalog.store.autopilotConfiguration().value.minimumQuorum == 1)
        try write(index, 2)
        #expect(catalog.store.autopilotConfiguration().value.minimumQuorum == 2)
    }
}
