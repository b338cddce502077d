// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Testing

@Suite("Plans of checks")
struct CheckPlanTests {
    func plan(_ define: (inout CheckDefinition) -> Void) throws -> CheckPlan {
        var definition = CheckDefinition()
        define(&definition)
        return try CheckPlan(definition, outputMaxSize: 4096)
    }

    func refusal(_ define: (inout CheckDefinition) -> Void) -> CheckRefusal? {
        do { _ = try plan(define) } catch { return error as? CheckRefusal }
        return nil
    }

    @Test("API-103, API-104 refuse what Consul refuses, with its texts")
    func refusals() {
        #expect(refusal { $0.http = "http://127.0.0.1:1/" } == .intervalMissing)
        #expect(
            refusal {
                $0.http = "http://127.0.0.1:1/"
                $0.interval = .seconds(10)
                $0.ttl = .seconds(5)
            } == .intervalAndTTL
        )
        #expect(refusal { _ in } == .ttlMissing)
        #expect(refusal { $0.ttl = .zero } == .ttlMissing)
        #expect(refusal { $0.interval = .seconds(1) } == .ttlMissing)
        #expect(
            refusal {
                $0.tcp = "a:1"
                $0.interval = .seconds(1)
                $0.aliasService = "web"
            } == .intervalForAlias
        )
        #expect(
            refusal {
                $0.aliasService = "web"
                $0.ttl = .seconds(1)
            } == .ttlForAlias
        )
        #expect(
            refusal {
                $0.ttl = .seconds(1)
                $0.outputMaxSize = -1
            } == .outputMaxSizeNegative
        )
        #expect(
            refusal {
                $0.ttl = .seconds(1)
                $0.failuresBeforeWarning = 2
                $0.failuresBeforeCritical = 1
            } == .warningAfterCritical
        )
        #expect(
            CheckRefusal.intervalMissing.message.hasPrefix("Invalid check: Interval must be > 0")
        )
        #expect(
            CheckRefusal.intervalAndTTL.message
                == "Invalid check: Interval and TTL cannot both be specified"
        )
        #expect(CheckRefusal.unknownCheck(id: "x").httpStatus == 404)
    }

    /// A definition of each polled kind, with nothing but what the kind needs.
    static let polled: [(CheckKind, @Sendable (inout CheckDefinition) -> Void)] = [
        (.script, { $0.args = ["true"] }), (.http, { $0.http = "http://a/" }),
        (.tcp, { $0.tcp = "a:1" }), (.udp, { $0.udp = "a:1" }), (.grpc, { $0.grpc = "a:1/s" }),
        (.h2ping, { $0.h2ping = "a:1" }), (.osService, { $0.osService = "web" }),
        (
            .docker,
            {
                $0.dockerContainerID = "c1"
                $0.args = ["true"]
            }
        ),
    ]

    @Test("what holds for one polled kind holds for each", arguments: polled.map(\.0))
    func everyKind(kind: CheckKind) throws {
        let define = try #require(Self.polled.first { $0.0 == kind }?.1)
        #expect(refusal(define) == .intervalMissing)
        #expect(
            refusal {
                define(&$0)
                $0.interval = .seconds(1)
                $0.ttl = .seconds(1)
            } == .intervalAndTTL
        )
        #expect(
            refusal {
                define(&$0)
                $0.interval = .seconds(1)
                $0.aliasNode = "n"
            } == .intervalForAlias
        )
        let plan = try plan {
            define(&$0)
            $0.interval = .seconds(20)
            $0.serviceID = "web"
            $0.deregisterCriticalServiceAfter = .seconds(90)
            $0.successBeforePassing = 2
            $0.failuresBeforeCritical = 2
            $0.failuresBeforeWarning = 1
        }
        #expect(plan.kind == kind)
        #expect(plan.timeout == (kind == .script || kind == .docker ? .seconds(30) : .seconds(10)))
        #expect(plan.reapDelay == .seconds(90))
        var machine = CheckMachine(plan: plan, initial: CheckResult(.critical, output: ""))
        var generator = Fixed(value: .max)
        let delays = machine.start(at: .zero, using: &generator).compactMap { effect in
            if case .schedule(.run, let at) = effect { at } else { nil }
        }
        #expect(delays == [.seconds(20) - .nanoseconds(1)])
        // The first result counts at once, the next only where it repeats.
        var now = Duration.seconds(20)
        func run(_ status: CheckStatus) -> CheckStatus {
            #expect(machine.fire(.run, at: now, using: &generator) == [.run])
            _ = machine.finish(CheckResult(status, output: ""), at: now, using: &generator)
            now += .seconds(20)
            return machine.state.status
        }
        #expect(run(.passing) == .passing)
        #expect(run(.critical) == .warning)
        #expect(run(.critical) == .critical)
        #expect(run(.passing) == .critical)
        #expect(run(.passing) == .passing)
    }

    @Test("a container without a command is no check, as in Consul")
    func containerAlone() {
        #expect(
            refusal {
                $0.dockerContainerID = "c1"
                $0.interval = .seconds(1)
            } == .ttlMissing
        )
    }

    @Test("raise intervals to a second and fill in timeouts per kind")
    func defaults() throws {
        let tcp = try plan {
            $0.tcp = "a:1"
            $0.interval = .milliseconds(10)
        }
        #expect(tcp.interval == .seconds(1))
        #expect(tcp.adjustments == [.intervalRaised(from: .milliseconds(10))])
        #expect(tcp.timeout == .seconds(10))
        let script = try plan {
            $0.args = ["true"]
            $0.interval = .seconds(10)
        }
        #expect(script.kind == .script)
        #expect(script.timeout == .seconds(30))
        let alias = try plan {
            $0.aliasService = "web"
            $0.interval = .seconds(10)
        }
        #expect(alias.kind == .alias)
        #expect(alias.interval == nil)
    }

    @Test(
        "only ever lower the agent's limit of the output",
        arguments: [(0, 4096), (9999, 4096), (10, 10)]
    )
    func outputLimit(asked: Int, limit: Int) throws {
        let plan = try plan {
            $0.ttl = .seconds(1)
            $0.outputMaxSize = asked
        }
        #expect(plan.outputLimit == limit)
    }

    @Test("failures before warning default to those before critical")
    func warningDefault() throws {
        let plan = try plan {
            $0.ttl = .seconds(1)
            $0.failuresBeforeCritical = 3
        }
        #expect(plan.thresholds.failuresBeforeWarning == 3)
    }

    @Test("a zero before warning counts as not given")
    func warningZero() throws {
        let plan = try plan {
            $0.ttl = .seconds(1)
            $0.failuresBeforeWarning = 0
            $0.failuresBeforeCritical = 3
        }
        #expect(plan.thresholds.failuresBeforeWarning == 3)
        var counters = ThresholdCounters(plan.thresholds)
        #expect(counters.count(.passing) == .passing)
        #expect([counters.count(.critical), counters.count(.critical)] == [nil, nil])
        #expect(counters.count(.critical) == .critical)
    }
}

