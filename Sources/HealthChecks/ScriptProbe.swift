// SPDX-License-Identifier: Apache-2.0
import Checks
import ChildProcesses
import Definitions
import NIOCore

/// A script check: the exit code of a command is the state, what it prints is the output.
struct ScriptProbe: Sendable {
    /// The command and its arguments; no shell reads them.
    let arguments: [String]
    /// How long the command may run.
    let timeout: Duration
    /// How many octets of output are kept.
    let outputLimit: Int

    private enum Ending: Sendable {
        case exited(code: Int32?, OutputTail)
        case failed(String)
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
        let ending = await withTimeout(timeout) {
            await withTaskCancellationHandler {
                await follow(child, on: eventLoop)
            } onCancel: {
                child.killGroup()
            }
        }
        guard let ending else {
            _ = await child.ending(on: eventLoop)
            // Consul: `Timed out (30s) running check`.
            return CheckResult(
                .critical,
                output: "Timed out (\(GoDuration.print(timeout))) running check"
            )
        }
        switch ending {
        case .exited(let code, let tail):
            return CheckResult(CheckResult.status(ofExit: code), output: tail.scriptText)
        case .failed(let text):
            child.killGroup()
            _ = await child.ending(on: eventLoop)
            return CheckResult(.critical, output: text)
        }
    }

    // Consul (Go): the run ends when the output ends, also where a child of the command holds it.
    private func follow(_ child: ChildProcess, on eventLoop: any EventLoop) async -> Ending {
        do {
            let tail = try await child.collect(
                into: OutputTail(limit: outputLimit),
                on: eventLoop
            ) { tail, part in
                tail.append(part.readableBytesView)
            }
            return .exited(code: await child.ending(on: eventLoop).code, tail)
        } catch {
            return .failed("cannot read the output of \(arguments.first ?? ""): \(error)")
        }
    }
}
