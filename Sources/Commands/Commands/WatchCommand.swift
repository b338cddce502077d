// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser
internal import Glibc
internal import WatchPlans

/// `watch`: shows a part of the catalog, or runs a command whenever it changes.
struct WatchCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Runs a command whenever something changes",
        discussion: """
            The command reads what there is now as JSON on its standard input; it runs at the beginning
            and after each change. Without a command the JSON is shown, once. Types: key (-key),
            keyprefix (-prefix), services, nodes, service (-service, -tag, -passingonly), checks
            (-service or -state), event (-name).

                watch -type=service -service=web ./reload-proxy.sh
                watch -type=key -key=app/config
            """
    )
    static let words = ["watch"]
    static let operandCount = 0...Int.max
    static let operandNames = "[COMMAND…]"
    /// How long a command may take to end when it is asked to.
    private static let patience = Duration.seconds(5)

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Option(
        name: .customLong("type", withSingleDash: true),
        help: ArgumentHelp("What to watch; needed.", valueName: "type")
    )
    var type: String?

    @Option(
        name: .customLong("key", withSingleDash: true),
        help: ArgumentHelp("The key.", valueName: "key")
    )
    var key: String?

    @Option(
        name: .customLong("prefix", withSingleDash: true),
        help: ArgumentHelp("What the keys begin with.", valueName: "prefix")
    )
    var prefix: String?

    @Option(
        name: .customLong("service", withSingleDash: true),
        help: ArgumentHelp("The service.", valueName: "name")
    )
    var service: String?

    @Option(
        name: .customLong("tag", withSingleDash: true),
        help: ArgumentHelp(
            "A tag that instances must have; may be given several times.",
            valueName: "tag"
        )
    )
    var tags: [String] = []

    @Option(
        name: .customLong("passingonly", withSingleDash: true),
        help: ArgumentHelp(
            "With true, only instances whose checks all pass.",
            valueName: "true|false"
        )
    )
    var passingOnly: String?

    @Option(
        name: .customLong("state", withSingleDash: true),
        help: ArgumentHelp("The state of checks; any by default.", valueName: "state")
    )
    var state: String?

    @Option(
        name: .customLong("name", withSingleDash: true),
        help: ArgumentHelp("The name of events; all by default.", valueName: "name")
    )
    var name: String?

    @Option(
        name: .customLong("filter", withSingleDash: true),
        help: ArgumentHelp("A filter expression, for lists.", valueName: "expression")
    )
    var filter: String?

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

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard let type, !type.isEmpty else {
            throw CommandFailure(message: "Watch type must be specified", showsUsage: true)
        }
        let plan = try plan(of: type)
        let agent = try client.client(in: context)
        do { _ = try await agent.request("GET", "/v1/agent/self") } catch {
            throw error.prefixed("Error querying Consul agent")
        }
        let words = ChildCommand.words(operands, byShell: !noShell, context.environment)
        if !words.isEmpty { TerminationSignals.catchAll() }
        return try await follow(plan, agent, words, context)
    }

    private func plan(of type: String) throws(CommandFailure) -> WatchPlan {
        var parameters = WatchParameters()
        parameters.type = type
        parameters.key = key ?? ""
        parameters.prefix = prefix ?? ""
        parameters.service = service ?? ""
        parameters.tags = tags
        parameters.state = state ?? ""
        parameters.name = name ?? ""
        parameters.filter = filter ?? ""
        parameters.datacenter = server.datacenter ?? ""
        parameters.isStale = server.stale
        if let passingOnly, !passingOnly.isEmpty {
            guard let flag = FlagSyntax.boolean(passingOnly) else {
                throw CommandFailure(
                    message: "Failed to parse passingonly flag: \"\(passingOnly)\" is neither true "
                        + "nor false"
                )
            }
            parameters.passingOnly = flag
            parameters.emptyGiven = ["passingonly"]
        }
        do { return try WatchPlan(parameters) } catch {
            throw CommandFailure(message: error.description)
        }
    }

    /// Reads again and again, until the handler fails or a signal ends it.
    private func follow(
        _ plan: WatchPlan,
        _ agent: AgentClient,
        _ words: [String],
        _ context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        var progress = WatchProgress(plan)
        while true {
            let path = progress.path
            let reply = await Self.untilSignal { await Self.read(path, from: agent) }
            guard let reply else { return 0 }
            let step: WatchProgress.Step
            do { step = progress.take(try reply.get()) } catch {
                step = progress.fail(error.message)
            }
            switch step {
            case .unchanged: continue
            case .changed(let result):
                if words.isEmpty {
                    context.console.write(octets: result.indented)
                    return 0
                }
                if let code = try await handle(result, words, context) { return code }
            case .retry(let pause, let reason):
                context.console.writeError(
                    "Watch errored: type=\(type ?? "") error=\"\(reason)\" "
                        + "retry=\(pause.components.seconds)s"
                )
                let isOver = await Self.untilSignal {
                    // Cancelled by the signal, which ends the watch.
                    try? await Task.sleep(for: pause)
                    return true
                }
                guard isOver != nil else { return 0 }
            }
        }
    }

    private static func read(
        _ path: String,
        from agent: AgentClient
    ) async -> Result<WatchReply, CommandFailure> {
        do throws(CommandFailure) {
            let reply = try await agent.reply("GET", path, [])
            return .success(
                WatchReply(status: reply.status, index: reply.index, body: reply.body)
            )
        } catch { return .failure(error) }
    }

    /// Runs the command; returns the exit code if that is the end.
    private func handle(
        _ result: WatchResult,
        _ words: [String],
        _ context: CommandContext
    ) async throws(CommandFailure) -> Int32? {
        let index = ["CONSUL_INDEX": result.position.description]
        let child = try ChildCommand.start(
            words,
            environment: context.environment.merging(index) { $1 },
            input: .octets(result.line)
        )
        guard let ending = await Self.untilSignal({ await child.wait() ?? .exited(0) }) else {
            await child.end(by: TerminationSignals.received ?? SIGTERM, after: Self.patience)
            return 0
        }
        guard !ending.isSuccess else { return nil }
        context.console.writeError("Error executing handler: \(ending)")
        return 1
    }

    /// What an operation gives; `nil` when a signal came first, which cancels it.
    private static func untilSignal<Value: Sendable>(
        _ operation: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await operation() }
            group.addTask {
                await TerminationSignals.wait()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
