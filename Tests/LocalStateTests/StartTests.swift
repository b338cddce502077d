// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

@testable import LocalState

/// Noon of some day, in milliseconds since 1970.
private let noon = 1_700_000_000_000

@Suite("Local state: what is kept over a restart")
struct LocalStateStartTests {
    private var state = LocalState(node: ownNode)
    private var kept = KeptRegistrations()

    private mutating func start(
        services: [ServiceDefinition] = [],
        checks: [CheckDefinition] = [],
        catalog: StateStore = StateStore(),
        at now: Int = noon
    ) throws -> Restoration {
        try state.start(
            with: kept,
            services: services,
            checks: checks,
            catalog: catalog,
            at: now
        )
    }

    private func told(_ id: String, _ status: CheckStatus = .passing, until: Int) -> TTLState {
        TTLState(checkID: id, status: status, output: "hello", expiry: until)
    }

    private func web(_ check: CheckDefinition, initial: CheckStatus? = nil) -> ServiceDefinition {
        var check = check
        check.status = initial
        return ServiceDefinition(name: "web", port: 80, checks: [check])
    }

    /// A catalog in which the check of `web` has a status.
    private func catalog(_ status: CheckStatus) throws -> StateStore {
        var catalog = Catalog()
        let check = CheckRow(
            node: "n1",
            id: "service:web",
            name: "c",
            status: status,
            output: "old",
            serviceID: "web"
        )
        let service = ServiceRow(node: "n1", id: "web", name: "web", port: 80)
        try catalog.apply([
            .register(Registration(node: ownNode, service: service, checks: [check]))
        ])
        return catalog.store
    }

    @Test("sidecars have the ports that they had, whoever went meanwhile")
    mutating func sidecarPorts() throws {
        func service(_ id: String) -> ServiceDefinition {
            ServiceDefinition(
                id: id,
                name: "web",
                port: 80,
                sidecar: .proxy(ServiceDefinition(name: ""))
            )
        }
        var before = LocalState(node: ownNode)
        var catalog = Catalog()
        for id in ["a", "b", "c"] {
            try catalog.apply(try before.registerWithSidecar(service(id), source: .http).commands)
        }
        try catalog.apply(try before.deregisterService("a").commands)
        // As older versions kept them.
        kept.services = [KeptService(service("b")), KeptService(service("c"))]
        kept.checks = KeptRegistrations(of: before).checks
        _ = try start(catalog: catalog.store)
        #expect(state.services["b-sidecar-proxy"]?.row.port == 21001)
        #expect(state.services["c-sidecar-proxy"]?.row.port == 21002)
        _ = try state.registerWithSidecar(service("d"), source: .http)
        #expect(state.services["d-sidecar-proxy"]?.row.port == 21000)
    }

    @Test("a TTL check goes on with its status and note while its time is not over")
    mutating func goesOn() throws {
        kept = KeptRegistrations(of: [web(ttlCheck())])
        kept.ttlStates["service:web"] = told("service:web", .warning, until: noon + 1)
        let result = try start()
        #expect(state.checks["service:web"]?.row.status == .warning)
        #expect(state.checks["service:web"]?.row.output == "hello")
        #expect(result.started.map(\.status) == [.warning])
        #expect(result.started.map(\.output) == ["hello"])
        #expect(result.obsoleteStates == [])
    }

    @Test("a TTL that was over meanwhile is critical, whatever catalog and registration say")
    mutating func isOver() throws {
        kept = KeptRegistrations(of: [web(ttlCheck(), initial: .passing)])
        kept.ttlStates["service:web"] = told("service:web", until: noon)
        let result = try start(catalog: try catalog(.passing))
        #expect(state.checks["service:web"]?.row.status == .critical)
        #expect(state.checks["service:web"]?.row.output == "")
        #expect(result.started.map(\.status) == [.critical])
        #expect(result.obsoleteStates == ["service:web"])
    }

    @Test("a TTL check of the files begins as the file says, unless its state holds")
    mutating func files() throws {
        let file = [web(ttlCheck(), initial: .passing)]
        var other = self
        _ = try start(services: file)
        #expect(state.checks["service:web"]?.row.status == .passing)
        other.kept.ttlStates["service:web"] = told("service:web", .critical, until: noon + 1)
        let result = try other.start(services: file)
        #expect(other.state.checks["service:web"]?.row.status == .critical)
        #expect(result.started.map(\.output) == ["hello"])
    }

