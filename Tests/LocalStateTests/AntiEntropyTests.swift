// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import StateStore
import Testing

@Suite("Anti-entropy")
struct AntiEntropyTests {
    private func populated() throws -> (LocalState, Catalog) {
        var catalog = Catalog()
        try catalog.registerAsLeader()
        var state = LocalState(node: ownNode)
        var effects = state.register(
            ServiceDefinition(name: "web", tags: ["v1"], checks: [ttlCheck()]),
            source: .http
        )
        effects.append(try state.register(ttlCheck(name: "disk"), source: .file))
        try catalog.apply(effects.commands)
        return (state, catalog)
    }

    @Test("pushing each change leaves no difference")
    func agrees() throws {
        var (state, catalog) = try populated()
        #expect(state.difference(from: catalog.store).isEmpty)
        let more = [
            try state.updateTTL("disk", status: .passing, output: "ok"),
            try state.setServiceMaintenance("web", enabled: true, reason: "x"),
            state.register(
                ServiceDefinition(name: "web", tags: ["v2"], checks: [ttlCheck()]),
                source: .http
            ),
        ]
        for effects in more { try catalog.apply(effects.commands) }
        #expect(state.difference(from: catalog.store).isEmpty)
    }

    @Test("an empty catalog receives everything, each service with its checks in one write")
    func fills() throws {
        let (state, _) = try populated()
        var catalog = Catalog()
        let commands = state.difference(from: catalog.store)
        #expect(commands.count == 3)
        try catalog.apply(commands)
        #expect(catalog.serviceIDs == ["web"])
        #expect(catalog.checkIDs == ["disk", "service:web"])
        #expect(state.difference(from: catalog.store).isEmpty)
    }

    @Test("API-199 what others registered for this node is removed")
    func removesForeign() throws {
        var (state, catalog) = try populated()
        let foreign = ServiceRow(node: "n1", id: "alien", name: "alien")
        let check = CheckRow(
            node: "n1",
            id: "alien-check",
            name: "c",
            status: .passing,
            serviceID: "alien"
        )
        let nodeCheck = CheckRow(node: "n1", id: "stray", name: "s", status: .passing)
        try catalog.apply([
            .register(
                Registration(node: ownNode, service: foreign, checks: [check, nodeCheck])
            )
        ])
        let commands = state.difference(from: catalog.store)
        #expect(
            commands == [
                .deregister(Deregistration(node: "n1", serviceID: "alien")),
                .deregister(Deregistration(node: "n1", checkID: "stray")),
            ]
        )
        state.node.meta = nil
        try catalog.apply(state.difference(from: catalog.store))
        #expect(state.difference(from: catalog.store).isEmpty)
    }

    @Test("the leader's service and check are left alone")
    func leavesLeaderAlone() throws {
        let (state, catalog) = try populated()
        #expect(catalog.serviceIDs == ["consul", "web"])
        #expect(catalog.checkIDs == ["disk", "serfHealth", "service:web"])
        #expect(state.difference(from: catalog.store).isEmpty)
    }

    @Test("differing services, checks and node data are overwritten")
    func overwrites() throws {
        var (state, catalog) = try populated()
        var node = ownNode
        node.address = "10.9.9.9"
        try catalog.apply([
            .register(
                Registration(
                    node: node,
                    service: ServiceRow(node: "n1", id: "web", name: "web", meta: [:], port: 1),
                    checks: [
                        CheckRow(node: "n1", id: "disk", name: "disk", status: .passing)
                    ]
                )
            )
        ])
        try catalog.apply(state.difference(from: catalog.store))
        #expect(state.difference(from: catalog.store).isEmpty)
        #expect(catalog.store.node(named: "n1")?.address == "10.0.0.5")
        #expect(catalog.store.services(onNode: "n1").value?.services.last?.tags == ["v1"])
        state.node.name = "renamed"
        #expect(state.services["web"]?.row.node == "renamed")
    }

    @Test("EnableTagOverride: tags come from the catalog", arguments: [true, false])
    func tagOverride(allowed: Bool) throws {
        var catalog = Catalog()
        try catalog.registerAsLeader()
        var state = LocalState(node: ownNode)
        let effects = state.register(
            ServiceDefinition(name: "web", tags: ["v1"], enableTagOverride: allowed),
            source: .http
        )
        try catalog.apply(effects.commands)
        var row = try #require(state.services["web"]?.row)
        row.tags = ["theirs"]
        try catalog.apply([.register(Registration(node: ownNode, service: row))])
        #expect(state.difference(from: catalog.store).isEmpty == allowed)
        state.adoptTags(from: catalog.store)
        #expect(state.services["web"]?.row.tags == (allowed ? ["theirs"] : ["v1"]))
    }

    @Test("an output that is held back is no difference")
    func deferredOutput() throws {
        var (state, catalog) = try populated()
        try catalog.apply(
            state.updateTTL("disk", status: .passing, output: "1").commands
        )
        _ = try state.updateTTL("disk", status: .passing, output: "2")
        #expect(state.difference(from: catalog.store).isEmpty)
        _ = state.flushOutput(of: "disk")
        #expect(state.difference(from: catalog.store).count == 1)
    }

    @Test("discarded output is never told")
    func discardsOutput() throws {
        var catalog = Catalog()
        try catalog.registerAsLeader()
        var state = LocalState(
            node: ownNode,
            settings: LocalStateSettings(discardsOutput: true)
        )
        try catalog.apply(state.register(ttlCheck(name: "c"), source: .http).commands)
        try catalog.apply(state.updateTTL("c", status: .passing, output: "secret").commands)
        #expect(catalog.store.check(onNode: "n1", id: "c")?.output == "")
        #expect(state.difference(from: catalog.store).isEmpty)
    }
}

@Suite("Registrations that are larger than an entry of the log go in parts")
struct LargeRegistrationTests {
    private static let limit = 1 << 20

    /// A service with so many checks, whose outputs are long; every other one fails.
    private func state(checks count: Int) throws -> LocalState {
        var state = LocalState(node: ownNode)
        let checks = (0..<count).map { ttlCheck(id: "c\($0)") }
        _ = state.register(ServiceDefinition(name: "web", port: 80, checks: checks), source: .http)
        let output = String(repeating: "x", count: 4000)
        for number in 0..<count {
            let status: CheckStatus = number % 2 == 0 ? .passing : .critical
            _ = try state.updateTTL("c\(number)", status: status, output: output)
        }
        return state
    }

    @Test("all of it arrives; what does not pass comes with the service")
    func parts() throws {
        let state = try state(checks: 300)
        var catalog = Catalog()
        try catalog.registerAsLeader()
        let commands = state.difference(from: catalog.store)
        #expect(commands.count > 1)
        for command in commands { try command.validate(upTo: Self.limit) }
        try catalog.apply([commands[0]])
        let first = try #require(catalog.store.instances(ofService: "web").value.first)
        #expect(first.checks.contains { $0.status == .critical })
        try catalog.apply(Array(commands.dropFirst()))
        #expect(state.difference(from: catalog.store).isEmpty)
    }

    @Test("a registration of few checks is one command")
    func one() throws {
        var state = LocalState(node: ownNode)
        let effects = state.register(
            ServiceDefinition(name: "web", checks: [ttlCheck(id: "a"), ttlCheck(id: "b")]),
            source: .http
        )
        #expect(effects.commands.count == 1)
    }
}
