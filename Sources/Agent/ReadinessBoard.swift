// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import Locking

/// What is known about being ready, gathered from the parts of the agent.
final class ReadinessBoard: Sendable {
    private struct State {
        var isRegistered = false
        var isDNSListening = false
        var isStopping = false
        var isStorageFull = false
    }

    private let state = Lock(State())

    /// The state is recovered, and the own node is in the published catalog.
    func noteRegistered() { state.withLock { $0.isRegistered = true } }

    /// DNS listens, or no longer; where no address is configured it counts as listening.
    func noteDNS(isListening: Bool) { state.withLock { $0.isDNSListening = isListening } }

    /// The agent was told to stop.
    func noteStopping() { state.withLock { $0.isStopping = true } }

    /// Whether writes are refused for want of space.
    func note(isStorageFull: Bool) { state.withLock { $0.isStorageFull = isStorageFull } }

    /// What `/v1/agent/ready` says.
    var readiness: Readiness {
        state.withLock { state in
            var warnings: [String] = []
            if state.isStorageFull {
                warnings.append("no space is left on the disk of data_dir: writes are refused")
            }
            return Readiness(
                [
                    .init(
                        "state",
                        problem: state.isRegistered
                            ? "" : "the state is not recovered and published yet"
                    ),
                    .init("dns", problem: state.isDNSListening ? "" : "DNS does not listen"),
                    .init(
                        "running",
                        problem: state.isStopping ? "the agent was told to stop" : ""
                    ),
                ],
                warnings: warnings
            )
        }
    }
}
