// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// SIGHUP reloads; SIGINT and SIGTERM end the agent (Consul: spec cli.md 5.2).
///
/// A second signal, or a stop that takes longer than 15 s, ends the process at once with code 1.
struct SignalService: Service {
    /// SIGHUP, SIGINT and SIGTERM.
    let signals: UnixSignalsSequence
    let reload: @Sendable () async -> Void
    /// Begins the stop that a signal asks for.
    let stop: @Sendable (UnixSignal) -> Void
    let logger: Logger

    func run() async throws {
        var isStopping = false
        for await signal in signals.cancelOnGracefulShutdown() {
            switch signal {
            case .sighup:
                logger.info("caught SIGHUP, reloading configuration")
                await reload()
            default:
                if isStopping { _exit(1) }
                isStopping = true
                logger.info("caught signal, stopping", metadata: ["signal": "\(signal)"])
                stop(signal)
            }
        }
    }
}

/// The exit code that the reason of the stop decides; written once, read at the end.
final class ExitCode: Sendable {
    private let code = Atomic<Int32>(-1)

    /// Notes the code of the first reason.
    func note(_ value: Int32) {
        _ = code.compareExchange(expected: -1, desired: value, ordering: .relaxed)
    }

    /// The code; 1 when nobody gave a reason.
    var value: Int32 {
        let noted = code.load(ordering: .relaxed)
        return noted < 0 ? 1 : noted
    }
}
