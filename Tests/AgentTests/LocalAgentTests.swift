// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import Definitions
import HTTPAPI
import LocalState
import Logging
import Replication
import StateStore
import Testing

@testable import Agent

/// The agent's own services against a real apply thread, without sockets.
@Suite("Local services reach the catalog", .serialized)
struct LocalAgentTests {
    private let machine: StateMachine
    private let local: LocalAgent

    init() throws {
        let settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "agent1"
        )
        machine = StateMachine(settings: settings, zones: ZoneSet())
        local = LocalAgent(
            state: LocalState(node: NodeRow(name: "agent1", address: "127.0.0.1")),
            scripts: .init(remote: false, local: false),
            submitter: machine,
            snapshots: machine,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func ports(of service: String) -> [Int] {
        machine.snapshot().instances(ofService: service).value.map(\.service.port)
    }

    @Test("a change is in the catalog when it returns, and gone when its removal returns")
    func readYourWrite() async throws {
        for port in 1...20 {
            try await local.change {
                $0.register(ServiceDefinition(name: "web", port: port), source: .http)
            }
            #expect(ports(of: "web") == [port])
        }
        try await local.change { try $0.deregisterService("web") }
        #expect(ports(of: "web") == [])
        machine.stop()
    }

    @Test("changes from many callers end in the catalog as the local state ends")
    func concurrent() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for port in 1...60 {
                group.addTask {
                    try await local.change {
                        $0.register(
                            ServiceDefinition(id: "s\(port % 7)", name: "web", port: port),
                            source: .http
                        )
                    }
                }
            }
            try await group.waitForAll()
        }
        let state = local.read()
        #expect(state.difference(from: machine.snapshot()).isEmpty)
        let wanted = state.services.values.map(\.row.port).sorted()
        #expect(ports(of: "web").sorted() == wanted && wanted.count == 7)
        machine.stop()
    }

    @Test("what no catalog would take is refused before anything is changed")
    func refusedBefore() async throws {
        var check = CheckDefinition()
        check.ttl = .seconds(10)
        // The ID that is made of it is longer than a name may be.
        let long = ServiceDefinition(name: String(repeating: "x", count: 1017), checks: [check])
        #expect(throws: SubmitError.self) {
            try local.verify { $0.register(long, source: .http) }
        }
        let tags = (0..<600_000).map { "tag-number-\($0)" }
        let large = ServiceDefinition(name: "large", tags: tags)
        #expect(throws: SubmitError.tooLarge(limit: StateMachine.commandLimit)) {
            try local.verify { $0.register(large, source: .http) }
        }
        try local.verify {
            $0.register(ServiceDefinition(name: "web", checks: [check]), source: .http)
        }
        #expect(local.read().services.isEmpty)
        machine.stop()
    }

    /// A catalog behind a log whose entries have little room for tags.
    private struct NarrowLog: CommandSubmitter {
        static let limit = 1000
        let machine: StateMachine

        func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
            try command.validate(upTo: Self.limit)
            return try await machine.perform(command)
        }
    }

    @Test(
        "a registration that is not taken keeps no other from the catalog, nor the agent from its start"
    )
    func refusedAmongOthers() async throws {
        let local = LocalAgent(
            state: local.read(),
            scripts: .init(remote: false, local: false),
            submitter: NarrowLog(machine: machine),
            snapshots: machine,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let large = ServiceDefinition(name: "a", tags: [String(repeating: "x", count: 2000)])
        let web = ServiceDefinition(name: "web", port: 80)
        try await local.start(services: [large, web], checks: [])
        #expect(ports(of: "a") == [] && ports(of: "web") == [80])
        await #expect(throws: SubmitError.tooLarge(limit: NarrowLog.limit)) {
            try await local.synchronize()
        }
        machine.stop()
    }

    /// A catalog that refuses one check, alone and among others.
    private struct Picky: CommandSubmitter {
        let machine: StateMachine

        func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
            if case .register(let registration) = command,
                registration.checks.contains(where: { $0.id == "c" })
            {
                throw .refused(.invalid("not c"))
            }
            return try await machine.perform(command)
        }
    }

    @Test(
        "a change that is refused is told as refused, also where the catalog lacks others beside it"
    )
    func refusedInCompany() async throws {
        let local = LocalAgent(
            state: local.read(),
            scripts: .init(remote: false, local: false),
            submitter: Picky(machine: machine),
            snapshots: machine,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        func register(_ id: String) async throws {
            var check = CheckDefinition()
            check.id = id
            check.ttl = .seconds(10)
            let definition = check
            try await local.change { try $0.register(definition, source: .http) }
        }
        try await register("a")
        try await register("b")
        _ = try await machine.submit(.deregister(Deregistration(node: "agent1")))
        await #expect(throws: SubmitError.refused(.invalid("not c"))) { try await register("c") }
        machine.stop()
    }

    /// A catalog that cannot be told anything.
    private struct Closed: CommandSubmitter {
        let error: SubmitError

        func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
            throw error
        }
    }

    @Test(
        "a change that the catalog cannot be told is made all the same, and its refusal says so",
        arguments: [
            (
                SubmitError.storageFull, 503,
                "no space is left on the disk of data_dir: this agent has the change and keeps it, "
                    + "the catalog is told once there is space"
            ),
            (
                .overloaded, 503,
                "too many writes at once: this agent has the change and keeps it, "
                    + "the catalog is told later"
            ),
            (
                .notWritten("i/o error"), 500,
                "i/o error: this agent has the change and keeps it, the catalog is told later"
            ),
            (
                .stopped, 503,
                "the agent is stopping: it has the change, the catalog was not told"
            ),
        ]
    )
    func untold(error: SubmitError, status: Int, message: String) async throws {
        let local = LocalAgent(
            state: local.read(),
            scripts: .init(remote: false, local: false),
            submitter: Closed(error: error),
            snapshots: machine,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let thrown = await #expect(throws: SubmitError.self) {
            try await local.change {
                $0.register(ServiceDefinition(name: "web", port: 80), source: .http)
            }
        }
        let failure = AgentFailure(ofChange: try #require(thrown))
        #expect(failure == AgentFailure(status: status, message: message))
        #expect(local.read().services.keys.sorted() == ["web"])
        machine.stop()
    }

    @Test("a change that builds on what the catalog has lost brings that back")
    func lostBase() async throws {
        try await local.change {
            $0.register(ServiceDefinition(name: "web", port: 80), source: .http)
        }
        _ = try await machine.submit(.deregister(Deregistration(node: "agent1")))
        var check = CheckDefinition()
        check.id = "c"
        check.serviceID = "web"
        check.ttl = .seconds(10)
        let definition = check
        try await local.change { try $0.register(definition, source: .http) }
        #expect(ports(of: "web") == [80])
        #expect(machine.snapshot().check(onNode: "agent1", id: "c") != nil)
        machine.stop()
    }

    @Test("what others took out of the catalog comes back, what they put in goes")
    func antiEntropy() async throws {
        try await local.change {
            $0.register(ServiceDefinition(name: "web", port: 80), source: .http)
        }
        _ = try await machine.submit(
            .deregister(Deregistration(node: "agent1", serviceID: "web"))
        )
        let foreign = ServiceRow(node: "agent1", id: "x", name: "x", port: 1)
        _ = try await machine.submit(
            .register(
                Registration(
                    node: NodeRow(name: "agent1", address: "127.0.0.1"),
                    skipNodeUpdate: true,
                    service: foreign
                )
            )
        )
        #expect(ports(of: "web") == [] && ports(of: "x") == [1])
        #expect(try await local.synchronize() == 2)
        #expect(ports(of: "web") == [80] && ports(of: "x") == [])
        #expect(try await local.synchronize() == 0)
        machine.stop()
    }

    @Test("a refused change changes nothing")
    func refused() async throws {
        await #expect(throws: LocalStateError.unknownService("nope")) {
            try await local.change { try $0.deregisterService("nope") }
        }
        #expect(machine.snapshot().lastIndex == .zero)
        machine.stop()
    }

    @Test("a stopped agent says so instead of waiting")
    func stopped() async throws {
        machine.stop()
        await #expect(throws: SubmitError.stopped) {
            try await local.change {
                $0.register(ServiceDefinition(name: "web"), source: .http)
            }
        }
    }
}
