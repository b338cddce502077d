// SPDX-License-Identifier: Apache-2.0
import ChildProcesses
import Events
import FoundationEssentials
import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import StateStore
import Locking

/// Runs the commands that `exec` sends (spec cli.md 4.3), where `disable_remote_exec = false`.
///
/// The job, what comes of it and its end are keys that the session of the sender holds: when that
/// ends, they go, and so does a command that still prints.
final class RemoteExecution: Service {
    /// Commands that run at the same time; more are left out.
    private static let limit = 16

    private let node: String
    private let snapshots: any SnapshotReader
    private let submitter: any CommandSubmitter
    private let eventLoops: any EventLoopGroup
    private let logger: Logger
    private let events: AsyncStream<UserEvent>
    private let sender: AsyncStream<UserEvent>.Continuation
    private let running = Lock(0)

    init(
        node: String,
        snapshots: any SnapshotReader,
        submitter: any CommandSubmitter,
        eventLoops: any EventLoopGroup,
        logger: Logger
    ) {
        self.node = node
        self.snapshots = snapshots
        self.submitter = submitter
        self.eventLoops = eventLoops
        self.logger = logger
        (events, sender) = AsyncStream<UserEvent>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.limit)
        )
    }

    /// Takes up an event that is for this agent.
    func take(_ event: UserEvent) { sender.yield(event) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await event in self.events {
                    let isTooMuch = self.running.withLock { running in
                        if running >= Self.limit { return true }
                        running += 1
                        return false
                    }
                    if isTooMuch {
                        self.logger.warning("remote exec left out: too many commands run")
                        continue
                    }
                    group.addTask {
                        await self.perform(event)
                        self.running.withLock { $0 -= 1 }
                    }
                }
            }
        }
    }

    /// What the event says: where the job is.
    private struct Place: Decodable {
        var prefix: String
        var session: String

        enum CodingKeys: String, CodingKey {
            case prefix = "Prefix"
            case session = "Session"
        }
    }

    /// The job (Consul: remoteExecSpec).
    private struct Job: Decodable {
        var command: String?
        var arguments: [String]?
        var script: Data?
        /// How long silence may last, in nanoseconds.
        var wait: Int64?

        enum CodingKeys: String, CodingKey {
            case command = "Command"
            case arguments = "Args"
            case script = "Script"
            case wait = "Wait"
        }
    }

    /// Runs the job of an event, and returns when its end was told.
    func perform(_ event: UserEvent) async {
        guard let place = try? JSONDecoder().decode(Place.self, from: Data(event.payload)) else {
            return logger.error("failed to decode remote exec event")
        }
        let directory = "\(place.prefix)/\(place.session)"
        guard let entry = snapshots.snapshot().entry(directory + "/job").value,
            entry.session == place.session
        else { return logger.debug("remote exec aborted, job spec missing") }
        guard let job = try? JSONDecoder().decode(Job.self, from: Data(entry.value)) else {
            return logger.error("failed to decode remote exec spec")
        }
        let keys = Keys(
            directory: "\(directory)/\(node)",
            session: place.session,
            submitter: submitter
        )
        guard await keys.write("ack") else {
            return logger.error("failed to ack remote exec job")
        }
        let code = await execute(job, keys)
        _ = await keys.write("exit", Array("\(code)".utf8))
    }

    /// Runs the command; 255 when it could not run, or its output could not be told.
    private func execute(_ job: Job, _ keys: Keys) async -> Int32 {
        var words = job.arguments ?? []
        var input: [UInt8]?
        if words.isEmpty {
            if let script = job.script, !script.isEmpty {
                words = ["/bin/sh", "-s"]
                input = Array(script)
            } else {
                let shell = unsafe getenv("SHELL").map { unsafe String(cString: $0) } ?? "/bin/sh"
                words = [shell, "-c", job.command ?? ""]
            }
        }
        logger.info("remote exec", metadata: ["command": "\(words.joined(separator: " "))"])
        let child: ChildProcess
        do throws(SpawnError) {
            child = try ChildProcess.spawn(words, input: input)
        } catch {
            logger.debug("failed to start remote exec: \(error.text)")
            _ = await keys.output(Array(error.text.utf8))
            return 255
        }
        let silence = Duration.nanoseconds(max(job.wait ?? 0, 100_000_000))
        return await withTaskCancellationHandler {
            await follow(child, keys, silence)
        } onCancel: {
            child.killGroup()
        }
    }

    private func follow(_ child: ChildProcess, _ keys: Keys, _ silence: Duration) async -> Int32 {
        let eventLoop = eventLoops.next()
        let (parts, writer) = AsyncStream.makeStream(of: [UInt8].self)
        let isTold = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    _ = try await child.collect(into: 0, on: eventLoop) { _, part in
                        writer.yield(Array(part.readableBytesView))
                    }
                } catch { child.killGroup() }
                writer.finish()
                return true
            }
            group.addTask {
                for await part in parts {
                    for start in stride(from: 0, to: part.count, by: Keys.partLength) {
                        let end = min(part.count, start + Keys.partLength)
                        guard await keys.output(Array(part[start..<end])) else {
                            child.killGroup()
                            return false
                        }
                    }
                }
                return true
            }
            group.addTask {
                // Cancelled when the output has ended.
                while (try? await Task.sleep(for: silence)) != nil {
                    guard await keys.beat(after: silence) else {
                        child.killGroup()
                        return false
                    }
                }
                return true
            }
            var isTold = true
            for _ in 0..<2 { isTold = await group.next() ?? false && isTold }
            group.cancelAll()
            for await more in group { isTold = more && isTold }
            return isTold
        }
        let ending = await child.ending(on: eventLoop)
        return isTold ? ending.code ?? 1 : 255
    }

    /// The keys in which this node tells how a job goes.
    private final class Keys: Sendable {
        /// Octets of output in one key.
        static let partLength = 4096
        /// Keys with output; what is printed beyond is left out.
        private static let limit = 4096

        private let directory: String
        private let session: String
        private let submitter: any CommandSubmitter
        private let state = Lock((count: 0, last: ContinuousClock.now))

        init(directory: String, session: String, submitter: any CommandSubmitter) {
            self.directory = directory
            self.session = session
            self.submitter = submitter
        }

        /// Writes a key.
        ///
        /// - Returns: `false` when the session no longer holds.
        func write(_ name: String, _ value: [UInt8] = []) async -> Bool {
            let operation = KVOperation(
                .lock,
                "\(directory)/\(name)",
                value: value,
                session: session
            )
            do {
                _ = try await submitter.submit(.kv(operation))
                return true
            } catch { return false }
        }

        /// Tells output; none is a sign of life.
        func output(_ octets: [UInt8]) async -> Bool {
            let number = state.withLock { state in
                state.last = .now
                defer { state.count += 1 }
                return state.count
            }
            guard number < Self.limit else { return true }
            let digits = String(number, radix: 16)
            let name = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
            return await write("out/\(name)", octets)
        }

        /// Gives a sign of life if nothing was told for a while.
        func beat(after silence: Duration) async -> Bool {
            let isSilent = state.withLock { ContinuousClock.now - $0.last >= silence }
            return isSilent ? await output([]) : true
        }
    }
}
