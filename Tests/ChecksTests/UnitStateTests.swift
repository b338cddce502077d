// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Testing

@Suite("The state of a systemd unit")
struct UnitStateTests {
    func text(_ load: String, _ active: String, _ sub: String, _ result: String) -> String {
        "LoadState=\(load)\nActiveState=\(active)\nSubState=\(sub)\nResult=\(result)\n"
    }

    @Test(
        "what systemd says becomes a state",
        arguments: [
            (
                "loaded", "active", "running", "success", CheckStatus.passing,
                "Service \"web\" is healthy"
            ),
            ("loaded", "active", "exited", "success", .passing, "Service \"web\" is healthy"),
            ("loaded", "reloading", "reload", "success", .warning, "Service \"web\" is reloading"),
            ("loaded", "activating", "start", "success", .warning, "Service \"web\" is activating"),
            (
                "loaded", "activating", "auto-restart", "exit-code", .critical,
                "Service \"web\" is activating (auto-restart, exit-code)"
            ),
            (
                "loaded", "inactive", "dead", "success", .critical,
                "Service \"web\" is inactive (dead)"
            ),
            (
                "loaded", "failed", "failed", "exit-code", .critical,
                "Service \"web\" is failed (failed, exit-code)"
            ),
            (
                "masked", "inactive", "dead", "success", .critical,
                "Service \"web\" is inactive (dead)"
            ),
            (
                "not-found", "inactive", "dead", "success", .critical,
                "Service \"web\" does not exist"
            ),
        ]
    )
    func states(
        load: String,
        active: String,
        sub: String,
        result: String,
        status: CheckStatus,
        output: String
    ) throws {
        let unit = try #require(UnitState(text(load, active, sub, result)))
        #expect(unit.result(service: "web") == CheckResult(status, output: output))
    }

    @Test("other output is no state", arguments: ["", "active\n", "Failed to connect to bus\n"])
    func others(text: String) { #expect(UnitState(text) == nil) }

    @Test("names are neither patterns nor options nor paths")
    func names() {
        for name in ["nginx", "getty@tty1.service", "a-b_c:d\\x2de"] {
            #expect(UnitState.isName(name), "\(name)")
        }
        let odd = ["", "-H", "ssh*", "a b", "/etc", "a;b", "ö", String(repeating: "x", count: 256)]
        for name in odd { #expect(!UnitState.isName(name), "\(name)") }
    }
}
