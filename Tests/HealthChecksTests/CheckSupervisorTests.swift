// SPDX-License-Identifier: Apache-2.0
import Checks
import CoreMetrics
import Definitions
import HealthChecks
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// What a supervisor told.
struct Heard: Hashable, Sendable {
    var id: String
    var status: CheckStatus
    var output: String
}

/// The reports of a supervisor, one after another.
struct Reports: Sendable {
    let stream: AsyncStream<Heard>

    func next() async -> Heard? {
        for await heard in stream { return heard }
        return nil
    }
}

/// Runs a supervisor around a test; the stream carries its reports.
func withSupervisor(
    _ configuration: CheckConfiguration = CheckConfiguration(nodeName: "n1"),
    catalog: any CatalogHealth = FakeCatalog(),
    metrics: any MetricsFactory = NOOPMetricsHandler.instance,
    _ body: (CheckSupervisor, Reports) async throws -> Void
) async throws {
    let (stream, continuation) = AsyncStream<Heard>.makeStream()
    let supervisor = CheckSupervisor(
        configuration: configuration,
        catalog: catalog,
        metrics: metrics,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        report: { id, status, output in
            continuation.yield(Heard(id: id, status: status, output: output))
        },
        deregister: { _ in }
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await supervisor.run() }
        try await body(supervisor, Reports(stream: stream))
        group.cancelAll()
    }
}

/// A catalog of one node, of which a test tells.
final class FakeCatalog: CatalogHealth {
    private let news = AsyncStream<RemoteHealth>.makeStream()
    private let end = AsyncStream<Void>.makeStream()

    func follow(node: String, tell: @escaping @Sendable (RemoteHealth) -> Void) async {
        tell(RemoteHealth(isNodeKnown: false, health: LocalHealth()))
        for await health in news.stream { tell(health) }
        end.continuation.finish()
    }

    /// Tells of a change.
    func tell(_ health: RemoteHealth) { news.continuation.yield(health) }

    /// Waits until nobody follows any more.
    func ended() async { for await _ in end.stream {} }
}

/// Notes which timers were used.
final class RecordedMetrics: MetricsFactory {
    let seen = Mutex<Set<String>>([])

    private final class Handler: TimerHandler, CounterHandler {
        private let name: String
        private let owner: RecordedMetrics

        init(name: String, owner: RecordedMetrics) {
            self.name = name
            self.owner = owner
        }

        func recordNanoseconds(_ duration: Int64) {
            owner.seen.withLock { _ = $0.insert(name) }
        }

        func increment(by amount: Int64) { owner.seen.withLock { _ = $0.insert(name) } }
        func reset() {}
    }

    private func handler(_ label: String, _ dimensions: [(String, String)]) -> Handler {
        Handler(
            name: ([label] + dimensions.map { "\($0.0)=\($0.1)" }).joined(separator: " "),
            owner: self
        )
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        handler(label, dimensions)
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        handler(label, dimensions)
    }

    func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler { NOOPMetricsHandler.instance }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}

func definition(_ define: (inout CheckDefinition) -> Void) -> CheckDefinition {
    var definition = CheckDefinition()
    define(&definition)
    return definition
}

@Suite("The check supervisor")
struct CheckSupervisorTests {
    let ttl = definition { $0.ttl = .seconds(600) }

    @Test("API-132 reports what clients say of TTL checks, once")
    func ttlUpdates() async throws {
        try await withSupervisor { supervisor, reports in
            try supervisor.add(ttl, id: "c1", initial: .critical, scriptsAllowed: false)
            try supervisor.updateTTL(id: "c1", status: .passing, output: "fine")
            #expect(await reports.next() == Heard(id: "c1", status: .passing, output: "fine"))
            try supervisor.updateTTL(id: "c1", status: .passing, output: "fine")
            try supervisor.updateTTL(id: "c1", status: .passing, output: "held back")
            #expect(supervisor.states["c1"] == CheckResult(.passing, output: "held back"))
            try supervisor.updateTTL(id: "c1", status: .warning, output: "hm")
            #expect(await reports.next() == Heard(id: "c1", status: .warning, output: "hm"))
        }
    }

