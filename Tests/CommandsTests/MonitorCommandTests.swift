// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("The command monitor")
struct MonitorCommandTests {
    @Test("lines are shown as they come, then that the agent ended")
    func lines() async {
        let outcome = await run(
            "monitor",
            "-log-level=debug",
            "-log-json",
            replies: ["GET /v1/agent/monitor?logjson=&loglevel=debug": "one\ntwo\n"]
        )
        #expect(outcome.code == 1)
        #expect(outcome.output.hasPrefix("one\ntwo\n\nRemote side ended the monitor!"))
    }

    @Test("CLI-038 a level that is none")
    func unknownLevel() async {
        let outcome = await run(
            "monitor",
            "-log-level=zz",
            failures: [
                "GET /v1/agent/monitor?loglevel=zz": AgentReply(
                    status: 400,
                    body: Array("Unknown log level: zz".utf8)
                )
            ]
        )
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.contains(
                "Error starting monitor: Unexpected response code: 400 (Unknown log level: zz)"
            )
        )
    }
}
