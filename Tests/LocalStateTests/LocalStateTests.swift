// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import StateStore
import Testing

@Suite("Local state: services and their checks")
struct LocalStateServiceTests {
    @Test("API-098 fills in what a registration left out")
    func defaults() {
        var state = LocalState(node: ownNode)
        let effects = state.register(ServiceDefinition(name: "w1"), source: .http)
        let row = state.services["w1"]?.row
        #expect(row == ServiceRow(node: "n1", id: "w1", name: "w1", meta: [:]))
        #expect(effects.changedServices == ["w1"])
        #expect(effects.commands.count == 1)
    }

    @Test("API-108 names the one check of a service after its ID")
    func oneCheck() {
        var state = LocalState(node: ownNode)
        let effects = state.register(
            ServiceDefinition(id: "w3-1", name: "w3", tags: ["a"], checks: [ttlCheck()]),
            source: .http
        )
        let row = state.checks["service:w3-1"]?.row
        #expect(row?.name == "Service 'w3' check")
        #expect(row?.status == .critical)
        #expect(row?.type == "ttl")
        #expect(row?.serviceTags == ["a"])
        #expect(effects.started.map(\.id) == ["service:w3-1"])
    }

    @Test("API-109 numbers several checks, and they go with the service")
    func severalChecks() throws {
        var state = LocalState(node: ownNode)
        _ = state.register(
            ServiceDefinition(name: "w4", checks: [ttlCheck(), tcpCheck("127.0.0.1:1")]),
            source: .http
        )
        #expect(state.checks.keys.sorted() == ["service:w4:1", "service:w4:2"])
        let effects = try state.deregisterService("w4")
        #expect(state.checks.isEmpty)
        #expect(effects.stopped == ["service:w4:1", "service:w4:2"])
        #expect(
            effects.commands == [.deregister(Deregistration(node: "n1", serviceID: "w4"))]
        )
    }

    @Test("API-110 keeps status and output when a service is registered again")
    func keepsStatus() throws {
        var state = LocalState(node: ownNode)
        let service = ServiceDefinition(name: "w5", checks: [ttlCheck()])
        _ = state.register(service, source: .http)
        _ = try state.updateTTL("service:w5", status: .passing, output: "fine")
        let effects = state.register(service, source: .http)
        #expect(state.checks["service:w5"]?.row.status == .passing)
        #expect(state.checks["service:w5"]?.row.output == "fine")
        #expect(effects.started.isEmpty && effects.stopped.isEmpty)
        #expect(effects.renewed == ["service:w5"])
        #expect(effects.changedServices.isEmpty)
    }

    @Test("restarts a check whose definition changed, from its former status")
    func restarts() {
        var state = LocalState(node: ownNode)
        _ = state.register(
            ServiceDefinition(name: "w", checks: [tcpCheck("127.0.0.1:1")]),
            source: .http
        )
        _ = state.report("service:w", status: .passing, output: "TCP connect: Success")
        let effects = state.register(
            ServiceDefinition(name: "w", checks: [tcpCheck("127.0.0.1:2")]),
            source: .http
        )
        #expect(effects.stopped == ["service:w"])
        #expect(effects.started.map(\.status) == [.passing])
        #expect(effects.started.map(\.definition.tcp) == ["127.0.0.1:2"])
    }

    @Test("API-111 old checks stay, or go when they are to be replaced", arguments: [true, false])
    func replacesChecks(replacing: Bool) {
        var state = LocalState(node: ownNode)
        _ = state.register(
            ServiceDefinition(name: "w6", checks: [ttlCheck(id: "old")]),
            source: .http
        )
        let effects = state.register(
            ServiceDefinition(name: "w6", checks: [ttlCheck(id: "new")]),
            source: .http,
            replacingChecks: replacing
        )
        #expect(state.checks.keys.sorted() == (replacing ? ["new"] : ["new", "old"]))
        #expect(effects.stopped == (replacing ? ["old"] : []))
        #expect(
            effects.commands.contains(.deregister(Deregistration(node: "n1", checkID: "old")))
                == replacing
        )
    }

    @Test(
        "API-112 adds tagged addresses of the family",
        arguments: [
            ("10.1.2.3", ["lan_ipv4", "wan_ipv4"]), ("fd00::1", ["lan_ipv6", "wan_ipv6"]),
            ("host.example", []), ("", []),
        ]
    )
    func taggedAddresses(address: String, expected: [String]) {
        var state = LocalState(node: ownNode)
        _ = state.register(
            ServiceDefinition(name: "w", address: address, port: 80),
            source: .http
        )
        let tagged = state.services["w"]?.row.taggedAddresses ?? [:]
        #expect(tagged.keys.sorted() == expected)
        #expect(tagged.values.allSatisfy { $0 == ServiceAddress(address: address, port: 80) })
    }

    @Test("an unknown service has the text of Consul")
    func unknownService() {
        var state = LocalState(node: ownNode)
        let error = #expect(throws: LocalStateError.self) { try state.deregisterService("nope") }
        #expect(error?.status == 404)
        #expect(
            error?.message == "Unknown service ID \"nope\". "
                + "Ensure that the service ID is passed, not the service name."
        )
    }
}

