// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Definitions
import Events
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LocalState
import Logging
import NIOCore
import NIOPosix
import Publication
import StateStore
import Synchronization
import Telemetry

@testable import HTTPAPI

/// A catalog that applies each command at once and wakes whom it concerns.
final class TestCatalog: CommandSubmitter, StateRestorer, SnapshotReader {
    private let store = Mutex(StateStore())
    let watches = WatchRegistry<WatchTopic>()

    /// The time at which commands are proposed.
    let time = Mutex(LogTime.zero)

    func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
        try apply(command)
    }

    @discardableResult
    func apply(_ command: Command) throws(SubmitError) -> CommandOutcome {
        do throws(CommandRefusal) { try command.validateLengths() } catch { throw .refused(error) }
        let time = time.withLock { $0 }
        let result: Result<(Changes, CommandOutcome), CommandRefusal> = store.withLock { store in
            var outcome = CommandOutcome(index: store.lastIndex.next)
            do throws(CommandRefusal) {
                let changes = try store.apply(
                    command,
                    at: outcome.index,
                    time: time,
                    results: &outcome.results
                )
                return .success((changes, outcome))
            } catch { return .failure(error) }
        }
        switch result {
        case .success(let (changes, outcome)):
            watches.wake(changes.topics)
            return outcome
        case .failure(let refusal): throw .refused(refusal)
        }
    }

    func snapshot() -> StateStore { store.withLock { $0 } }

    func restore(_ state: StateStore) async throws(SubmitError) -> RaftIndex {
        let index = store.withLock { store in
            var state = state
            state.becomeRestored(at: state.restorationIndex(after: store.lastIndex))
            store = state
            return state.lastIndex
        }
        watches.wakeAll()
        return index
    }
}

/// A book that the tests fill, and that notes what the server measures.
final class TestMetrics: MetricsReader, MetricsFactory {
    let book = Mutex(MetricBook(naming: MetricNaming(), now: 1_704_164_643))
    let hasPrometheus = Mutex(false)
    /// What comes from `nextReport`, in order; then the stream is over.
    let coming = Mutex<[MetricReport]>([])
    /// Label and dimensions of everything measured, in order.
    let notes = Mutex<[String]>([])

    func report() -> MetricReport { book.withLock { $0.report() } }

    func nextReport() async -> MetricReport? {
        coming.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    func prometheusText() -> String? {
        hasPrometheus.withLock { $0 } ? book.withLock { PrometheusText.text($0) } : nil
    }

    private final class Cell: CounterHandler, RecorderHandler, TimerHandler {
        let name: String
        let owner: TestMetrics

        init(_ owner: TestMetrics, _ label: String, _ dimensions: [(String, String)]) {
            self.owner = owner
            name = label + dimensions.map { ";\($0.0)=\($0.1)" }.joined()
        }

        private func note() { owner.notes.withLock { $0.append(name) } }
        func increment(by amount: Int64) { note() }
        func reset() {}
        func record(_ value: Int64) { note() }
        func record(_ value: Double) { note() }
        func recordNanoseconds(_ duration: Int64) { note() }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Cell(self, label, dimensions)
    }
    func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler { Cell(self, label, dimensions) }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Cell(self, label, dimensions)
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}

/// Notes which sessions began, were renewed, and ended.
final class TestTimers: SessionTimers {
    let begun = Mutex<[String]>([])
    let ended = Mutex<[String]>([])

    func begin(_ session: SessionRow) { begun.withLock { $0.append(session.id) } }
    func end(_ id: String) { ended.withLock { $0.append(id) } }
}

/// An agent without runners: local state whose changes go to the catalog.
final class TestControl: AgentControl {
    let identity: AgentIdentity
    private let catalog: TestCatalog
    private let state: Mutex<LocalState>
    private let registry = WatchRegistry<LocalTopic>()
    let reloadProblem = Mutex<String?>(nil)
    let measured = TestMetrics()
    let hasLeft = Mutex(false)
    let ready = Mutex(Readiness())
    let top = Mutex<TopReport?>(nil)
    let topArguments = Mutex<[String]>([])
    private let lamportTime = Mutex(UInt64(0))

    init(identity: AgentIdentity, node: NodeRow, catalog: TestCatalog) {
        self.identity = identity
        self.catalog = catalog
        state = Mutex(LocalState(node: node))
    }

    var localWatches: WatchRegistry<LocalTopic>? { registry }
    var metrics: any MetricsReader { measured }

    func localSnapshot() -> LocalSnapshot {
        state.withLock { state in
            LocalSnapshot(
                services: state.services.mapValues(\.row),
                checks: state.checks.mapValues(\.row)
            )
        }
    }

