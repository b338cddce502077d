// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Definitions

/// `lock`: runs a command while a lock is held, one holder or several at a time.
struct LockCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Runs a command while holding a lock",
        discussion: """
            The lock is made of keys below PREFIX. The command ends when the lock is lost.

                lock app/migrate ./migrate.sh
                lock -n 3 app/workers ./work.sh
            """
    )
    static let words = ["lock"]
    static let operandCount = 0...Int.max
    static let operandNames = "PREFIX COMMAND…"
    static let integerFlags: Set<String> = ["n", "monitor-retry"]
    /// How long a command may take to end when it is asked to.
    private static let patience = Duration.seconds(5)

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Option(
        name: .customShort("n"),
        help: ArgumentHelp("How many may hold it; 1 by default.", valueName: "number")
    )
    var limit = 1

    @Option(
        name: .customLong("name", withSingleDash: true),
        help: ArgumentHelp("The name of the session.", valueName: "name")
    )
    var name: String?

    @Flag(
        name: .customLong("child-exit-code", withSingleDash: true),
        help: "Exit with 2 when the command fails."
    )
    var childExitCode = false

    @Option(
        name: .customLong("monitor-retry", withSingleDash: true),
        help: ArgumentHelp(
            "How often to look again when the agent fails; 3 by default.",
            valueName: "number"
        )
    )
    var monitorRetry = 3

    @Flag(
        name: .customLong("pass-stdin", withSingleDash: true),
        help: "Let the command read standard input."
    )
    var passStdin = false

    @Flag(
        name: .customLong("shell", withSingleDash: true),
        help: "Run the command by the shell; the default, -shell=false turns it off."
    )
    var shell = false

    @Flag(
        name: .customLong("no-shell", withSingleDash: true),
        help: ArgumentHelp("What -shell=false means.", visibility: .hidden)
    )
    var noShell = false

    @Option(
        name: [
            .customLong("timeout", withSingleDash: true), .customLong("try", withSingleDash: true),
        ],
        help: ArgumentHelp("How long to try to acquire the lock.", valueName: "duration")
    )
    var timeout: String?

    @Flag(name: .customLong("verbose", withSingleDash: true), help: "Say what is done.")
    var verbose = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard limit > 0 else { throw CommandFailure(message: "Lock holder limit must be positive") }
        guard operands.count >= 2 else {
            throw CommandFailure(
                message: "Key prefix and child command must be specified",
                showsUsage: true
            )
        }
        let time = try timeLimit()
        guard monitorRetry >= 0 else {
            throw CommandFailure(message: "Number for 'monitor-retry' must be >= 0")
        }
        let prefix = String(operands[0].drop { $0 == "/" })
        let agent = try client.client(in: context)
        let words = ChildCommand.words(
            operands.dropFirst(),
            byShell: !noShell,
            context.environment
        )
        let title =
            name
            ?? "Consul lock for '\(operands.dropFirst().joined(separator: " "))' at '\(prefix)'"
        TerminationSignals.catchAll()
        say(
            limit == 1
                ? "Setting up lock at path: \(prefix)/.lock"
                : "Setting up semaphore (limit \(limit)) at prefix: \(prefix)",
            context
        )
        let session: LockSession
        do {
            session = try await .create(named: title, deletes: limit > 1, agent, server.query)
        } catch { throw error.prefixed("Lock setup failed") }
        let keys = LockKeys(agent: agent, query: server.query, session: session.id)
        let recipe: any LockRecipe =
            limit == 1
            ? MutexRecipe(keys: keys, key: "\(prefix)/.lock")
            : SemaphoreRecipe(keys: keys, prefix: prefix, limit: limit)
        let outcome: Result<Int32, CommandFailure>
        do throws(CommandFailure) {
            let deadline = time.map { ContinuousClock.now + $0 }
            try await acquire(recipe, session, until: deadline, context)
            outcome = .success(try await hold(recipe, session, words, context))
        } catch { outcome = .failure(error) }
        // It ends by itself when this does not reach the agent.
        try? await session.destroy()
        return try outcome.get()
    }

    private func timeLimit() throws(CommandFailure) -> Duration? {
        guard let timeout, !timeout.isEmpty else { return nil }
        let time: Duration
        do { time = try GoDuration.parse(timeout) } catch {
            throw CommandFailure(
                message: "invalid value \"\(timeout)\" for flag -timeout: \(error)",
                showsUsage: true
            )
        }
        guard time >= .zero else { throw CommandFailure(message: "Timeout must be positive") }
        return time == .zero ? nil : time
    }

    private func acquire(
        _ recipe: any LockRecipe,
        _ session: LockSession,
        until deadline: ContinuousClock.Instant?,
        _ context: CommandContext
    ) async throws(CommandFailure) {
        say("Attempting lock acquisition", context)
        let event = await Self.first { group in
            group.addTask {
                do throws(CommandFailure) {
                    return try await recipe.acquire(until: deadline) ? .acquired : .shutdown
                } catch { return .failed(error) }
            }
            group.addTask {
                await session.keepAlive()
                return nil
            }
        }
        switch event {
        case .acquired: return
        case .failed(let failure): throw failure.prefixed("Lock acquisition failed")
        default:
            // A semaphore's contender goes with the session.
            throw CommandFailure(
                message: "Shutdown triggered or timeout during lock acquisition"
            )
        }
    }

    /// Runs the command; gives the lock back in the end.
    private func hold(
        _ recipe: any LockRecipe,
        _ session: LockSession,
        _ words: [String],
        _ context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let environment = context.environment.merging(["CONSUL_LOCK_HELD": "true"]) { $1 }
        let outcome: Outcome
        say("Starting handler", context)
        if passStdin { say("Stdin passed to handler process", context) }
        do throws(CommandFailure) {
            let child = try ChildCommand.start(
                words,
                environment: environment,
                input: passStdin ? .inherited : .none
            )
            outcome = await watch(child, recipe, session, context)
        } catch {
            context.console.writeError(error.message)
            outcome = .failed
        }
        if outcome == .succeeded || outcome == .failed {
            say("Child terminated, releasing lock", context)
        }
        do throws(CommandFailure) { try await recipe.release() } catch {
            throw error.prefixed("Lock release failed")
        }
        do throws(CommandFailure) {
            let isRemoved = try await recipe.removeUnused()
            say(isRemoved ? "Cleanup succeeded" : "Cleanup aborted, lock in use", context)
        } catch { throw error.prefixed("Lock cleanup failed") }
        switch outcome {
        case .succeeded, .stopped: return 0
        case .failed: return childExitCode ? 2 : 0
        case .lost: return 1
        }
    }

    /// Waits for what ends the command, or ends it.
    private func watch(
        _ child: ChildCommand,
        _ recipe: any LockRecipe,
        _ session: LockSession,
        _ context: CommandContext
    ) async -> Outcome {
        let retries = monitorRetry
        let event = await Self.first { group in
            group.addTask { await child.wait().map { .ended($0) } }
            group.addTask { await Self.isLost(recipe, retries: retries) ? .lost : nil }
            group.addTask {
                await session.keepAlive()
                return nil
            }
        }
        let outcome: Outcome
        switch event {
        case .ended(let ending):
            if ending.isSuccess { return .succeeded }
            context.console.writeError("Error running handler: \(ending)")
            return .failed
        case .lost:
            context.console.writeError("Lock lost, killing child")
            outcome = .lost
        default:
            say("Shutdown triggered, killing child", context)
            outcome = .stopped
        }
        say("Terminating child pid \(child.id)", context)
        if await child.end(after: Self.patience) {
            say("Child terminated", context)
        } else {
            say(
                "Child did not exit after grace period of \(Self.patience.components.seconds)s",
                context
            )
            say("Killed child pid \(child.id)", context)
        }
        return outcome
    }

    /// Says what is done, to those who want to know.
    private func say(_ text: String, _ context: CommandContext) {
        if verbose { context.console.write(text) }
    }

    /// What became of the command.
    private enum Outcome {
        case succeeded
        /// It ended with another code than 0, by a signal, or did not start.
        case failed
        /// It was ended because the lock was lost.
        case lost
        /// It was ended because this process was told to.
        case stopped
    }

    /// Waits until the lock is lost, or the agent failed more often in a row than is allowed.
    ///
    /// - Returns: `false` when the task was cancelled before.
    private static func isLost(_ recipe: any LockRecipe, retries: Int) async -> Bool {
        var index: UInt64 = 0
        var failures = 0
        while !Task.isCancelled {
            do throws(CommandFailure) {
                guard let read = try await recipe.check(after: index) else {
                    return !Task.isCancelled
                }
                index = max(1, read)
                failures = 0
            } catch {
                failures += 1
                if failures > retries { return !Task.isCancelled }
                index = 0
                // Cancelled: the loop's condition ends it.
                try? await Task.sleep(for: .seconds(1))
            }
        }
        return false
    }

    /// What ends waiting.
    private enum Event: Sendable {
        case acquired
        case failed(CommandFailure)
        case ended(ChildEnding)
        case lost
        case shutdown
    }

    /// The first event of some tasks, or a signal; all tasks have ended then.
    private static func first(
        _ addTasks: (inout TaskGroup<Event?>) -> Void
    ) async -> Event {
        await withTaskGroup(of: Event?.self) { group in
            addTasks(&group)
            group.addTask {
                await TerminationSignals.wait()
                return Task.isCancelled ? nil : .shutdown
            }
            var event: Event?
            while event == nil, let next = await group.next() { event = next }
            group.cancelAll()
            return event ?? .shutdown
        }
    }
}