    @Test("API-140 a TTL check expires")
    func expiry() async throws {
        try await withSupervisor { supervisor, reports in
            let short = definition { $0.ttl = .milliseconds(50) }
            try supervisor.add(
                short,
                id: "c1",
                initial: .passing,
                initialOutput: "alive",
                scriptsAllowed: false
            )
            let text = "TTL expired (last output before timeout follows): alive"
            #expect(await reports.next() == Heard(id: "c1", status: .critical, output: text))
        }
    }

    @Test("runs TCP and script checks, added before and while it runs, and forgets removed ones")
    func polled() async throws {
        let listener = try await startListener()
        let port = try #require(listener.localAddress?.port)
        try await withSupervisor { supervisor, reports in
            let tcp = definition {
                $0.tcp = "127.0.0.1:\(port)"
                $0.interval = .seconds(1)
            }
            let script = definition {
                $0.args = ["/bin/sh", "-c", "echo out; exit 1"]
                $0.interval = .seconds(1)
            }
            try supervisor.add(tcp, id: "t", initial: .critical, scriptsAllowed: false)
            try supervisor.add(script, id: "s", initial: .critical, scriptsAllowed: true)
            var heard: Set<Heard> = []
            for _ in 0..<2 { heard.insert(try #require(await reports.next())) }
            let success = "TCP connect 127.0.0.1:\(port): Success"
            #expect(
                heard == [
                    Heard(id: "t", status: .passing, output: success),
                    Heard(id: "s", status: .warning, output: "out\n"),
                ]
            )
            supervisor.remove(id: "s")
            #expect(supervisor.states.keys.sorted() == ["t"])
            try await listener.close()
            #expect(await reports.next()?.status == .critical)
        }
    }

    @Test("HTTP checks run again and again, and report what has changed")
    func http() async throws {
        let server = try await startHTTPServer(HTTPRecord())
        let url = "http://127.0.0.1:\(try #require(server.localAddress?.port))/200"
        try await withSupervisor { supervisor, reports in
            let http = definition {
                $0.http = url
                $0.interval = .seconds(1)
            }
            try supervisor.add(http, id: "h", initial: .critical, scriptsAllowed: false)
            let text = "HTTP GET \(url): 200 OK Output: hi"
            #expect(await reports.next() == Heard(id: "h", status: .passing, output: text))
            try await server.close()
            #expect(await reports.next()?.status == .critical)
        }
    }

    @Test("an HTTP check that runs is called off when it is removed, and at the end")
    func httpCalledOff() async throws {
        let connections = Connections()
        let server = try await startRawServer("", then: .open, connections)
        let port = try #require(server.localAddress?.port)
        try await withSupervisor { supervisor, _ in
            let http = definition {
                $0.http = "http://127.0.0.1:\(port)/"
                $0.interval = .seconds(1)
                $0.timeout = .seconds(3600)
            }
            try supervisor.add(http, id: "h", initial: .critical, scriptsAllowed: false)
            await connections.request()
            supervisor.remove(id: "h")
            await connections.end()
            try supervisor.add(http, id: "h", initial: .critical, scriptsAllowed: false)
            await connections.request()
        }
        await connections.end()
        try await server.close()
    }

    @Test("many checks at once share the threads there are")
    func many() async throws {
        let listener = try await startListener()
        let port = try #require(listener.localAddress?.port)
        try await withSupervisor { supervisor, reports in
            let tcp = definition {
                $0.tcp = "127.0.0.1:\(port)"
                $0.interval = .seconds(1)
            }
            for index in 0..<200 {
                try supervisor.add(tcp, id: "\(index)", initial: .critical, scriptsAllowed: false)
            }
            var passing: Set<String> = []
            while passing.count < 200, let heard = await reports.next() {
                if heard.status == .passing { passing.insert(heard.id) }
            }
            #expect(passing.count == 200)
        }
        try await listener.close()
    }

    @Test("API-141 alias checks follow what the agent tells")
    func aliases() async throws {
        try await withSupervisor { supervisor, reports in
            let alias = definition { $0.aliasService = "web" }
            var local = LocalHealth(serviceIDs: ["web"])
            supervisor.localHealthChanged { [local] in local }
            try supervisor.add(alias, id: "a", initial: .critical, scriptsAllowed: false)
            let none = Heard(id: "a", status: .passing, output: "No checks found.")
            #expect(await reports.next() == none)
            local.checks = [
                LocalHealth.Check(
                    id: "w",
                    name: "w",
                    serviceID: "web",
                    state: CheckResult(.critical, output: "x")
                )
            ]
            supervisor.localHealthChanged { [local] in local }
            let text = "Aliased check \"w\" failing: x"
            #expect(await reports.next() == Heard(id: "a", status: .critical, output: text))
        }
    }

    @Test("aliases of other nodes follow the catalog until they are removed")
    func remoteAliases() async throws {
        let catalog = FakeCatalog()
        try await withSupervisor(catalog: catalog) { supervisor, reports in
            let alias = definition {
                $0.aliasNode = "n2"
                $0.aliasService = "web"
            }
            try supervisor.add(alias, id: "a", initial: .critical, scriptsAllowed: false)
            let missing = "Service web could not be found on node n2"
            #expect(await reports.next() == Heard(id: "a", status: .critical, output: missing))
            // What this agent has does not matter to it.
            supervisor.localHealthChanged { LocalHealth(serviceIDs: ["web"]) }
            catalog.tell(RemoteHealth(isNodeKnown: true, health: LocalHealth(serviceIDs: ["web"])))
            let none = "No checks found."
            #expect(await reports.next() == Heard(id: "a", status: .passing, output: none))
            supervisor.remove(id: "a")
            await catalog.ended()
            // An alias of the own node is one of this agent, however the name is spelled.
            let own = definition {
                $0.aliasNode = "N1"
                $0.aliasService = "web"
            }
            try supervisor.add(own, id: "b", initial: .critical, scriptsAllowed: false)
            #expect(await reports.next() == Heard(id: "b", status: .passing, output: none))
        }
    }

    @Test("runs are counted and timed by kind and status, and how late they begin")
    func meters() async throws {
        let listener = try await startListener()
        let port = try #require(listener.localAddress?.port)
        let metrics = RecordedMetrics()
        try await withSupervisor(metrics: metrics) { supervisor, reports in
            let tcp = definition {
                $0.tcp = "127.0.0.1:\(port)"
                $0.interval = .seconds(1)
            }
            try supervisor.add(tcp, id: "t", initial: .critical, scriptsAllowed: false)
            _ = await reports.next()
        }
        #expect(
            metrics.seen.withLock { $0 } == [
                "waypost.check.lateness", "waypost.check.run kind=tcp status=passing",
                "waypost.check.runs kind=tcp result=passing",
            ]
        )
        try await listener.close()
    }