    /// A runner reports.
    func report(_ id: String, _ status: CheckStatus, _ output: String) async throws {
        try await change { $0.report(id, status: status, output: output) }
    }

    func registerService(
        _ definition: ServiceDefinition,
        replacingChecks: Bool
    ) async throws(AgentFailure) {
        try await change {
            $0.register(definition, source: .http, replacingChecks: replacingChecks)
        }
    }

    func deregisterService(id: String) async throws(AgentFailure) {
        try await change { try $0.deregisterService(id) }
    }

    func registerCheck(_ definition: CheckDefinition) async throws(AgentFailure) {
        try await change { try $0.register(definition, source: .http) }
    }

    func deregisterCheck(id: String) async throws(AgentFailure) {
        try await change { try $0.deregisterCheck(id) }
    }

    func updateTTLCheck(
        id: String,
        status: CheckStatus,
        output: String
    ) async throws(AgentFailure) {
        try await change { try $0.updateTTL(id, status: status, output: output) }
    }

    func setServiceMaintenance(
        id: String,
        enabled: Bool,
        reason: String
    ) async throws(AgentFailure) {
        try await change { try $0.setServiceMaintenance(id, enabled: enabled, reason: reason) }
    }

    func setNodeMaintenance(enabled: Bool, reason: String) async throws(AgentFailure) {
        try await change { $0.setNodeMaintenance(enabled: enabled, reason: reason) }
    }

    func reload() async throws(AgentFailure) {
        if let problem = reloadProblem.withLock({ $0 }) {
            throw AgentFailure(status: 500, message: problem)
        }
    }

    /// The lines of a log that ends with them; levels are what they are called.
    private final class Lines: LogMonitor {
        let rest: Mutex<[String]>
        init(_ lines: [String]) { rest = Mutex(lines) }
        func next() async -> String? { rest.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        func close() { rest.withLock { $0 = [] } }
    }

    func monitor(level: String, isJSON: Bool) -> (any LogMonitor)? {
        guard ["debug", "info"].contains(level) else { return nil }
        return Lines(["\(level) \(isJSON) 1\n", "2\n3\n"])
    }

    func readiness() -> Readiness { ready.withLock { $0 } }

    func topQueries(minutes: Int?, limit: Int) -> TopReport? {
        topArguments.withLock { $0.append("\(minutes ?? 0) \(limit)") }
        return top.withLock { $0 }
    }

    func resetTopQueries() { topArguments.withLock { $0.append("reset") } }

    func leave() async { hasLeft.withLock { $0 = true } }

    func explainDNS(name: String, type: String) throws(AgentFailure) -> DNSExplanation {
        DNSExplanation(name: name, type: type, route: "catalog: service", code: "NXDOMAIN")
    }

    let events = EventBoard()

    /// Sends at Lamport time 1, then 2, …, to this agent alone.
    func fire(_ event: UserEvent) async throws(AgentFailure) {
        var event = event
        event.lamportTime = lamportTime.withLock {
            $0 += 1
            return $0
        }
        let services = localSnapshot().services.values.map {
            EventFilter.Service(name: $0.name, tags: $0.tags)
        }
        events.receive(event, node: identity.nodeName, services: services)
    }

    private func change(
        _ body: @Sendable (inout LocalState) throws -> LocalEffects
    ) async throws(AgentFailure) {
        let effects: LocalEffects
        do {
            effects = try state.withLock { try body(&$0) }
            for command in effects.commands { try catalog.apply(command) }
        } catch let error as LocalStateError {
            throw AgentFailure(status: error.status, message: error.message)
        } catch {
            throw AgentFailure(status: 500, message: "\(error)")
        }
        registry.wake(effects.changedServices.map { .service($0) })
    }
}

/// A reply, easy to look at.
struct Reply: Sendable {
    var status: Int
    var headers: HTTPFields
    var text: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
    }

    /// A header by its name.
    subscript(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    var index: UInt64 { self["X-Consul-Index"].flatMap { UInt64($0) } ?? 0 }

    /// The body as JSON; null when it is none.
    var json: JSONValue { (try? JSONParser.parse(Array(text.utf8))) ?? .null }
}

extension JSONValue {
    /// A member of an object; null when it is not there.
    subscript(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.first { $0.name == name }?.value ?? .null
    }

    /// An element of an array; null when it is not there.
    subscript(_ position: Int) -> JSONValue {
        guard case .array(let elements) = self, elements.indices.contains(position) else {
            return .null
        }
        return elements[position]
    }

    /// The names of an object's members, in order.
    var names: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.name)
    }

