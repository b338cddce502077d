// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Testing

/// Always the same number, so that jitter is a known part of its range.
struct Fixed: RandomNumberGenerator {
    var value: UInt64

    mutating func next() -> UInt64 { value }
}

/// A machine with its clock and generator at hand.
struct Rig {
    var machine: CheckMachine
    var generator = Fixed(value: 1 << 63)

    init(
        initial: CheckStatus = .critical,
        output: String = "",
        reporting: CheckMachine.Reporting = .init(),
        _ define: (inout CheckDefinition) -> Void
    ) throws {
        var definition = CheckDefinition()
        define(&definition)
        let plan = try CheckPlan(definition, outputMaxSize: 4096)
        machine = CheckMachine(
            plan: plan,
            initial: CheckResult(initial, output: output),
            reporting: reporting
        )
    }

    mutating func start(_ now: Int = 0) -> [CheckEffect] {
        machine.start(at: .seconds(now), using: &generator)
    }

    mutating func fire(_ timer: CheckTimer, _ now: Int) -> [CheckEffect] {
        machine.fire(timer, at: .seconds(now), using: &generator)
    }

    mutating func finish(_ status: CheckStatus, _ output: String, _ now: Int) -> [CheckEffect] {
        machine.finish(
            CheckResult(status, output: output),
            at: .seconds(now),
            using: &generator
        )
    }

    mutating func update(_ status: CheckStatus, _ output: String, _ now: Int) -> [CheckEffect] {
        machine.update(
            CheckResult(status, output: output),
            at: .seconds(now),
            using: &generator
        )
    }

    /// One whole run of a polled check, the run timer due at `now`; what was reported.
    mutating func run(_ status: CheckStatus, _ output: String, _ now: Int) -> [CheckEffect] {
        let started = fire(.run, now)
        #expect(started == [.run])
        return finish(status, output, now).filter {
            if case .schedule(.run, _) = $0 { false } else { true }
        }
    }
}

func report(_ status: CheckStatus, _ output: String) -> CheckEffect {
    .report(CheckResult(status, output: output))
}

@Suite("A polled check")
struct PolledCheckTests {
    func tcp(_ definition: inout CheckDefinition) {
        definition.tcp = "127.0.0.1:1"
        definition.interval = .seconds(10)
    }

    @Test("runs first after a random part of its interval")
    func firstRun() throws {
        var rig = try Rig(tcp)
        #expect(rig.start(100) == [.schedule(.run, at: .seconds(105))])
        rig.generator.value = 0
        #expect(rig.start(100) == [.schedule(.run, at: .seconds(100))])
    }

