// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import Definitions
import LocalState
import Logging
import RaftLog
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
    /// What an agent has: services with their ports, checks with their statuses.
    private func content(_ local: LocalAgent) -> [String: String] {
        let state = local.read()
        let ports = state.services.mapValues { "\($0.row.port)" }
        return ports.merging(state.checks.mapValues(\.row.status.rawValue)) { one, _ in one }
    }

    private func ttl(_ id: String, _ status: CheckStatus? = .passing) -> CheckDefinition {
        var check = CheckDefinition()
        check.id = id
        check.ttl = .seconds(600)
        check.status = status
        return check
    }

    @Test("checks that were deregistered or replaced do not come back, nor do sidecars")
    func deregistered() async throws {
        defer { machine.stop() }
        let web = ServiceDefinition(name: "web", port: 80, checks: [ttl("a"), ttl("b", nil)])
        var mesh = ServiceDefinition(name: "mesh", port: 1, checks: [ttl("old")])
        mesh.sidecar = .proxy(ServiceDefinition(name: "", port: 9999, checks: [ttl("s")]))
        let first = try await agent()
        try await first.change { $0.register(web, source: .http) }
        try await first.change { try $0.deregisterCheck("b") }
        try await first.change { [mesh] in try $0.registerWithSidecar(mesh, source: .http) }
        mesh.port = 2
        mesh.checks = [ttl("new")]
        mesh.sidecar = nil
        try await first.change { [mesh] in
            try $0.registerWithSidecar(mesh, source: .http, replacingChecks: true)
        }
        let wanted = [
            "web": "80", "a": "passing", "mesh": "2", "new": "passing",
            "mesh-sidecar-proxy": "9999", "s": "passing",
        ]
        #expect(content(first) == wanted)
        let second = try await agent()
        #expect(content(second) == wanted)
        #expect(try services.names().count == 3 && checks.names().count == 3)
        try await second.change { try $0.deregisterService("mesh-sidecar-proxy") }
        let third = try await agent()
        let left = wanted.filter { $0.key != "mesh-sidecar-proxy" && $0.key != "s" }
        #expect(content(third) == left)
        #expect(machine.snapshot().services(onNode: "agent1").value?.services.count == 2)
    }

    @Test("a file that cannot be read takes no other with it: all is back once it is whole")
    func unreadable() async throws {
        defer { machine.stop() }
        var mesh = ServiceDefinition(name: "mesh", port: 1, checks: [ttl("m")])
        mesh.sidecar = .proxy(ServiceDefinition(name: "", port: 9999, checks: [ttl("s")]))
        let first = try await agent()
        try await first.change { [mesh] in try $0.registerWithSidecar(mesh, source: .http) }
        try await first.change {
            try $0.setServiceMaintenance("mesh", enabled: true, reason: "disk")
        }
        for check in ["m", "s"] {
            try await first.change { try $0.updateTTL(check, status: .passing, output: check) }
        }
        let wanted = content(first)
        #expect(wanted.count == 5)
        let (kept, notes) = (files, Set(try states.names()))
        for (directory, kind, ids) in [
            (services, "s", ["mesh", "mesh-sidecar-proxy"]), (checks, "c", ["m", "s"]),
        ] {
            for id in ids {
                let name = KeptFile.name(of: id, ending: ".definition")
                directory[name] = [0xff]
                _ = try await agent()
                var others = files
                others[kind + name] = kept[kind + name]
                #expect(others == kept, "\(id)")
                #expect(Set(try states.names()) == notes, "\(id)")
                directory[name] = try #require(kept[kind + name])
                let again = try await agent()
                #expect(content(again) == wanted, "\(id)")
                #expect(again.read().checks["s"]?.row.output == "s", "\(id)")
            }
        }
    }

    @Test("the sidecar in the file of an older version stays there while a check cannot be read")
    func unreadableOlder() async throws {
        defer { machine.stop() }
        var mesh = ServiceDefinition(name: "mesh", port: 1)
        mesh.sidecar = .proxy(ServiceDefinition(name: "", port: 9, checks: [ttl("s")]))
        services[KeptFile.name(of: "mesh", ending: ".definition")] =
            KeptService(mesh.normalized()).encoded
        var check = ttl("s")
        check.serviceID = "mesh-sidecar-proxy"
        let name = KeptFile.name(of: "s", ending: ".definition")
        checks[name] = [0xff]
        let lacking = try await agent()
        #expect(content(lacking) == ["mesh": "1"])
        checks[name] = check.encoded
        let whole = try await agent()
        #expect(
            content(whole)
                == ["mesh": "1", "mesh-sidecar-proxy": "9", "s": "critical"]
        )
    }

    @Test("files of an older version are written anew, later if the disk is full")
    func older() async throws {
        defer { machine.stop() }
        var mesh = ServiceDefinition(name: "mesh", port: 1, checks: [ttl("a"), ttl("b")])
        mesh.sidecar = .proxy(ServiceDefinition(name: "", port: 9, checks: [ttl("s")]))
        let old = KeptFile.name(of: "mesh", ending: ".definition")
        let new = KeptFile.name(of: "mesh-sidecar-proxy", ending: ".definition")
        services[old] = KeptService(mesh.normalized()).encoded
        for (check, service) in [(ttl("a"), "mesh"), (ttl("s"), "mesh-sidecar-proxy")] {
            var check = check
            check.serviceID = service
            checks[KeptFile.name(of: check.id, ending: ".definition")] = check.encoded
        }
        services.fail(at: services.operations, .full)
        let first = try await agent()
        let wanted = ["mesh": "1", "a": "critical", "mesh-sidecar-proxy": "9", "s": "critical"]
        #expect(content(first) == wanted)
        #expect(try services.names() == [old])
        // The sidecar is kept before the service that had it is.
        mesh.sidecar = nil
        try await first.change { [mesh] in try $0.registerWithSidecar(mesh, source: .http) }
        #expect(Set(try services.names()) == [old, new])
        let sidecar = try KeptService(decoding: services[new])
        #expect(sidecar.sidecarOf == "mesh" && sidecar.definition.port == 9)
        let second = try await agent()
        #expect(second.read().services.count == 2 && second.read().checks.count == 3)
    }

    /// What is in the files.
    private var files: [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for (kind, directory) in [("s", services), ("c", checks)] {
            for name in (try? directory.names()) ?? [] { files[kind + name] = directory[name] }
        }
        return files
    }

    private static let file = ServiceDefinition(name: "web", port: 82)

    /// Changes of every kind.
    private static let changes: [(String, @Sendable (inout LocalState) throws -> LocalEffects)] = {
        func check(_ id: String, of service: String = "") -> CheckDefinition {
            var check = CheckDefinition()
            check.id = id
            check.ttl = .seconds(600)
            check.serviceID = service
            return check
        }
        let (a, b, c) = (check("a"), check("b"), check("c", of: "web"))
        let mesh = SidecarDefinition.proxy(ServiceDefinition(name: ""))
        let other = ServiceDefinition(name: "other", checks: [a, b], sidecar: mesh)
        let web = ServiceDefinition(name: "web", port: 81, checks: [a])
        return [
            ("register", { try $0.registerWithSidecar(other, source: .http) }),
            ("replace", { $0.register(web, source: .http, replacingChecks: true) }),
            ("check", { try $0.register(c, source: .http) }),
            ("maintenance", { $0.setNodeMaintenance(enabled: true, reason: "why") }),
            ("reload", { try $0.replaceFileDefinitions(services: [file], checks: []) }),
            ("deregister", { try $0.deregisterService("web") }),
            ("deregister check", { try $0.deregisterCheck("service:web") }),
        ]
    }()

    @Test(
        "a change that cannot be kept changes nothing, whatever fails",
        arguments: changes.indices
    )
    func refused(change number: Int) async throws {
        defer { machine.stop() }
        let (name, body) = Self.changes[number]
        let local = try await agent()
        try await local.change { $0.register(self.web(initial: .passing), source: .http) }
        let (before, kept) = (content(local), files)
        var failures = 0
        for directory in [services, checks] {
            for operation in 0..<20 {
                directory.fail(at: directory.operations + operation, .full)
                do {
                    try await local.change(body)
                    break
                } catch let error as StorageError {
                    failures += 1
                    #expect(error.isFull)
                }
                #expect(content(local) == before && files == kept, "\(name), \(operation)")
                _ = try await local.synchronize()
                #expect(row("service:web") == ["passing", ""])
                #expect(machine.snapshot().services(onNode: "agent1").value?.services.count == 1)
            }
            directory.fail(at: nil)
            // The change was made in the end, and is unmade for the other directory.
            guard directory === services else { continue }
            _ = try? await local.change { try $0.deregisterService("other") }
            _ = try await local.change { $0.setNodeMaintenance(enabled: false, reason: "") }
            _ = try await local.change {
                try $0.replaceFileDefinitions(services: [], checks: [])
            }
            try await local.change {
                $0.register(self.web(initial: .passing), source: .http, replacingChecks: true)
            }
            #expect(content(local).keys == before.keys && files == kept, "\(name)")
        }
        #expect(failures > 0, "\(name)")
        let again = try await agent(services: name == "reload" ? [Self.file] : [])
        #expect(content(again).keys == content(local).keys, "\(name)")
    }

    @Test("what a dying disk left half done is put right by the next change")
    func dying() async throws {
        defer { machine.stop() }
        let local = try await agent()
        try await local.change { $0.register(self.web(), source: .http) }
        let kept = files
        // What was written beside a file cannot be removed either; the next start does that.
        func whole() -> [String: [UInt8]] { files.filter { !$0.key.hasSuffix(".part") } }
        let other = ServiceDefinition(name: "web", port: 81, checks: [ttl("a")])
        // Not even the old file can be written back: each step of the change and of its undoing.
        for operation in 0..<5 {
            services.fail(at: services.operations + operation)
            await #expect(throws: StorageError.self) {
                try await local.change { $0.register(other, source: .http) }
            }
            #expect(content(local) == ["web": "80", "service:web": "critical"])
            services.state.withLock { $0.isDead = false }
            services.fail(at: nil)
            try await local.change { $0.setNodeMaintenance(enabled: true, reason: "") }
            try await local.change { $0.setNodeMaintenance(enabled: false, reason: "") }
            #expect(whole() == kept, "\(operation)")
        }
        _ = try await agent()
        #expect(files == kept)
    }
}
