// SPDX-License-Identifier: Apache-2.0
import Checks
import ChildProcesses
import Definitions
import NIOCore
import Locking

/// A script check: the exit code of a command is the state, what it prints is the output.
struct ScriptProbe: Sendable {
    /// The command and its arguments; no shell reads them.
    let arguments: [String]
    /// How long the command may run.
    let timeout: Duration
    /// How many octets of output are kept.
    let outputLimit: Int

    private enum Ending: Sendable {
        case exited(code: Int32?)
        case failed(String)
    }

    /// What a command has printed so far.
    private final class Printed: Sendable {
        let tail: Lock<OutputTail>

        init(limit: Int) { tail = Lock(OutputTail(limit: limit)) }

        var text: String { tail.withLock { $0.scriptText } }
    }

    /// Runs the command and waits for the end of its output and of itself.
    ///
    /// At the timeout, and on cancellation, the process group of the command is killed, so that
    /// its children go with it; the next run begins only when it is gone.
    func run(on eventLoop: any EventLoop) async -> CheckResult {
        let child: ChildProcess
        do throws(SpawnError) {
            child = try ChildProcess.spawn(arguments)
        } catch {
            return CheckResult(.critical, output: error.text)
        }
        let printed = Printed(limit: outputLimit)
        let ending = await withTimeout(timeout) {
            await withTaskCancellationHandler {
                await follow(child, printed, on: eventLoop)
            } onCancel: {
                child.killGroup()
            }
        }
        guard let ending else {
            _ = await child.ending(on: eventLoop)
            // Consul: `Timed out (30s) running check`, an empty line, and what was printed until then.
            let text = printed.text
            return CheckResult(
                .critical,
                output: "Timed out (\(GoDuration.print(timeout))) running check"
                    + (text.isEmpty ? "" : "\n\n" + text)
            )
        }
        switch ending {
        case .exited(let code):
            return CheckResult(CheckResult.status(ofExit: code), output: printed.text)
        case .failed(let text):
            child.killGroup()
            _ = await child.ending(on: eventLoop)
            return CheckResult(.critical, output: text)
        }
    }

    // Consul (Go): the run ends when the output ends, also where a child of the command holds it.
    private func follow(
        _ child: ChildProcess,
        _ printed: Printed,
        on eventLoop: any EventLoop
    ) async -> Ending {
        do {
            try await child.collect(into: (), on: eventLoop) { _, part in
                printed.tail.withLock { $0.append(part.readableBytesView) }
            }
            return .exited(code: await child.ending(on: eventLoop).code)
        } catch {
            return .failed("cannot read the output of \(arguments.first ?? ""): \(error)")
        }
    }
}