    @Test("runs again an interval after a run has ended, and never twice at once")
    func nextRun() throws {
        var rig = try Rig(tcp)
        _ = rig.start()
        #expect(rig.fire(.run, 5) == [.run])
        #expect(rig.fire(.run, 30) == [])
        #expect(
            rig.finish(.passing, "ok", 31)
                == [.schedule(.run, at: .seconds(41)), report(.passing, "ok")]
        )
        #expect(rig.finish(.critical, "again?", 32) == [])
        #expect(rig.fire(.run, 40) == [])
        #expect(rig.fire(.run, 41) == [.run])
    }

    @Test("reports changes of status at once and equal results never")
    func statusChanges() throws {
        var rig = try Rig(tcp)
        _ = rig.start()
        #expect(rig.run(.passing, "ok", 10) == [report(.passing, "ok")])
        #expect(rig.run(.passing, "ok", 20) == [])
        #expect(rig.run(.critical, "no", 30) == [report(.critical, "no")])
    }

    @Test("reports its first finding at once even if only the output is new")
    func firstOutput() throws {
        var rig = try Rig(tcp)
        _ = rig.start()
        #expect(rig.run(.critical, "refused", 10) == [report(.critical, "refused")])
    }

    @Test("holds a change of the output alone back, and loses nothing")
    func outputChanges() throws {
        var rig = try Rig(tcp)
        _ = rig.start()
        _ = rig.run(.passing, "1", 10)
        // Half of five minutes and half of a whole five minutes.
        #expect(rig.run(.passing, "2", 20) == [.schedule(.flush, at: .seconds(320))])
        #expect(rig.run(.passing, "3", 30) == [])
        #expect(rig.machine.state.output == "3")
        #expect(rig.fire(.flush, 319) == [])
        #expect(rig.fire(.flush, 320) == [report(.passing, "3")])
        #expect(rig.fire(.flush, 321) == [])
    }

    @Test("a change of status takes the held-back output along")
    func flushByStatus() throws {
        var rig = try Rig(tcp)
        _ = rig.start()
        _ = rig.run(.passing, "1", 10)
        _ = rig.run(.passing, "2", 20)
        #expect(rig.run(.critical, "3", 30) == [.cancel(.flush), report(.critical, "3")])
        #expect(rig.fire(.flush, 999) == [])
    }

    @Test("an output that changed back is not reported")
    func outputChangedBack() throws {
        var rig = try Rig(tcp)
        _ = rig.start()
        _ = rig.run(.passing, "1", 10)
        _ = rig.run(.passing, "2", 20)
        #expect(rig.run(.passing, "1", 30) == [])
        #expect(rig.fire(.flush, 400) == [])
    }

    @Test("an update interval of zero reports every change of the output")
    func noDeferral() throws {
        var rig = try Rig(reporting: .init(updateInterval: .zero), tcp)
        _ = rig.start()
        _ = rig.run(.passing, "1", 10)
        #expect(rig.run(.passing, "2", 20) == [report(.passing, "2")])
    }

    @Test("an output is held back for the interval, give or take a half", arguments: [0, 300])
    func delay(seconds: Int) {
        let reporting = CheckMachine.Reporting(updateInterval: .seconds(seconds))
        var (least, most) = (Fixed(value: 0), Fixed(value: .max))
        #expect(reporting.delay(using: &least) == .seconds(seconds) / 2)
        let longest = Duration.seconds(seconds) * 3 / 2
        let delay = reporting.delay(using: &most)
        #expect(delay <= longest && delay >= longest - .nanoseconds(1))
    }

    @Test("discard_check_output drops outputs")
    func discarded() throws {
        var rig = try Rig(reporting: .init(discardsOutput: true), tcp)
        _ = rig.start()
        #expect(rig.run(.passing, "1", 10) == [report(.passing, "")])
        #expect(rig.run(.passing, "2", 20) == [])
    }
}

@Suite("Thresholds of a check")
struct ThresholdTests {
    func statuses(
        _ thresholds: CheckThresholds,
        _ results: [CheckStatus]
    ) -> [CheckStatus?] {
        var counters = ThresholdCounters(thresholds)
        return results.map { counters.count($0) }
    }

    @Test("0 and 1 mean at once", arguments: [0, 1])
    func atOnce(threshold: Int) {
        let thresholds = CheckThresholds(
            successBeforePassing: threshold,
            failuresBeforeWarning: threshold,
            failuresBeforeCritical: threshold
        )
        #expect(
            statuses(thresholds, [.passing, .critical, .warning, .critical])
                == [.passing, .critical, .warning, .critical]
        )
    }

    @Test("the first result counts at once, later ones have to add up")
    func addUp() {
        let thresholds = CheckThresholds(
            successBeforePassing: 2,
            failuresBeforeWarning: 3,
            failuresBeforeCritical: 3
        )
        #expect(
            statuses(
                thresholds,
                [.passing, .critical, .critical, .critical, .passing, .passing, .critical]
            ) == [.passing, nil, nil, .critical, nil, .passing, nil]
        )
        #expect(statuses(thresholds, [.critical, .passing]) == [.critical, nil])
    }

    @Test("failures warn first where a warning threshold is lower")
    func warnFirst() {
        let thresholds = CheckThresholds(failuresBeforeWarning: 1, failuresBeforeCritical: 3)
        #expect(
            statuses(thresholds, [.passing, .critical, .critical, .critical])
                == [.passing, .warning, .warning, .critical]
        )
    }

    @Test("a warning counts as a success")
    func warningIsSuccess() {
        let thresholds = CheckThresholds(successBeforePassing: 2, failuresBeforeCritical: 2)
        #expect(
            statuses(thresholds, [.passing, .critical, .critical, .warning, .warning])
                == [.passing, .warning, .critical, nil, .warning]
        )
    }

    @Test("below a threshold neither status nor output changes")
    func nothingChanges() throws {
        var rig = try Rig {
            $0.tcp = "127.0.0.1:1"
            $0.interval = .seconds(10)
            $0.failuresBeforeCritical = 2
            $0.failuresBeforeWarning = 2
        }
        _ = rig.start()
        _ = rig.run(.passing, "ok", 10)
        #expect(rig.run(.critical, "no", 20) == [])
        #expect(rig.machine.state == CheckResult(.passing, output: "ok"))
        #expect(rig.run(.critical, "no", 30) == [report(.critical, "no")])
    }
}