    @Test("checks that run here begin with the catalog's status")
    mutating func polled() throws {
        kept = KeptRegistrations(of: [web(tcpCheck("127.0.0.1:1"))])
        let result = try start(catalog: try catalog(.passing))
        #expect(state.checks["service:web"]?.row.status == .passing)
        #expect(state.checks["service:web"]?.row.output == "old")
        #expect(result.started.map(\.status) == [.passing])
    }

    @Test("a state without its check, or of one that is no TTL check, is dropped")
    mutating func stale() throws {
        kept = KeptRegistrations(of: [web(tcpCheck("127.0.0.1:1"))])
        kept.ttlStates["service:web"] = told("service:web", until: noon + 9)
        kept.ttlStates["gone"] = told("gone", until: noon + 9)
        let result = try start()
        #expect(result.obsoleteStates == ["gone", "service:web"])
        #expect(state.checks["service:web"]?.row.status == .critical)
    }

    @Test("outputs that are discarded do not come back either")
    mutating func discards() throws {
        state.settings.discardsOutput = true
        kept = KeptRegistrations(of: [web(ttlCheck())])
        kept.ttlStates["service:web"] = told("service:web", until: noon + 1)
        _ = try start()
        #expect(state.checks["service:web"]?.row.status == .passing)
        #expect(state.checks["service:web"]?.row.output == "")
    }

    @Test("maintenance of the node and of services, those of files too, comes back with its reason")
    mutating func maintenance() throws {
        kept = KeptRegistrations(of: [ServiceDefinition(name: "web")])
        kept.maintenance = ["", "web", "db"].map { .init(serviceID: $0, reason: "why \($0)") }
        let result = try start(services: [ServiceDefinition(name: "db")])
        for (id, service) in [
            ("_node_maintenance", ""), ("_service_maintenance:web", "web"),
            ("_service_maintenance:db", "db"),
        ] {
            let row = try #require(state.checks[id]?.row)
            #expect(row.status == .critical && row.type == "maintenance")
            #expect(row.notes == "why \(service)" && row.serviceID == service)
            #expect(row.serviceName == service)
        }
        #expect(result.started == [] && result.problems == [] && result.changes.isEmpty)
    }

    @Test("maintenance and checks of a service that is gone are told and kept no longer")
    mutating func gone() throws {
        kept.maintenance = [.init(serviceID: "web", reason: "why")]
        var check = ttlCheck(id: "c", name: "c")
        check.serviceID = "web"
        kept.checks = [check]
        let result = try start()
        #expect(state.checks.isEmpty)
        #expect(result.changes.checks.map(\.id) == ["c", "_service_maintenance:web"])
        #expect(result.changes.checks.allSatisfy { $0.value == nil })
        #expect(result.problems.count == 2)
    }

    @Test("a check that was registered for a service of the files comes back")
    mutating func checkOfFileService() throws {
        var check = ttlCheck(id: "c", name: "c")
        check.serviceID = "web"
        kept.checks = [check]
        let result = try start(services: [ServiceDefinition(name: "web")])
        #expect(state.checks["c"]?.source == .http)
        #expect(result.problems == [])
    }

    @Test("files win over what was kept under the same ID, which is then kept no longer")
    mutating func filesWin() throws {
        kept = KeptRegistrations(
            of: [ServiceDefinition(name: "web", port: 1), ServiceDefinition(name: "db")]
        )
        kept.checks = [ttlCheck(id: "disk", name: "kept")]
        let result = try start(
            services: [ServiceDefinition(name: "web", port: 2)],
            checks: [ttlCheck(id: "disk", name: "file")]
        )
        #expect(state.services["web"]?.row.port == 2)
        #expect(state.services["web"]?.source == .file && state.services["db"]?.source == .http)
        #expect(state.checks["disk"]?.row.name == "file")
        #expect(result.changes.services.map(\.id) == ["web"])
        #expect(result.changes.checks.map(\.id) == ["disk"])
        #expect(result.changes.services.allSatisfy { $0.value == nil })
        #expect(result.changes.checks.allSatisfy { $0.value == nil })
    }

    /// A service with a sidecar, with a check of each.
    private func meshed(port: Int = 0) -> ServiceDefinition {
        let sidecar = ServiceDefinition(name: "", port: port, checks: [ttlCheck(id: "s")])
        return ServiceDefinition(
            name: "web",
            port: 1,
            checks: [ttlCheck(id: "a"), ttlCheck(id: "b")],
            sidecar: .proxy(sidecar)
        )
    }

