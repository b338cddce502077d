// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import TestSupport
import Testing

@testable import LocalState

/// The files of an agent, which follow its state by what each change tells.
private struct Files {
    var services: [String: KeptService] = [:]
    var checks: [String: KeptCheck] = [:]

    /// What was to be kept and is kept no longer, or the other way round, is as the change says.
    mutating func follow(_ changes: KeptChanges) {
        for change in changes.services {
            #expect(services[change.id] == change.former && change.former != change.value)
            services[change.id] = change.value
        }
        for change in changes.checks {
            #expect(checks[change.id] == change.former && change.former != change.value)
            checks[change.id] = change.value
        }
    }

    var kept: KeptRegistrations {
        var kept = KeptRegistrations()
        kept.services = Array(services.values)
        for check in checks.values {
            switch check {
            case .definition(let definition): kept.checks.append(definition)
            case .maintenance(let mode): kept.maintenance.append(mode)
            }
        }
        return kept
    }
}

@Suite("Local state: what is kept follows what there is")
struct KeptChangesTests {
    private var state = LocalState(node: ownNode)
    private var files = Files()
    private var configuration: [ServiceDefinition] = []

    /// Makes a change, in the state and in the files.
    private mutating func change(_ body: (inout LocalState) throws -> LocalEffects) rethrows {
        _ = state.takeChanges()
        _ = try body(&state)
        files.follow(state.keptChanges(since: state.takeChanges()))
    }

    /// The agent that starts from the files.
    private func restarted() throws -> LocalState {
        var again = LocalState(node: ownNode)
        let result = try again.start(
            with: files.kept,
            services: configuration,
            checks: [],
            catalog: StateStore(),
            at: 0
        )
        #expect(result.problems == [] && result.changes.isEmpty)
        return again
    }

    /// Expects the same services and checks, but for what a check says.
    private func expectSame(_ one: LocalState, _ other: LocalState, _ place: String = "") {
        func services(_ state: LocalState) -> [String: LocalService] {
            state.services.mapValues { service in
                var service = service
                service.definition.checks = []
                service.definition.sidecar = nil
                return service
            }
        }
        func checks(_ state: LocalState) -> [String: LocalCheck] {
            state.checks.mapValues { check in
                var check = check
                if !check.isMaintenance { check.row.status = .critical }
                return check
            }
        }
        #expect(services(one) == services(other), "\(place)")
        #expect(checks(one) == checks(other), "\(place)")
    }

    private static func sidecar(port: Int) -> SidecarDefinition {
        .proxy(ServiceDefinition(name: "", port: port))
    }

    @Test("a check that was deregistered, or replaced, does not come back")
    mutating func checks() throws {
        let web = ServiceDefinition(name: "web", checks: [ttlCheck(id: "a"), ttlCheck(id: "b")])
        change { $0.register(web, source: .http) }
        try change { try $0.deregisterCheck("b") }
        #expect(try restarted().checks.keys.sorted() == ["a"])
        let other = ServiceDefinition(name: "web", checks: [ttlCheck(id: "c")])
        change { $0.register(other, source: .http, replacingChecks: true) }
        #expect(try restarted().checks.keys.sorted() == ["c"])
        expectSame(try restarted(), state)
    }

    @Test("a sidecar stays without its service asking for it, goes alone, and has its last port")
    mutating func sidecars() throws {
        let id = "web-sidecar-proxy"
        var web = ServiceDefinition(name: "web", port: 80, sidecar: Self.sidecar(port: 9999))
        try change { try $0.registerWithSidecar(web, source: .http) }
        web.sidecar = Self.sidecar(port: 9998)
        try change { try $0.registerWithSidecar(web, source: .http, replacingChecks: true) }
        #expect(try restarted().services[id]?.row.port == 9998)
        #expect(try restarted().checks["service:\(id):1"]?.definition.tcp == "127.0.0.1:9998")
        web.sidecar = nil
        web.port = 81
        try change { try $0.registerWithSidecar(web, source: .http) }
        expectSame(try restarted(), state)
        #expect(try restarted().services[id]?.sidecarOf == "web")
        try change { try $0.deregisterService(id) }
        #expect(try restarted().services.keys.sorted() == ["web"])
        #expect(try restarted().checks.isEmpty)
    }

