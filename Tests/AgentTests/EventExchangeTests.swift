// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import Definitions
import Events
import HTTPAPI
import LocalState
import Logging
import Replication
import StateStore
import Testing

@testable import Agent

@Suite("Events that this agent sends and takes up")
struct EventExchangeTests {
    @Test("what is fired comes back in order, what others send comes in by the same rules")
    func exchange() async throws {
        let settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "agent1"
        )
        let machine = StateMachine(settings: settings, zones: ZoneSet())
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let local = LocalAgent(
            state: LocalState(node: NodeRow(name: "agent1", address: "127.0.0.1")),
            scripts: .init(remote: false, local: false),
            submitter: machine,
            snapshots: machine,
            logger: logger
        )
        let exchange = EventExchange(node: "agent1", local: local, logger: logger)
        let forWeb = EventFilter(node: "^agent1$", service: "^web$", tag: "blue")
        exchange.fire(UserEvent(id: "1", name: "a"))
        exchange.fire(UserEvent(id: "2", name: "a", filter: forWeb))
        var web = ServiceDefinition(name: "web", port: 80)
        web.id = "web-7"
        web.tags = ["blue"]
        let definition = web
        try await local.change { $0.register(definition, source: .http) }
        exchange.fire(UserEvent(id: "3", name: "a", filter: forWeb))
        exchange.receive(UserEvent(id: "4", name: "b", version: 2, lamportTime: 90))
        exchange.receive(UserEvent(id: "5", name: "b", filter: EventFilter(node: "other")))
        exchange.receive(UserEvent(id: "6", name: UserEvent.remoteExecutionName))
        let events = exchange.board.events()
        #expect(events.map(\.id) == ["1", "3", "4"])
        #expect(events.map(\.lamportTime) == [1, 3, 90])
        machine.stop()
    }
}