    @Test("refuses what it cannot run, and leaves the check there was")
    func refusals() async throws {
        try await withSupervisor { supervisor, _ in
            try supervisor.add(ttl, id: "c1", initial: .passing, scriptsAllowed: false)
            let script = definition {
                $0.args = ["true"]
                $0.interval = .seconds(1)
            }
            #expect(throws: CheckRefusal.scriptsDisabled) {
                try supervisor.add(script, id: "c1", initial: .critical, scriptsAllowed: false)
            }
            let docker = definition {
                $0.dockerContainerID = "web"
                $0.args = ["true"]
                $0.interval = .seconds(1)
            }
            #expect(throws: CheckRefusal.scriptsDisabled) {
                try supervisor.add(docker, id: "c1", initial: .critical, scriptsAllowed: false)
            }
            #expect(throws: CheckRefusal.scriptsDisabled) {
                try supervisor.verify(docker, scriptsAllowed: false)
            }
            #expect(throws: CheckRefusal.unknownCheck(id: "x")) {
                try supervisor.updateTTL(id: "x", status: .passing, output: "")
            }
            #expect(throws: CheckRefusal.invalidStatus("bogus")) {
                try supervisor.updateTTL(
                    id: "c1",
                    status: CheckStatus(rawValue: "bogus"),
                    output: ""
                )
            }
            #expect(supervisor.states["c1"]?.status == .passing)
        }
    }
}