@Suite("Local state: checks")
struct LocalStateCheckTests {
    @Test("a check of an unknown service is refused")
    func missingService() {
        var state = LocalState(node: ownNode)
        var check = ttlCheck(name: "c")
        check.serviceID = "nosvc"
        let error = #expect(throws: LocalStateError.self) {
            try state.register(check, source: .http)
        }
        #expect(error?.status == 404)
        #expect(error?.message == "ServiceID \"nosvc\" does not exist")
        #expect(state.checks.isEmpty)
    }

    @Test("reports the interval and the timeout as texts of Go")
    func times() throws {
        var state = LocalState(node: ownNode)
        var check = tcpCheck("127.0.0.1:1")
        check.name = "c"
        _ = try state.register(check, source: .http)
        #expect(state.checks["c"]?.row.interval == "10s")
        #expect(state.checks["c"]?.row.timeout == "0s")
    }

    @Test("API-132 a TTL check takes the state that it is told")
    func updatesTTL() throws {
        var state = LocalState(node: ownNode)
        _ = try state.register(ttlCheck(name: "c1"), source: .http)
        let effects = try state.updateTTL("c1", status: .passing, output: "fine")
        #expect(effects.renewed == ["c1"])
        #expect(effects.commands.count == 1)
        #expect(state.checks["c1"]?.row.output == "fine")
    }

    @Test("only TTL checks can be told their state")
    func noTTL() throws {
        var state = LocalState(node: ownNode)
        var check = tcpCheck("127.0.0.1:1")
        check.name = "t"
        _ = try state.register(check, source: .http)
        #expect(throws: LocalStateError.noTTL("t")) {
            try state.updateTTL("t", status: .passing, output: "")
        }
        #expect(throws: LocalStateError.unknownCheck("x")) {
            try state.updateTTL("x", status: .passing, output: "")
        }
    }

    @Test("cuts the output of a client and says so")
    func cutsOutput() throws {
        var state = LocalState(
            node: ownNode,
            settings: LocalStateSettings(maximumOutput: 4)
        )
        _ = try state.register(ttlCheck(name: "c"), source: .http)
        _ = try state.updateTTL("c", status: .passing, output: "abcdefgh")
        #expect(state.checks["c"]?.row.output == "abcd ... (captured 4 of 8 bytes)")
    }

    @Test("output alone is told the catalog later, and only once")
    func defersOutput() throws {
        var state = LocalState(node: ownNode)
        _ = try state.register(ttlCheck(name: "c"), source: .http)
        _ = try state.updateTTL("c", status: .passing, output: "1")
        let second = try state.updateTTL("c", status: .passing, output: "2")
        #expect(second.commands.isEmpty)
        #expect(second.deferredOutputs == ["c"])
        let third = try state.updateTTL("c", status: .passing, output: "3")
        #expect(third.deferredOutputs.isEmpty)
        #expect(state.flushOutput(of: "c").commands.count == 1)
        #expect(state.flushOutput(of: "c").commands.isEmpty)
    }

    @Test("a change of status tells the output at once")
    func statusTellsOutput() throws {
        var state = LocalState(node: ownNode)
        _ = try state.register(ttlCheck(name: "c"), source: .http)
        _ = try state.updateTTL("c", status: .passing, output: "1")
        _ = try state.updateTTL("c", status: .passing, output: "2")
        let effects = try state.updateTTL("c", status: .warning, output: "3")
        #expect(effects.commands.count == 1)
        #expect(state.flushOutput(of: "c").commands.isEmpty)
    }

    @Test("a late result of a check that is gone changes nothing")
    func lateResult() {
        var state = LocalState(node: ownNode)
        #expect(state.report("gone", status: .passing, output: "") == LocalEffects())
        #expect(state.checks.isEmpty)
    }
}

