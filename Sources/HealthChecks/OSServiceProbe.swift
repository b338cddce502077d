// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore

/// A check of a service of the operating system: systemd is asked through `systemctl`, which
/// speaks D-Bus; no shell is involved.
struct OSServiceProbe: Sendable {
    /// The unit; without an ending it is a `.service`.
    let service: String
    /// How long the question may take.
    let timeout: Duration
    /// The command that is asked, found by `PATH` where it has no slash.
    var command = "systemctl"

    /// Asks once.
    func run(on eventLoop: any EventLoop) async -> CheckResult {
        guard UnitState.isName(service) else {
            return CheckResult(
                .critical,
                output: "\"\(service)\" is no name of a service: letters, digits and :-_.\\@ only"
            )
        }
        let properties = UnitState.properties.joined(separator: ",")
        let answer = await ScriptProbe(
            arguments: [command, "show", "--no-pager", "--property=\(properties)", "--", service],
            timeout: timeout,
            outputLimit: 4096
        ).run(on: eventLoop)
        if answer.status == .passing, let state = UnitState(answer.output) {
            return state.result(service: service)
        }
        return CheckResult(
            .critical,
            output: "Service \"\(service)\": systemd does not answer: \(answer.output)"
        )
    }
}
