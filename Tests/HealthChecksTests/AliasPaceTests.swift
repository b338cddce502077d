// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Locking
import NIOCore
import Synchronization
import Testing

@testable import HealthChecks

@Suite("How often aliases look", .timeLimit(.minutes(2)))
struct AliasPaceTests {
    @Test(
        "few checks are looked at after each change, many not more often than their number allows"
    )
    func pace() {
        var pace = AliasPace()
        let now = Duration.seconds(1000)
        for _ in 0..<400 { #expect(pace.wait(for: 10, at: now) == nil) }
        // 80 ms are taken; what is over the 100 comes later.
        #expect(pace.wait(for: 5000, at: now) == nil)
        #expect(pace.wait(for: 5000, at: now) == now + .milliseconds(80))
        #expect(pace.wait(for: 5000, at: now + .milliseconds(79)) != nil)
        #expect(pace.wait(for: 5000, at: now + .milliseconds(80)) == nil)
        // What was not taken is not saved up.
        #expect(pace.wait(for: 5000, at: now + .seconds(60)) == nil)
        #expect(pace.wait(for: 5000, at: now + .seconds(60)) == nil)
        #expect(pace.wait(for: 5000, at: now + .seconds(60)) != nil)
    }

    @Test("thousands of aliases that come one after another are looked at together")
    func many() async throws {
        let count = 5000
        let alias = definition { $0.aliasService = "web" }
        // What the agent has, and how often it was asked.
        let checks = Mutex<(checks: [LocalHealth.Check], questions: Int)>(([], 0))
        let health: @Sendable () -> LocalHealth = {
            checks.withLock { contents in
                contents.questions += 1
                return LocalHealth(serviceIDs: ["web"], checks: contents.checks)
            }
        }
        try await withSupervisor { supervisor, reports in
            // A look at one check is enough for a second.
            supervisor.state.withLock { $0.pace.timePerCheck = .seconds(1) }
            let start = ContinuousClock.now
            for index in 0..<count {
                checks.withLock {
                    $0.checks.append(
                        LocalHealth.Check(
                            id: "\(index)",
                            name: "",
                            serviceID: "",
                            state: CheckResult(.critical, output: "")
                        )
                    )
                }
                try supervisor.add(
                    alias,
                    id: "\(index)",
                    initial: .critical,
                    scriptsAllowed: false
                )
                supervisor.localHealthChanged(health)
            }
            let seconds = Int((ContinuousClock.now - start) / .seconds(1))
            let looked = supervisor.state.withLock { $0.checksLookedAt }
            #expect(looked <= count + seconds + 2, "\(looked) in \(seconds) s")
            #expect(checks.withLock { $0.questions } <= seconds + 3)
            // In the end each of them has looked.
            supervisor.state.withLock { state in
                state.pace = AliasPace()
                state.nextLook?.cancel()
                state.nextLook = nil
            }
            supervisor.localHealthChanged(health)
            var passing: Set<String> = []
            while passing.count < count, let heard = await reports.next() {
                if heard.status == .passing { passing.insert(heard.id) }
            }
            #expect(passing.count == count)
        }
    }

    @Test("a look that has to wait comes by itself")
    func late() async throws {
        try await withSupervisor { supervisor, reports in
            let alias = definition { $0.aliasService = "web" }
            // The first look takes until later.
            supervisor.state.withLock { $0.pace.timePerCheck = .milliseconds(150) }
            try supervisor.add(alias, id: "a", initial: .passing, scriptsAllowed: false)
            let missing = "Service web could not be found on node n1"
            #expect(await reports.next() == Heard(id: "a", status: .critical, output: missing))
            supervisor.localHealthChanged { LocalHealth() }
            supervisor.localHealthChanged { LocalHealth(serviceIDs: ["web"]) }
            let none = "No checks found."
            #expect(await reports.next() == Heard(id: "a", status: .passing, output: none))
        }
    }
}
