// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import HealthChecks
import Logging
import NIOCore
import NIOPosix
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
    _ body: (CheckSupervisor, Reports) async throws -> Void
) async throws {
    let (stream, continuation) = AsyncStream<Heard>.makeStream()
    let supervisor = CheckSupervisor(
        configuration: configuration,
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
            supervisor.localHealthChanged(local)
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
            supervisor.localHealthChanged(local)
            let text = "Aliased check \"w\" failing: x"
            #expect(await reports.next() == Heard(id: "a", status: .critical, output: text))
        }
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
            let grpc = definition {
                $0.grpc = "127.0.0.1:1"
                $0.interval = .seconds(1)
            }
            #expect(throws: CheckRefusal.notYetSupported(.grpc)) {
                try supervisor.add(grpc, id: "c1", initial: .critical, scriptsAllowed: false)
            }
            #expect(throws: CheckRefusal.notYetSupported(.grpc)) {
                try supervisor.verify(grpc, scriptsAllowed: false)
            }
            let remote = definition { $0.aliasNode = "n2" }
            #expect(throws: CheckRefusal.remoteAliasNotYetSupported(node: "n2")) {
                try supervisor.add(remote, id: "c1", initial: .critical, scriptsAllowed: false)
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