@Suite("Local state: maintenance")
struct LocalStateMaintenanceTests {
    @Test("API-116 puts a service into maintenance once, with the first reason")
    func service() throws {
        var state = LocalState(node: ownNode)
        _ = state.register(ServiceDefinition(name: "w1"), source: .http)
        _ = try state.setServiceMaintenance("w1", enabled: true, reason: "why")
        let again = try state.setServiceMaintenance("w1", enabled: true, reason: "other")
        let row = state.checks["_service_maintenance:w1"]?.row
        #expect(row?.name == "Service Maintenance Mode")
        #expect(row?.notes == "why")
        #expect(row?.status == .critical)
        #expect(row?.type == "maintenance")
        #expect(again == LocalEffects())
        _ = try state.setServiceMaintenance("w1", enabled: false, reason: "")
        #expect(state.checks.isEmpty)
    }

    @Test("API-122 puts the node into maintenance, with a default reason")
    func node() {
        var state = LocalState(node: ownNode)
        _ = state.setNodeMaintenance(enabled: true, reason: "")
        let row = state.checks["_node_maintenance"]?.row
        #expect(row?.name == "Node Maintenance Mode")
        #expect(row?.serviceID == "")
        #expect(
            row?.notes == "Maintenance mode is enabled for this node, but no reason was "
                + "provided. This is a default message."
        )
        #expect(state.setNodeMaintenance(enabled: false, reason: "").commands.count == 1)
        #expect(state.setNodeMaintenance(enabled: false, reason: "") == LocalEffects())
    }

    @Test("a service that is not there cannot be maintained")
    func unknown() {
        var state = LocalState(node: ownNode)
        #expect(throws: LocalStateError.unknownService("no")) {
            try state.setServiceMaintenance("no", enabled: true, reason: "")
        }
    }
}

@Suite("Local state: reload")
struct LocalStateReloadTests {
    @Test("what is gone from the files goes, what came over HTTP stays")
    func replaces() throws {
        var state = LocalState(node: ownNode)
        _ = try state.replaceFileDefinitions(
            services: [
                ServiceDefinition(name: "a", checks: [ttlCheck()]), ServiceDefinition(name: "b"),
            ],
            checks: [ttlCheck(name: "disk")]
        )
        _ = state.register(ServiceDefinition(name: "h"), source: .http)
        _ = try state.updateTTL("service:a", status: .passing, output: "ok")
        _ = try state.replaceFileDefinitions(
            services: [ServiceDefinition(name: "a", checks: [ttlCheck()])],
            checks: []
        )
        #expect(state.services.keys.sorted() == ["a", "h"])
        #expect(state.checks.keys.sorted() == ["service:a"])
        #expect(state.checks["service:a"]?.row.status == .passing)
    }

    @Test("a faulty set of files changes nothing")
    func atomic() throws {
        var state = LocalState(node: ownNode)
        _ = try state.replaceFileDefinitions(
            services: [ServiceDefinition(name: "a")],
            checks: []
        )
        var stray = ttlCheck(name: "c")
        stray.serviceID = "nosvc"
        #expect(throws: LocalStateError.missingService("nosvc")) {
            try state.replaceFileDefinitions(services: [], checks: [stray])
        }
        #expect(state.services.keys.sorted() == ["a"])
    }
}
