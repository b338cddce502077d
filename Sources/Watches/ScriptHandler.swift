// SPDX-License-Identifier: Apache-2.0
import Checks
import ChildProcesses
import Glibc
import Logging
import NIOCore
import WatchPlans

/// Runs a command for each change: JSON on its standard input, the index in `CONSUL_INDEX`; what
/// it prints is logged (spec cli.md 4.1).
struct ScriptHandler: WatchHandler {
    /// The command and its arguments.
    let words: [String]
    /// The type of the watch.
    let type: String
    let eventLoop: any EventLoop
    let logger: Logger

    /// How many octets of output are logged.
    private static let outputLimit = 4096

    /// What runs a line of shell: `SHELL`, or `/bin/sh`.
    static var shell: [String] {
        let name = unsafe getenv("SHELL").map { unsafe String(cString: $0) } ?? ""
        return [name.isEmpty ? "/bin/sh" : name, "-c"]
    }

    func handle(_ result: WatchResult) async {
        let child: ChildProcess
        do throws(SpawnError) {
            child = try ChildProcess.spawn(
                words,
                input: result.line,
                environment: ["CONSUL_INDEX": result.position.description]
            )
        } catch { return report("Failed to run watch handler", error: error.text) }
        do {
            let tail = try await child.collect(
                into: OutputTail(limit: Self.outputLimit),
                on: eventLoop
            ) { tail, part in
                tail.append(part.readableBytesView)
            }
            let ending = await child.ending(on: eventLoop)
            if tail.total > 0 {
                logger.debug(
                    "watch handler output",
                    metadata: metadata(["output": "\(tail.scriptText)"])
                )
            }
            if ending.code != 0 {
                let reason = ending.code.map { "exit status \($0)" } ?? "killed by a signal"
                report("Failed to run watch handler", error: reason)
            }
        } catch is CancellationError {
            // The agent stops; the command goes on by itself.
        } catch { report("Failed to read the output of watch handler", error: "\(error)") }
    }

    private func report(_ what: String, error: String) {
        logger.error("\(what)", metadata: metadata(["error": "\(error)"]))
    }

    private func metadata(_ more: Logger.Metadata) -> Logger.Metadata {
        more.merging(["watch_type": "\(type)", "handler": "\(words.joined(separator: " "))"]) {
            first,
            _ in first
        }
    }
}
