// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
public import AgentConfiguration

/// The program: finds the command that was called, reads its flags, runs it, and turns what comes
/// of it into an exit code (spec cli.md 1).
public struct CommandLineTool {
    private let context: CommandContext
    private let agent: ([String]) async -> Int32

    /// Makes the program as it runs in a process.
    ///
    /// - Parameters:
    ///   - program: The first argument of the process; a link named `consul` shows in usage texts.
    ///   - environment: The environment variables.
    ///   - files: The file system, for commands that read files.
    ///   - operandFiles: The same for files of operands and flags, pipes included.
    ///   - inspect: Reads the files that a configuration names, for `validate`.
    ///   - interfaces: Asks this host for its interfaces, for the templates of a configuration.
    ///   - recordFormat: Writes a record of a snapshot as the API would, for `snapshot decode`.
    ///   - agent: Runs `agent` with the arguments that follow it, until the process ends.
    public init(
        program: String,
        environment: [String: String],
        files: some FileAccess,
        operandFiles: some FileAccess,
        inspect: @escaping FileCheck,
        interfaces: @escaping @Sendable () -> HostInterfaces,
        recordFormat: @escaping SnapshotRecordFormat,
        agent: @escaping ([String]) async -> Int32
    ) {
        self.init(
            context: CommandContext(
                program: program.split(separator: "/").last.map(String.init) ?? "waypost",
                environment: environment,
                console: .standard,
                files: files,
                operandFiles: operandFiles,
                inspect: inspect,
                interfaces: interfaces,
                recordFormat: recordFormat,
                connect: { HTTPTransport(endpoint: $0) }
            ),
            agent: agent
        )
    }

    init(context: CommandContext, agent: @escaping ([String]) async -> Int32) {
        self.context = context
        self.agent = agent
    }

    /// Runs a command.
    ///
    /// - Returns: 0 for success and help, 1 for mistakes and failures, 2 for special results, 127
    ///   when there is no such command.
    public func run(_ arguments: [String]) async -> Int32 {
        let code = await dispatch(arguments)
        guard code == 0, let failure = context.console.failure else { return code }
        context.console.writeError("Error writing the output: \(failure.message)")
        return 1
    }

    private func dispatch(_ arguments: [String]) async -> Int32 {
        guard let first = arguments.first else {
            context.console.writeError(Usage.program(context.program))
            return 127
        }
        switch first {
        case "-h", "-help", "--help":
            context.console.write(Usage.program(context.program))
            return 0
        case "-v", "-version", "--version":
            return await run(VersionCommand.self, Array(arguments.dropFirst()))
        case "--generate-completion-script":
            return writeCompletions(for: arguments.dropFirst().first)
        case "--generate-manual":
            context.console.write(ManualPage.text(program: context.program))
            return 0
        case "-autocomplete-install", "--autocomplete-install":
            return completions.install()
        case "-autocomplete-uninstall", "--autocomplete-uninstall":
            return completions.uninstall()
        case "agent":
            return await runAgent(Array(arguments.dropFirst()))
        default: break
        }
        let words = Array(arguments.prefix { !$0.hasPrefix("-") })
        if let command = CommandCatalogue.command(matching: words) {
            return await run(command, Array(arguments.dropFirst(command.words.count)))
        }
        if let group = CommandCatalogue.group(matching: words) {
            return explain(group, Array(arguments.dropFirst(group.words.count)))
        }
        context.console.writeError(Usage.program(context.program))
        if let near = Suggestion.nearest(to: first, among: CommandCatalogue.firstWords) {
            context.console.writeError("\nNo command \"\(first)\": did you mean \"\(near)\"?")
        }
        return 127
    }

    private func run(_ type: any ClientCommand.Type, _ arguments: [String]) async -> Int32 {
        do {
            let (flags, operands) = try FlagPrePass(type).split(arguments)
            return await perform(type, flags, operands)
        } catch { return report(error, usage: Usage.command(type, context.program)) }
    }

    private func perform(
        _ type: any ClientCommand.Type,
        _ flags: [String],
        _ operands: [String]
    ) async -> Int32 {
        let console = context.console
        do {
            try checkCount(of: operands, type)
            let command: any ClientCommand
            do { command = try type.parse(flags) } catch {
                throw CommandFailure(message: type.message(for: error), showsUsage: true)
            }
            return try await command.perform(operands: operands, in: context)
        } catch let failure as CommandFailure {
            console.writeError(failure.message)
            if !failure.hint.isEmpty { console.writeError(failure.hint) }
            if failure.showsUsage {
                console.writeError("\n" + Usage.command(type, context.program))
            }
            return failure.code
        } catch {
            console.writeError("Error: \(error)")
            return 1
        }
    }

    private func checkCount(
        of operands: [String],
        _ type: any ClientCommand.Type
    ) throws(CommandFailure) {
        let range = type.operandCount
        let expected =
            range.lowerBound == range.upperBound
            ? "\(range.lowerBound)" : "\(range.lowerBound) or \(range.upperBound)"
        if operands.count > range.upperBound {
            throw CommandFailure(
                message: "Too many arguments (expected \(expected), got \(operands.count))"
            )
        }
        if operands.count < range.lowerBound {
            throw CommandFailure(
                message: "Not enough arguments (expected \(expected), got \(operands.count))",
                showsUsage: true
            )
        }
    }

    private func report(_ error: FlagError, usage: String) -> Int32 {
        if error.kind == .help {
            context.console.write(usage)
            return 0
        }
        context.console.writeError(error.description)
        context.console.writeError("\n" + usage)
        return 1
    }

    /// Reads the flags once to give help and say mistakes; the agent reads them again.
    private func runAgent(_ arguments: [String]) async -> Int32 {
        do { _ = try AgentFlags.parse(arguments) } catch {
            return report(error, usage: Usage.agent(context.program))
        }
        return await agent(arguments)
    }

    private func explain(_ group: CommandGroup, _ arguments: [String]) -> Int32 {
        let text = Usage.group(group, context.program)
        if let first = arguments.first, ["-h", "-help", "--help"].contains(first) {
            context.console.write(text)
            return 0
        }
        context.console.writeError(text)
        return 1
    }

    private var completions: ShellCompletions {
        ShellCompletions(
            program: context.program,
            environment: context.environment,
            console: context.console
        )
    }

    private func writeCompletions(for shell: String?) -> Int32 {
        guard let shell = CompletionShell(rawValue: shell ?? "") else {
            context.console.writeError("Name a shell: bash, zsh or fish")
            return 1
        }
        context.console.write(ShellCompletions.script(for: shell, program: context.program))
        return 0
    }
}