@Suite("A TTL check")
struct TTLCheckTests {
    func ttl(_ definition: inout CheckDefinition) { definition.ttl = .seconds(30) }

    @Test("API-140 expires a TTL after the last update and tells the last output")
    func expiry() throws {
        var rig = try Rig(ttl)
        #expect(rig.start() == [.schedule(.expiry, at: .seconds(30))])
        #expect(
            rig.update(.passing, "alive", 20)
                == [.schedule(.expiry, at: .seconds(50)), report(.passing, "alive")]
        )
        #expect(rig.fire(.expiry, 30) == [])
        #expect(
            rig.fire(.expiry, 50)
                == [report(.critical, "TTL expired (last output before timeout follows): alive")]
        )
        #expect(rig.fire(.expiry, 90) == [])
    }

    @Test("tells the note from before a restart")
    func expiryAfterRestart() throws {
        var rig = try Rig(initial: .passing, output: "alive", ttl)
        _ = rig.start()
        #expect(
            rig.fire(.expiry, 30)
                == [report(.critical, "TTL expired (last output before timeout follows): alive")]
        )
    }

    @Test("an expiry is not told within another one when the check is registered again")
    func expiryOnce() throws {
        var rig = try Rig(ttl)
        _ = rig.start()
        _ = rig.update(.critical, "TTL expired (last output before timeout follows): alive", 20)
        #expect(rig.fire(.expiry, 50) == [])
    }

    @Test("expires without an output before it")
    func expiryAlone() throws {
        var rig = try Rig(initial: .passing, ttl)
        _ = rig.start()
        #expect(rig.fire(.expiry, 30) == [report(.critical, "TTL expired")])
    }

    @Test("an equal update only moves the expiry")
    func heartbeat() throws {
        var rig = try Rig(ttl)
        _ = rig.start()
        _ = rig.update(.passing, "", 10)
        #expect(rig.update(.passing, "", 20) == [.schedule(.expiry, at: .seconds(50))])
    }

    @Test("takes an output that was cut as it is: what was cut twice would say the wrong length")
    func longOutput() throws {
        var rig = try Rig {
            $0.ttl = .seconds(30)
            $0.outputMaxSize = 4
        }
        _ = rig.start()
        let cut = ClientOutput.cut("abcdefgh", limit: 4)
        _ = rig.update(.warning, cut, 1)
        #expect(rig.machine.state.output == cut)
    }

    @Test("does not run, and other kinds take no updates")
    func otherEvents() throws {
        var rig = try Rig(ttl)
        _ = rig.start()
        #expect(rig.finish(.passing, "", 1) == [])
        #expect(rig.fire(.run, 100) == [])
        var tcp = try Rig {
            $0.tcp = "127.0.0.1:1"
            $0.interval = .seconds(1)
        }
        #expect(tcp.update(.passing, "", 1) == [])
    }
}

@Suite("Deregistration of a critical service")
struct ReapTests {
    func define(_ definition: inout CheckDefinition) {
        definition.ttl = .seconds(30)
        definition.serviceID = "web"
        definition.deregisterCriticalServiceAfter = .seconds(90)
    }

    @Test("comes after the time without a pause, counted from the beginning of critical")
    func reaped() throws {
        var rig = try Rig(define)
        #expect(rig.start().contains(.schedule(.reap, at: .seconds(90))))
        #expect(rig.update(.passing, "", 80).contains(.cancel(.reap)))
        #expect(rig.fire(.reap, 90) == [])
        #expect(rig.update(.critical, "a", 100).contains(.schedule(.reap, at: .seconds(190))))
        #expect(
            !rig.update(.critical, "b", 150).contains(.schedule(.reap, at: .seconds(240)))
        )
        #expect(rig.fire(.reap, 189) == [])
        #expect(
            rig.fire(.reap, 190)
                == [.deregister(serviceID: "web"), .schedule(.reap, at: .seconds(220))]
        )
    }

    @Test("is at least a minute away, and node checks reap nothing")
    func limits() throws {
        var definition = CheckDefinition()
        define(&definition)
        definition.deregisterCriticalServiceAfter = .seconds(5)
        let plan = try CheckPlan(definition, outputMaxSize: 1)
        #expect(plan.reapDelay == .seconds(60))
        #expect(plan.adjustments == [.reapDelayRaised(from: .seconds(5))])
        definition.serviceID = ""
        #expect(try CheckPlan(definition, outputMaxSize: 1).reapDelay == nil)
    }
}
