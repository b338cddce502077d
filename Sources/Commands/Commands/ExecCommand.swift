// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Definitions
internal import Filtering
internal import FoundationEssentials

/// `exec`: runs a command on nodes, by keys and an event (spec cli.md 4.3).
struct ExecCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Runs a command on nodes",
        discussion: """
            Agents run commands of others only where disable_remote_exec = false. The filters are
            regular expressions; a command - reads a script from standard input.

                exec -service=web uptime
                exec - < script.sh
            """
    )
    static let words = ["exec"]
    static let operandCount = 0...Int.max
    static let operandNames = "[-|COMMAND…]"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Option(
        name: .customLong("node", withSingleDash: true),
        help: ArgumentHelp("Only nodes with such a name.", valueName: "regexp")
    )
    var node = ""

    @Option(
        name: .customLong("service", withSingleDash: true),
        help: ArgumentHelp("Only nodes with such a service.", valueName: "regexp")
    )
    var service = ""

    @Option(
        name: .customLong("tag", withSingleDash: true),
        help: ArgumentHelp("Only nodes whose service has such a tag.", valueName: "regexp")
    )
    var tag = ""

    @Option(
        name: .customLong("prefix", withSingleDash: true),
        help: ArgumentHelp("What the keys begin with; _rexec by default.", valueName: "prefix")
    )
    var prefix = "_rexec"

    @Flag(
        name: .customLong("shell", withSingleDash: true),
        help: "Run the command by a shell; the default, -shell=false turns it off."
    )
    var shell = false

    @Flag(
        name: .customLong("no-shell", withSingleDash: true),
        help: ArgumentHelp("What -shell=false means.", visibility: .hidden)
    )
    var noShell = false

    @Option(
        name: .customLong("wait", withSingleDash: true),
        help: ArgumentHelp("How long silence is the end; 2s by default.", valueName: "duration")
    )
    var wait = "2s"

    @Option(
        name: .customLong("wait-repl", withSingleDash: true),
        help: ArgumentHelp(
            "How long the keys may take to reach all servers; 200ms by default.",
            valueName: "duration"
        )
    )
    var replication = "200ms"

    @Flag(name: .customLong("verbose", withSingleDash: true), help: "Say what is done.")
    var verbose = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let quiet = try Self.duration(wait, "wait")
        let replication = try Self.duration(replication, "wait-repl")
        let job = try job(operands, quiet, context)
        try checkFilters()
        let console = context.console
        let agent = try client.client(in: context)
        TerminationSignals.catchAll()
        let session: LockSession
        do throws(CommandFailure) {
            session = try await .create(named: "Remote Exec", deletes: true, agent, server.query)
        } catch { throw error.prefixed("Failed to create session") }
        if verbose { console.write("Created remote execution session: \(session.id)") }
        let directory = "\(prefix)/\(session.id)"
        let outcome: Result<Int32, CommandFailure>
        do throws(CommandFailure) {
            try await upload(job, to: directory, session, agent)
            // So that agents that read from any server find the job.
            try? await Task.sleep(for: replication)
            try await fire(session, agent, console)
            let results = RemoteResults(
                agent: agent,
                query: server.query,
                directory: directory + "/",
                quiet: quiet,
                isVerbose: verbose,
                console: console
            )
            outcome = .success(try await follow(results, session))
        } catch { outcome = .failure(error) }
        // The session first: then no agent can write any more. Both end by themselves else.
        try? await session.destroy()
        _ = try? await agent.request(
            "DELETE",
            KVAccess.path(directory),
            server.query + [("recurse", "")]
        )
        return try outcome.get()
    }

    private func follow(
        _ results: RemoteResults,
        _ session: LockSession
    ) async throws(CommandFailure) -> Int32 {
        let outcome = await withTaskGroup(of: Result<Int32, CommandFailure>?.self) { group in
            group.addTask {
                do throws(CommandFailure) { return .success(try await results.follow()) } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await session.keepAlive()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            for await _ in group {}
            return first
        }
        return try (outcome ?? .success(1)).get()
    }

    /// The job as agents read it (Consul: remoteExecSpec).
    private func job(
        _ operands: [String],
        _ quiet: Duration,
        _ context: CommandContext
    ) throws(CommandFailure) -> [UInt8] {
        var command = operands.joined(separator: " ")
        var arguments: [String] = []
        var script: [UInt8] = []
        if command == "-" {
            guard !noShell else {
                throw CommandFailure(
                    message: "Cannot configure -shell=false when reading from stdin"
                )
            }
            command = ""
            script = context.input()
        } else if noShell {
            command = ""
            arguments = operands
        }
        guard !command.isEmpty || !script.isEmpty || !arguments.isEmpty else {
            throw CommandFailure(message: "Must specify a command to execute", showsUsage: true)
        }
        let list =
            arguments.isEmpty
            ? "null" : "[" + arguments.map(GoJSON.quoted).joined(separator: ",") + "]"
        let text = script.isEmpty ? "null" : "\"\(KVAccess.base64(script))\""
        return Array(
            ("{\"Command\":\(GoJSON.quoted(command)),\"Args\":\(list),\"Script\":\(text),"
                + "\"Wait\":\(GoDuration.nanoseconds(quiet))}").utf8
        )
    }

    private func upload(
        _ job: [UInt8],
        to directory: String,
        _ session: LockSession,
        _ agent: AgentClient
    ) async throws(CommandFailure) {
        let isAcquired: Bool
        do throws(CommandFailure) {
            isAcquired = KVAccess.isTrue(
                try await agent.request(
                    "PUT",
                    KVAccess.path("\(directory)/job"),
                    server.query + [("acquire", session.id)],
                    body: job
                )
            )
        } catch { throw error.prefixed("Failed to create job file") }
        guard isAcquired else {
            throw CommandFailure(
                message: "Failed to create job file: failed to acquire key \(directory)/job"
            )
        }
    }

    private func fire(
        _ session: LockSession,
        _ agent: AgentClient,
        _ console: Console
    ) async throws(CommandFailure) {
        let pairs = [("node", node), ("service", service), ("tag", tag)].filter { !$0.1.isEmpty }
        let payload =
            "{\"Prefix\":\(GoJSON.quoted(prefix)),\"Session\":\(GoJSON.quoted(session.id))}"
        do throws(CommandFailure) {
            _ = try await agent.request(
                "PUT",
                "/v1/event/fire/_rexec",
                pairs + server.query.filter { $0.0 == "dc" },
                body: Array(payload.utf8)
            )
        } catch { throw error.prefixed("Failed to fire event") }
        if verbose { console.write("Fired remote execution event") }
    }

    private func checkFilters() throws(CommandFailure) {
        for (flag, pattern) in [("node", node), ("service", service), ("tag", tag)]
        where !pattern.isEmpty {
            do throws(RegularExpressionError) { _ = try RegularExpression(pattern) } catch {
                throw CommandFailure(
                    message: "Failed to compile \(flag) filter regexp: \(error)"
                )
            }
        }
        if !tag.isEmpty, service.isEmpty {
            throw CommandFailure(message: "Cannot provide tag filter without service filter.")
        }
    }

    private static func duration(_ text: String, _ flag: String) throws(CommandFailure) -> Duration
    {
        do { return try GoDuration.parse(text) } catch {
            throw CommandFailure(
                message: "invalid value \"\(text)\" for flag -\(flag): \(error)",
                showsUsage: true
            )
        }
    }
}