@Suite("Outputs of checks")
struct OutputTests {
    @Test("API-143 the last octets are kept, and the text says how many there were")
    func scriptOutput() {
        var tail = OutputTail(limit: 4096)
        for index in 0..<9003 { tail.append([UInt8(truncatingIfNeeded: 0x41 + index % 26)]) }
        #expect(tail.total == 9003)
        #expect(tail.scriptText.hasPrefix("Captured 4096 of 9003 bytes\n...\n"))
        #expect(tail.octets.count == 4096)
        #expect(tail.octets.last == UInt8(0x41 + 9002 % 26))
    }

    @Test("pieces of any size give the same tail", arguments: [1, 3, 4, 5, 10])
    func pieces(size: Int) {
        let all = (0..<100).map { UInt8($0) }
        var tail = OutputTail(limit: 4)
        for start in stride(from: 0, to: 100, by: size) {
            tail.append(all[start..<min(100, start + size)])
        }
        #expect(tail.octets == [96, 97, 98, 99])
        var short = OutputTail(limit: 4)
        short.append([1, 2, 3])
        #expect(short.octets == [1, 2, 3])
        #expect(short.scriptText == "\u{1}\u{2}\u{3}")
    }

    @Test(
        "durations print as Go prints them",
        arguments: [
            (Duration.seconds(30), "30s"), (.milliseconds(500), "500ms"), (.seconds(90), "1m30s"),
            (.seconds(3600), "1h0m0s"), (.milliseconds(1500), "1.5s"), (.zero, "0s"),
            (.microseconds(1500), "1.5ms"), (.nanoseconds(7), "7ns"), (.seconds(-2), "-2s"),
            (.microseconds(2), "2µs"), (.seconds(3661), "1h1m1s"),
        ]
    )
    func goText(duration: Duration, text: String) { #expect(GoDuration.print(duration) == text) }

    @Test("exit codes and HTTP codes become states (API-137, API-138)")
    func states() {
        #expect(CheckResult.status(ofExit: 0) == .passing)
        #expect(CheckResult.status(ofExit: 1) == .warning)
        #expect(CheckResult.status(ofExit: 2) == .critical)
        #expect(CheckResult.status(ofExit: nil) == .critical)
        #expect([200, 204, 299].allSatisfy { CheckResult.status(ofHTTP: $0) == .passing })
        #expect(CheckResult.status(ofHTTP: 429) == .warning)
        #expect(
            [199, 300, 302, 404, 500].allSatisfy { CheckResult.status(ofHTTP: $0) == .critical }
        )
    }

    @Test("host:port is taken apart as Go does it")
    func hostPort() {
        #expect(HostPort("127.0.0.1:80")?.host == "127.0.0.1")
        #expect(HostPort("[::1]:80")?.host == "::1")
        #expect(HostPort("web.example:65535")?.port == 65535)
        #expect(HostPort(":80")?.host == "")
        for text in ["", "web", "web:", "web:x", "web:65536", "::1:80", "[::1]", "[web]:1", "a:+1"]
        {
            #expect(HostPort(text) == nil, "\(text)")
        }
    }
}

@Suite("Aliases of other nodes")
struct RemoteHealthTests {
    let health = LocalHealth(
        serviceIDs: ["web"],
        checks: [
            LocalHealth.Check(
                id: "a",
                name: "a",
                serviceID: "",
                state: CheckResult(.warning, output: "out")
            )
        ]
    )

    @Test("follow the checks of the node and of the service")
    func verdicts() {
        let remote = RemoteHealth(isNodeKnown: true, health: health)
        let warning = CheckResult(.warning, output: "Aliased check \"a\" failing: out")
        #expect(remote.verdict(of: "web", node: "n2") == warning)
        #expect(remote.verdict(of: "", node: "n2") == warning)
        let missing = CheckResult(
            .critical,
            output: "Service db could not be found on node n2"
        )
        #expect(remote.verdict(of: "db", node: "n2") == missing)
    }

    @Test("are critical where the node is not in the catalog")
    func missingNode() {
        let none = RemoteHealth(isNodeKnown: false, health: LocalHealth())
        #expect(none.verdict(of: "", node: "n2").status == .critical)
        #expect(
            none.verdict(of: "web", node: "n2")
                == CheckResult(.critical, output: "Service web could not be found on node n2")
        )
    }
}
