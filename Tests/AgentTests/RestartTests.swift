// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import Definitions
import LocalState
import Logging
import Replication
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// An agent that is started again and again over the same files, with a clock of its own and a
/// catalog that survives, as a server's does.
@Suite("What an agent keeps over a restart", .serialized)
struct RestartTests {
    private final class Clock: Sendable {
        let milliseconds = Mutex(1_700_000_000_000)
    }

    private let services = MemoryDirectory()
    private let checks = MemoryDirectory()
    private let states = MemoryDirectory()
    private let clock = Clock()
    private let machine: StateMachine

    init() throws {
        let settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "agent1"
        )
        machine = StateMachine(settings: settings, zones: ZoneSet())
    }

    /// An agent that has started over the files.
    private func agent(services file: [ServiceDefinition] = []) async throws -> LocalAgent {
        let local = LocalAgent(
            state: LocalState(node: NodeRow(name: "agent1", address: "127.0.0.1")),
            scripts: .init(remote: false, local: false),
            store: AgentStore(
                definitions: DefinitionStore(services: services, checks: checks),
                ttlStates: TTLStateStore(states)
            ),
            now: { [clock] in clock.milliseconds.withLock { $0 } },
            submitter: machine,
            snapshots: machine,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await local.start(services: file, checks: [])
        return local
    }

    private func pass(seconds: Int) {
        clock.milliseconds.withLock { $0 += seconds * 1000 }
    }

    private func web(initial: CheckStatus? = nil) -> ServiceDefinition {
        var check = CheckDefinition()
        check.ttl = .seconds(30)
        check.status = initial
        return ServiceDefinition(name: "web", port: 80, checks: [check])
    }

    /// What the catalog has of a check: status and output.
    private func row(_ id: String) -> [String]? {
        machine.snapshot().checks(onNode: "agent1").value.first { $0.id == id }
            .map { [$0.status.rawValue, $0.output] }
    }

    @Test("a TTL check goes on with its note within its TTL, and is critical after it")
    func ttl() async throws {
        defer { machine.stop() }
        let first = try await agent()
        try await first.change { $0.register(self.web(), source: .http) }
        try await first.change {
            try $0.updateTTL("service:web", status: .passing, output: "hello")
        }
        pass(seconds: 29)
        // Starts do not make the TTL longer.
        for _ in 0..<2 {
            let again = try await agent()
            #expect(again.read().checks["service:web"]?.row.output == "hello")
            #expect(row("service:web") == ["passing", "hello"])
        }
        pass(seconds: 1)
        let late = try await agent()
        #expect(late.read().checks["service:web"]?.row.status == .critical)
        #expect(row("service:web") == ["critical", ""])
        #expect(try states.names() == [])
    }

    @Test("a registration that says passing holds for its TTL too, and another one renews it")
    func initial() async throws {
        defer { machine.stop() }
        let first = try await agent()
        try await first.change { $0.register(self.web(initial: .passing), source: .http) }
        pass(seconds: 20)
        try await first.change { $0.register(self.web(initial: .passing), source: .http) }
        pass(seconds: 20)
        _ = try await agent()
        #expect(row("service:web") == ["passing", ""])
        pass(seconds: 20)
        _ = try await agent()
        #expect(row("service:web") == ["critical", ""])
    }

    @Test("the same within a second is written once")
    func writes() async throws {
        defer { machine.stop() }
        let local = try await agent()
        try await local.change { $0.register(self.web(), source: .http) }
        func update() async throws -> Int {
            let before = states.operations
            try await local.change {
                try $0.updateTTL("service:web", status: .passing, output: "hello")
            }
            return states.operations - before
        }
        #expect(try await update() > 0)
        #expect(try await update() == 0)
        pass(seconds: 1)
        #expect(try await update() > 0)
        try await local.change { try $0.deregisterService("web") }
        #expect(try states.names() == [])
    }

    @Test("an update counts even if it cannot be kept")
    func failing() async throws {
        defer { machine.stop() }
        let local = try await agent()
        try await local.change { $0.register(self.web(), source: .http) }
        states.fail(at: states.operations)
        try await local.change {
            try $0.updateTTL("service:web", status: .passing, output: "hello")
        }
        #expect(row("service:web") == ["passing", "hello"])
        _ = try await agent()
        #expect(row("service:web") == ["critical", ""])
    }

    @Test("maintenance of nodes and services comes back with its reason until it is ended")
    func maintenance() async throws {
        defer { machine.stop() }
        let file = [ServiceDefinition(name: "db", port: 5432)]
        let first = try await agent(services: file)
        try await first.change { $0.register(self.web(), source: .http) }
        for id in ["web", "db"] {
            try await first.change {
                try $0.setServiceMaintenance(id, enabled: true, reason: "disk of \(id)")
            }
        }
        try await first.change { $0.setNodeMaintenance(enabled: true, reason: "kernel") }
        let second = try await agent(services: file)
        let notes = second.read().checks.filter(\.value.isMaintenance).mapValues(\.row.notes)
        #expect(
            notes == [
                "_node_maintenance": "kernel", "_service_maintenance:web": "disk of web",
                "_service_maintenance:db": "disk of db",
            ]
        )
        #expect(row("_node_maintenance")?.first == "critical")
        try await second.change {
            try $0.setServiceMaintenance("db", enabled: false, reason: "")
        }
        try await second.change { $0.setNodeMaintenance(enabled: false, reason: "") }
        try await second.change { try $0.deregisterService("web") }
        #expect(try checks.names() == [])
        let third = try await agent(services: file)
        #expect(third.read().checks.isEmpty && row("_node_maintenance") == nil)
    }

    @Test("files of what is gone, or stands in the configuration now, are removed at start")
    func obsolete() async throws {
        defer { machine.stop() }
        let first = try await agent(services: [ServiceDefinition(name: "db", port: 5432)])
        try await first.change { $0.register(self.web(), source: .http) }
        try await first.change {
            try $0.setServiceMaintenance("db", enabled: true, reason: "")
        }
        let file = [ServiceDefinition(name: "web", port: 80)]
        let second = try await agent(services: file)
        #expect(second.read().services.keys.sorted() == ["web"])
        #expect(second.read().services["web"]?.source == .file)
        #expect(try services.names() == [])
        // The check that was registered with the service over HTTP is still one of it.
        #expect(second.read().checks.keys.sorted() == ["service:web"])
        #expect(try checks.names().count == 1)
    }

    @Test("a damaged file of a maintenance mode is told and leaves the others alone")
    func damaged() async throws {
        defer { machine.stop() }
        let first = try await agent()
        try await first.change { $0.setNodeMaintenance(enabled: true, reason: "kernel") }
        checks["0.maintenance"] = [0xff]
        var wrong = CheckDefinition()
        wrong.id = "c"
        checks["1.maintenance"] = wrong.encoded
        let second = try await agent()
        #expect(second.read().checks.keys.sorted() == ["_node_maintenance"])
    }
}
