// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Glibc
import NIOCore
import NIOPosix
import Synchronization

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
            await reap(child, on: eventLoop)
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
            await reap(child, on: eventLoop)
            return CheckResult(.critical, output: text)
        }
    }

    // Consul (Go): the run ends when the output ends, also where a child of the command holds it.
    private func follow(_ child: ChildProcess, on eventLoop: any EventLoop) async -> Ending {
        do {
            let tail = try await read(child.output, on: eventLoop)
            return .exited(code: await reap(child, on: eventLoop), tail)
        } catch {
            return .failed("cannot read the output of \(arguments.first ?? ""): \(error)")
        }
    }

    private func read(_ descriptor: CInt, on eventLoop: any EventLoop) async throws -> OutputTail {
        let channel: NIOAsyncChannel<ByteBuffer, Never>
        do {
            channel = try await NIOPipeBootstrap(group: eventLoop)
                .takingOwnershipOfDescriptor(input: descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            // The bootstrap owns the descriptor only where it succeeds.
            close(descriptor)
            throw error
        }
        let limit = outputLimit
        return try await channel.executeThenClose { inbound in
            var tail = OutputTail(limit: limit)
            for try await part in inbound { tail.append(part.readableBytesView) }
            return tail
        }
    }

    /// Waits for the end of the command, which is near or past, and returns its exit code.
    @discardableResult
    private func reap(_ child: ChildProcess, on eventLoop: any EventLoop) async -> Int32? {
        var delay: Int64 = 1
        while true {
            if let ending = child.reap() { return ending.code }
            await eventLoop.pause(.milliseconds(delay))
            delay = min(delay * 2, 100)
        }
    }
}
