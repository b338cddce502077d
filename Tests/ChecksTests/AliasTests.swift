// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Testing

@Suite("Alias checks")
struct AliasTests {
    func check(
        _ id: String,
        _ service: String,
        _ status: CheckStatus,
        output: String = "out"
    ) -> LocalHealth.Check {
        LocalHealth.Check(
            id: id,
            name: id,
            serviceID: service,
            state: CheckResult(status, output: output)
        )
    }

    /// The state of the alias `a` of a service.
    func verdict(_ local: LocalHealth, of service: String) -> CheckResult? {
        local.verdicts(ofAliases: ["a": service], node: "n1")["a"]
    }

    @Test("API-141 follow the worst check of the service and of the node")
    func worst() {
        var local = LocalHealth(
            serviceIDs: ["web", "db"],
            checks: [check("w", "web", .passing), check("d", "db", .critical)]
        )
        #expect(
            verdict(local, of: "web") == CheckResult(.passing, output: "All checks passing.")
        )
        local.checks.append(check("w2", "web", .warning))
        local.checks.append(check("w1", "web", .warning))
        #expect(
            verdict(local, of: "web")
                == CheckResult(.warning, output: "Aliased check \"w2\" failing: out")
        )
        local.checks.append(check("n", "", .critical))
        local.checks.append(check("w3", "web", .critical))
        #expect(
            verdict(local, of: "web")
                == CheckResult(.critical, output: "Aliased check \"n\" failing: out")
        )
        // An alias of the node sees no service.
        local.checks.removeAll { $0.id == "n" }
        #expect(verdict(local, of: "") == CheckResult(.passing, output: "No checks found."))
    }

    @Test("API-142 an alias at the node does not see itself")
    func itself() {
        let local = LocalHealth(serviceIDs: ["web"], checks: [check("a", "", .critical)])
        #expect(verdict(local, of: "web") == CheckResult(.passing, output: "No checks found."))
    }

    @Test("a service that is not there is critical")
    func missing() {
        #expect(
            verdict(LocalHealth(), of: "web")
                == CheckResult(.critical, output: "Service web could not be found on node n1")
        )
    }

    @Test("an alias that looks at another has the state of what that one looks at")
    func chain() {
        let aliases = ["b": "a", "c": "b", "d": "c"]
        var local = LocalHealth(
            serviceIDs: ["a", "b", "c", "d"],
            // What aliases said before has no part in it.
            checks: [
                check("b", "b", .critical), check("c", "c", .warning), check("d", "d", .passing),
                check("ttl", "a", .warning),
            ]
        )
        #expect(
            local.verdicts(ofAliases: aliases, node: "n1").mapValues(\.status)
                == ["b": .warning, "c": .warning, "d": .warning]
        )
        #expect(
            local.verdicts(ofAliases: aliases, node: "n1")["d"]?.output
                == "Aliased check \"c\" failing: Aliased check \"b\" failing: "
                + "Aliased check \"ttl\" failing: out"
        )
        // What is nearer is named, and critical goes before it.
        local.checks.append(check("near", "c", .critical))
        let near = "Aliased check \"near\" failing: out"
        let verdicts = local.verdicts(ofAliases: aliases, node: "n1")
        #expect(verdicts["d"] == CheckResult(.critical, output: near))
        #expect(verdicts["c"]?.status == .warning)
        // A service that is gone is handed on like any other failure.
        local.serviceIDs.remove("a")
        let gone = local.verdicts(ofAliases: ["b": "a", "c": "b"], node: "n1")["c"]
        #expect(
            gone
                == CheckResult(
                    .critical,
                    output: "Aliased check \"b\" failing: "
                        + "Service a could not be found on node n1"
                )
        )
    }

    /// Two aliases at the node, two that stand in each other's service, and a ring of three.
    static let circles: [(aliases: [String: String], places: [String: String])] = [
        (["x": "a", "y": "b"], ["x": "", "y": ""]),
        (["x": "b", "y": "a"], ["x": "a", "y": "b"]),
        (["x": "b", "y": "c", "z": "a"], ["x": "a", "y": "b", "z": "c"]),
        (["x": "a"], ["x": "a"]),
    ]

    @Test("aliases in a circle pass together and fail together", arguments: circles)
    func circle(aliases: [String: String], places: [String: String]) {
        var local = LocalHealth(
            serviceIDs: ["a", "b", "c"],
            checks: ["a", "b", "c"].map { check("ttl-" + $0, $0, .passing) }
        )
        for (id, place) in places { local.checks.append(check(id, place, .critical)) }
        let passing = CheckResult(.passing, output: "All checks passing.")
        #expect(
            local.verdicts(ofAliases: aliases, node: "n1")
                == aliases.mapValues { _ in passing }
        )
        for status in [CheckStatus.warning, .critical] {
            local.checks[0] = check("ttl-a", "a", status, output: "down")
            let verdicts = local.verdicts(ofAliases: aliases, node: "n1")
            #expect(verdicts.allSatisfy { $0.value.status == status })
            #expect(verdicts.allSatisfy { $0.value.output.hasSuffix("\"ttl-a\" failing: down") })
        }
    }

    @Test("what aliases say changes nothing for aliases, whatever looks at what")
    func rest() {
        var generator = SeededGenerator(seed: 7)
        let services = (0..<6).map { "s\($0)" }
        let statuses = [CheckStatus.passing, .passing, .passing, .warning, .critical]
        for _ in 0..<300 {
            var aliases: [String: String] = [:]
            var local = LocalHealth(serviceIDs: Set(services.dropLast()))
            for index in 0..<8 {
                let place = (services + [""]).randomElement(using: &generator) ?? ""
                let id = "c\(index)"
                if Bool.random(using: &generator) {
                    aliases[id] = (services + [""]).randomElement(using: &generator)
                }
                let status = statuses.randomElement(using: &generator) ?? .passing
                local.checks.append(check(id, place, status))
            }
            let first = local.verdicts(ofAliases: aliases, node: "n1")
            for index in local.checks.indices {
                guard let verdict = first[local.checks[index].id] else { continue }
                local.checks[index].state = verdict
            }
            local.checks.shuffle(using: &generator)
            #expect(local.verdicts(ofAliases: aliases, node: "n1") == first)
            // With the states that they say, each is as bad as the worst that it sees, and not worse.
            for (id, service) in aliases {
                let seen = local.checks.filter {
                    $0.id != id && ($0.serviceID == service || $0.serviceID.isEmpty)
                }
                let isMissing = !service.isEmpty && !local.serviceIDs.contains(service)
                let worst: CheckStatus =
                    isMissing || seen.contains { $0.state.status == .critical }
                    ? .critical
                    : seen.contains { $0.state.status == .warning } ? .warning : .passing
                #expect(first[id]?.status == worst)
            }
        }
    }

    @Test("the output of a failing check is cut before it is handed on")
    func bounded() throws {
        let long = String(repeating: "x", count: 10_000)
        let count = 50
        var local = LocalHealth(
            serviceIDs: Set((0...count).map { "s\($0)" }),
            checks: [check("ttl", "s0", .critical, output: long)]
        )
        var aliases: [String: String] = [:]
        for index in 1...count {
            aliases["a\(index)"] = "s\(index - 1)"
            local.checks.append(check("a\(index)", "s\(index)", .passing))
        }
        let verdicts = local.verdicts(ofAliases: aliases, node: "n1", outputLimit: 100)
        #expect(verdicts.count == count)
        #expect(verdicts.values.allSatisfy { $0.status == .critical && $0.output.utf8.count < 200 })
        var machine = CheckMachine(
            plan: try CheckPlan(Self.alias(of: "s49"), outputMaxSize: 100),
            initial: CheckResult(.critical, output: "")
        )
        let verdict = try #require(verdicts["a50"])
        var generator = Fixed(value: 0)
        _ = machine.follow(verdict, at: .zero, using: &generator)
        let octets = verdict.output.utf8.count
        #expect(machine.state.output.hasSuffix(" ... (captured 100 of \(octets) bytes)"))
    }

    private static func alias(of service: String) -> CheckDefinition {
        var definition = CheckDefinition()
        definition.aliasService = service
        return definition
    }
}

/// xorshift64.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