    @Test("a maintenance mode is kept until it ends, its service goes or a check takes its place")
    mutating func maintenance() throws {
        change { $0.register(ServiceDefinition(name: "web"), source: .file) }
        let id = "_service_maintenance:web"
        func set(_ isOn: Bool, _ state: inout LocalState) throws -> LocalEffects {
            try state.setServiceMaintenance("web", enabled: isOn, reason: "why")
        }
        try change { try set(true, &$0) }
        #expect(files.checks == [id: .maintenance(.init(serviceID: "web", reason: "why"))])
        try change { try set(false, &$0) }
        #expect(files.checks.isEmpty)
        try change { try set(true, &$0) }
        try change { try $0.deregisterService("web") }
        #expect(files.checks.isEmpty && files.services.isEmpty)
        change { $0.setNodeMaintenance(enabled: true, reason: "") }
        let check = ttlCheck(id: "_node_maintenance", name: "c")
        try change { try $0.register(check, source: .http) }
        #expect(files.checks == ["_node_maintenance": .definition(check)])
    }

    @Test("nothing is to be kept of what was there already, of statuses and of files")
    mutating func nothing() throws {
        let web = ServiceDefinition(name: "web", checks: [ttlCheck()])
        let db = ServiceDefinition(name: "db", checks: [ttlCheck()])
        change { $0.register(web, source: .http) }
        let before = files.services
        _ = state.takeChanges()
        _ = state.register(web, source: .http)
        _ = try state.updateTTL("service:web", status: .passing, output: "fine")
        _ = try state.replaceFileDefinitions(services: [db], checks: [])
        #expect(state.keptChanges(since: state.takeChanges()).isEmpty)
        #expect(files.services == before)
        // Until the files have it.
        try change { try $0.replaceFileDefinitions(services: [web], checks: []) }
        #expect(files.services.isEmpty && files.checks.isEmpty)
    }

    @Test("whatever happened, the agent starts with what it had", arguments: 0..<60)
    mutating func anything(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for step in 0..<40 {
            let former = state
            let name = "s\(Int.random(in: 0..<3, using: &random))"
            let kind = Int.random(in: 0..<8, using: &random)
            let isOn = Bool.random(using: &random)
            var service = ServiceDefinition(name: name, port: Int.random(in: 1...3, using: &random))
            for number in 0..<Int.random(in: 0...3, using: &random) {
                service.checks.append(ttlCheck(id: isOn ? "\(name)-\(number)" : ""))
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                service.sidecar = Self.sidecar(port: Int.random(in: 0...2, using: &random) * 9)
            }
            if kind == 7 {
                var file = ServiceDefinition(name: "f", port: service.port, checks: [ttlCheck()])
                // One that is chosen is in the catalog alone.
                if service.sidecar != nil { file.sidecar = Self.sidecar(port: 9) }
                configuration = isOn ? [file] : []
            }
            let own = [name, name + "-sidecar-proxy"].randomElement(using: &random) ?? ""
            let (id, definitions) = (Bool.random(using: &random) ? own : "f", configuration)
            let checkID =
                state.checks.filter { $0.value.source == .http && !$0.value.isMaintenance }
                .keys.sorted().randomElement(using: &random) ?? ""
            var check = ttlCheck(id: "c\(step % 4)", name: "c")
            check.serviceID = Bool.random(using: &random) ? id : ""
            try? change { [service, check] state in
                switch kind {
                case 0, 1, 2:
                    try state.registerWithSidecar(service, source: .http, replacingChecks: isOn)
                case 3: try state.register(check, source: .http)
                case 4: try state.deregisterCheck(checkID)
                case 5: try state.deregisterService(own)
                case 6: try state.setServiceMaintenance(id, enabled: isOn, reason: "why")
                default: try state.replaceFileDefinitions(services: definitions, checks: [])
                }
            }
            let changed = state.takeChanges()
            #expect(changed.services.isEmpty && changed.checks.isEmpty)
            // What was found undoes it, and what that found makes it again.
            var other = former
            _ = other.takeChanges()
            for id in Set(state.services.keys).union(former.services.keys) {
                other.put(service: state.services[id], id)
            }
            for id in Set(state.checks.keys).union(former.checks.keys) {
                other.put(check: state.checks[id], id)
            }
            let again = other.exchange(other.takeChanges())
            #expect(other.services == former.services && other.checks == former.checks)
            other.exchange(again)
            #expect(other.services == state.services && other.checks == state.checks)
        }
        expectSame(try restarted(), state, "seed \(seed)")
    }
}