    var count: Int {
        switch self {
        case .array(let elements): elements.count
        case .object(let members): members.count
        default: 0
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .number(String(value)) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

/// The API of an agent `n1` in `dc1`, driven through the router without a socket.
struct TestAPI: Sendable {
    static let nodeID = "0f1e0000-0000-4000-8000-000000000001"
    static let node = NodeRow(
        name: "n1",
        id: nodeID,
        address: "10.0.0.5",
        taggedAddresses: ["lan": "10.0.0.5", "lan_ipv4": "10.0.0.5"],
        meta: ["consul-network-segment": ""]
    )

    let client: any TestClientProtocol
    let catalog: TestCatalog
    let control: TestControl
    let timers: TestTimers
    let server: HTTPServer
    /// What the routes looked at and answered.
    let record: APIRecord

    static func identity(development: Bool = false, scripts: Bool = false) -> AgentIdentity {
        AgentIdentity(
            datacenter: "dc1",
            nodeName: "n1",
            nodeID: nodeID,
            advertiseAddress: "10.0.0.5",
            isDevelopment: development,
            compatibleVersion: "1.21.4",
            version: "0.1.0",
            meta: ["rack": "7"],
            debugConfiguration: ["datacenter": "dc1"],
            scriptChecksEnabled: scripts
        )
    }

    /// Runs a test against a fresh agent whose node, `serfHealth` and service `consul` are in the
    /// catalog at index 1.
    static func run(
        identity: AgentIdentity = identity(),
        configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        _ test: @Sendable (TestAPI) async throws -> Void
    ) async throws {
        let catalog = TestCatalog()
        try catalog.apply(
            .register(
                Registration(
                    node: node,
                    service: ServiceRow(
                        node: "n1",
                        id: "consul",
                        name: "consul",
                        meta: [:],
                        port: 8300
                    ),
                    checks: [
                        CheckRow(
                            node: "n1",
                            id: "serfHealth",
                            name: "Serf Health Status",
                            status: .passing,
                            output: "Agent alive and reachable"
                        )
                    ]
                )
            )
        )
        let control = TestControl(identity: identity, node: node, catalog: catalog)
        var configuration = HTTPServerConfiguration(addresses: [.ip("127.0.0.1", port: 0)])
        configure(&configuration)
        let timers = TestTimers()
        var server = HTTPServer(
            configuration: configuration,
            control: control,
            submitter: catalog,
            snapshots: catalog,
            watches: catalog.watches,
            sessionTimers: timers,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            metrics: control.measured,
            logger: quietLogger()
        )
        // What the routes look at and answer must stand in docs/api/openapi.json.
        let record = APIRecord()
        server.parameterProbe = { record.note(look: $2, $0, $1) }
        let application = server.application(
            for: HTTPListener(address: .ip("127.0.0.1", port: 0))
        )
        let complete = server
        try await application.test(.router) { client in
            try await test(
                TestAPI(
                    client: client,
                    catalog: catalog,
                    control: control,
                    timers: timers,
                    server: complete,
                    record: record
                )
            )
        }
        try record.expectDeclared()
    }

    static func quietLogger() -> Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    func send(
        _ method: HTTPRequest.Method,
        _ uri: String,
        _ body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Reply {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let reply = Reply(
            try await client.execute(
                uri: uri,
                method: method,
                headers: fields,
                body: body.map { ByteBuffer(string: $0) }
            )
        )
        record.note(status: reply.status, method, uri)
        return reply
    }

    func get(_ uri: String, headers: [String: String] = [:]) async throws -> Reply {
        try await send(.get, uri, headers: headers)
    }

    @discardableResult
    func put(_ uri: String, _ body: String? = nil) async throws -> Reply {
        try await send(.put, uri, body)
    }

    /// The catalog content that the cases from API-163 on build upon.
    func registerExternal() async throws {
        let reply = try await put(
            "/v1/catalog/register",
            """
            {"Node":"ext1","Address":"127.0.0.50","NodeMeta":{"z":"1"},
             "Service":{"Service":"xs","ID":"xs1","Tags":["t1","T2"],"Port":9},
             "Check":{"CheckID":"k1","Name":"k1","Status":"warning","ServiceID":"xs1"}}
            """
        )
        precondition(reply.text == "true", "the fixture was refused: \(reply.text)")
    }

    /// Starts a blocking read and lets `change` act once it waits.
    func blocked(
        _ uri: String,
        then change: @Sendable () async throws -> Void
    ) async throws -> Reply {
        let waits = server.waits
        let before = waits.count
        return try await withThrowingTaskGroup(of: Reply.self) { group in
            group.addTask { try await get(uri) }
            while waits.count == before { await Task.yield() }
            try await change()
            guard let reply = try await group.next() else { preconditionFailure("no reply") }
            return reply
        }
    }
}