    @Test("what belongs to a sidecar that finds no port stays kept")
    mutating func noPort() throws {
        state.settings.sidecarPorts = 21000..<21000
        kept = KeptRegistrations(of: [meshed()])
        kept.services = [KeptService(meshed())]
        let id = "web-sidecar-proxy"
        kept.maintenance = [.init(serviceID: id, reason: "why")]
        let result = try start()
        #expect(result.problems.count == 3 && result.changes.isEmpty)
        #expect(state.services.keys.sorted() == ["web"])
    }

    @Test("older files are read without what was deregistered since, and are kept anew")
    mutating func older() throws {
        kept = KeptRegistrations(of: [meshed(port: 9)])
        let now = kept
        kept.services = [KeptService(meshed(port: 9).normalized())]
        kept.checks.removeAll { $0.id == "b" }
        let result = try start()
        #expect(state.checks.keys.sorted() == ["a", "s"])
        #expect(state.services.values.map(\.row.port).sorted() == [1, 9])
        let changes = result.changes
        #expect(changes.services.map(\.id) == ["web", "web-sidecar-proxy"])
        #expect(changes.checks.isEmpty)
        #expect(changes.services.map(\.value) == now.services)
        // A sidecar that is no longer.
        kept.checks.removeAll { $0.id == "s" }
        state = LocalState(node: ownNode)
        _ = try start()
        #expect(state.services.keys.sorted() == ["web"])
    }

    @Test("a sidecar whose service is gone goes too, and its checks with it")
    mutating func orphans() throws {
        kept = KeptRegistrations(of: [meshed()])
        kept.services.removeAll { $0.sidecarOf.isEmpty }
        let result = try start()
        #expect(state.services.isEmpty && state.checks.isEmpty && result.problems.count == 4)
        #expect(result.changes.services.map(\.id) == ["web-sidecar-proxy"])
        #expect(result.changes.checks.count == 3)
    }
}

@Suite("Local state: what is kept of a TTL check")
struct TTLStateTests {
    private func state(ttl: Duration, source: DefinitionSource = .http) throws -> LocalState {
        var state = LocalState(node: ownNode)
        var check = ttlCheck(name: "c")
        check.ttl = ttl
        check.status = source == .file ? .passing : nil
        _ = try state.register(check, source: source)
        return state
    }

    @Test("holds for the TTL, from the second in which the client spoke")
    func holds() throws {
        var state = try state(ttl: .seconds(30))
        _ = try state.updateTTL("c", status: .passing, output: "hello")
        let kept = try #require(state.ttlState(of: "c", at: noon + 700))
        #expect(
            kept
                == TTLState(checkID: "c", status: .passing, output: "hello", expiry: noon + 30_000)
        )
        #expect(kept.holds(at: noon + 29_999) && !kept.holds(at: noon + 30_000))
        #expect(state.ttlState(of: "c", at: noon + 999) == kept)
        #expect(state.ttlState(of: "c", at: noon + 1000) != kept)
    }

    @Test("short TTLs hold to the millisecond, and the longest overflow nothing")
    func extremes() throws {
        for (ttl, expiry) in [
            (Duration.milliseconds(1500), noon + 700 + 1500),
            (.nanoseconds(Int64.max), noon + 9_223_372_036_854),
        ] {
            var state = try state(ttl: ttl)
            _ = try state.updateTTL("c", status: .passing, output: "")
            #expect(state.ttlState(of: "c", at: noon + 700)?.expiry == expiry)
        }
    }

    @Test("nothing is kept of what would begin the same way")
    func nothing() throws {
        var http = try state(ttl: .seconds(30))
        #expect(http.ttlState(of: "c", at: noon) == nil)
        #expect(http.ttlState(of: "unknown", at: noon) == nil)
        _ = try http.updateTTL("c", status: .critical, output: "broken")
        #expect(http.ttlState(of: "c", at: noon)?.output == "broken")
        var file = try state(ttl: .seconds(30), source: .file)
        #expect(file.ttlState(of: "c", at: noon) == nil)
        _ = try file.updateTTL("c", status: .critical, output: "")
        #expect(file.ttlState(of: "c", at: noon)?.status == .critical)
    }
}
