// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import HealthChecks
import Logging
import NIOPosix
import Synchronization
import Testing

/// An agent as far as aliases see it: it takes reports, and tells the supervisor what they changed.
private final class Loop: Sendable {
    private struct Contents {
        var health = LocalHealth(serviceIDs: ["a", "b"])
        var supervisor: CheckSupervisor?
        var heard: [Heard] = []
    }

    private let contents = Mutex(Contents())
    private let ends = AsyncStream<Void>.makeStream()

    func attach(_ supervisor: CheckSupervisor) {
        contents.withLock { $0.supervisor = supervisor }
    }

    /// Registers a check, or gives it another state.
    func set(_ id: String, at service: String, _ state: CheckResult) {
        let (supervisor, health) = contents.withLock { contents in
            contents.health.checks.removeAll { $0.id == id }
            contents.health.checks.append(
                LocalHealth.Check(id: id, name: id, serviceID: service, state: state)
            )
            return (contents.supervisor, contents.health)
        }
        supervisor?.localHealthChanged { health }
    }

    /// Hears a report, as the agent does: when this returns, whoever follows has been told.
    func hear(_ heard: Heard) {
        if heard.id == "end" {
            ends.continuation.yield()
            return
        }
        let place = contents.withLock { contents in
            contents.heard.append(heard)
            return contents.health.checks.first { $0.id == heard.id }?.serviceID
        }
        if let place {
            set(heard.id, at: place, CheckResult(heard.status, output: heard.output))
        }
    }

    /// The last word of each since the last time, and how many words there were, once everything that
    /// follows from what was done has been heard.
    func rest() async -> (last: [String: Heard], count: Int) {
        // Reports come one after another: what is told now is heard after what was told before.
        for index in 0..<4 {
            try? contents.withLock { $0.supervisor }?.updateTTL(
                id: "end",
                status: index % 2 == 0 ? .warning : .passing,
                output: "\(index)"
            )
            for await _ in ends.stream { break }
        }
        let heard = contents.withLock { contents in
            defer { contents.heard = [] }
            return contents.heard
        }
        return (Dictionary(heard.map { ($0.id, $0) }) { $1 }, heard.count)
    }
}

@Suite("Aliases that look at each other", .timeLimit(.minutes(1)))
struct AliasLoopTests {
    /// Both at the node, each within the service that the other follows, and each within its own.
    @Test(
        "come to rest after each change, and say no more than others may",
        arguments: [["", ""], ["b", "a"], ["a", "b"]]
    )
    func rest(places: [String]) async throws {
        let agent = Loop()
        let supervisor = CheckSupervisor(
            // As an agent has it: the local state hears all at once.
            configuration: CheckConfiguration(updateInterval: .zero, nodeName: "n1"),
            catalog: FakeCatalog(),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            report: { agent.hear(Heard(id: $0, status: $1, output: $2)) },
            deregister: { _ in }
        )
        agent.attach(supervisor)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await supervisor.run() }
            let ttl = definition { $0.ttl = .seconds(3600) }
            try supervisor.add(ttl, id: "end", initial: .passing, scriptsAllowed: false)
            agent.set("ttl-a", at: "a", CheckResult(.passing, output: ""))
            agent.set("ttl-b", at: "b", CheckResult(.passing, output: ""))
            for (service, place) in zip(["a", "b"], places) {
                let alias = definition { $0.aliasService = service }
                let id = "alias-\(service)"
                agent.set(id, at: place, CheckResult(.critical, output: ""))
                try supervisor.add(alias, id: id, initial: .critical, scriptsAllowed: false)
            }
            func heard(_ status: CheckStatus, _ ids: Set<String>) async {
                let (last, count) = await agent.rest()
                #expect(Set(last.keys) == ids)
                #expect(last.values.allSatisfy { $0.status == status })
                // What "captured … of … bytes" takes comes on top.
                #expect(last.values.allSatisfy { $0.output.utf8.count < 4096 + 60 })
                #expect(count <= 4, "\(count) reports")
            }
            await heard(.passing, ["alias-a", "alias-b"])
            let both: Set = places == ["a", "b"] ? ["alias-a"] : ["alias-a", "alias-b"]
            let long = String(repeating: "x", count: 4096)
            agent.set("ttl-a", at: "a", CheckResult(.critical, output: long))
            await heard(.critical, both)
            agent.set("ttl-a", at: "a", CheckResult(.passing, output: ""))
            await heard(.passing, both)
            group.cancelAll()
        }
    }
}
