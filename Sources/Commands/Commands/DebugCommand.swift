// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser
internal import Definitions
internal import Glibc
internal import SnapshotArchive

/// `debug`: collects what tells how an agent is, to be sent to somebody who helps.
struct DebugCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug",
        abstract: "Collects what tells how an agent is in an archive",
        discussion: """
            The archive holds what the agent says about itself, the machine and the members, and,
            for a while, figures and its log. Tokens and keys are left out; names and addresses are
            not. An interrupt ends it early, with what there is so far.

                debug -duration=1m -interval=10s
                debug -capture=logs -output=/tmp/web1
            """
    )
    static let words = ["debug"]
    static let operandCount = 0...Int.max

    @OptionGroup var client: ClientOptions

    @Option(
        name: .customLong("capture", withSingleDash: true),
        help: ArgumentHelp(
            "What to collect: agent, host, members, metrics, logs; all by default. May be repeated.",
            valueName: "target"
        )
    )
    var capture: [String] = []

    @Option(
        name: .customLong("duration", withSingleDash: true),
        help: ArgumentHelp("How long to collect; 5m by default.", valueName: "duration")
    )
    var duration = "5m"

    @Option(
        name: .customLong("interval", withSingleDash: true),
        help: ArgumentHelp("How often to take figures; 30s by default.", valueName: "duration")
    )
    var interval = "30s"

    @Option(
        name: .customLong("output", withSingleDash: true),
        help: ArgumentHelp("The archive, without .tar.gz.", valueName: "path")
    )
    var output: String?

    @Flag(
        name: .customLong("archive", withSingleDash: true),
        help: "Make an archive; the default, -archive=false leaves a directory."
    )
    var archive = false

    @Flag(
        name: .customLong("no-archive", withSingleDash: true),
        help: ArgumentHelp("What -archive=false means.", visibility: .hidden)
    )
    var noArchive = false

    private struct Own: Decodable {
        struct Configuration: Decodable {
            var version: String

            enum CodingKeys: String, CodingKey { case version = "Version" }
        }

        var config: Configuration

        enum CodingKeys: String, CodingKey { case config = "Config" }
    }

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard operands.isEmpty else {
            throw CommandFailure(message: "debug: Too many arguments provided, expected 0")
        }
        let (duration, interval) = try times()
        let targets = try targets(context.console)
        let path = output.flatMap { $0.isEmpty ? nil : $0 } ?? "consul-debug-\(Self.timestamp())"
        let result = noArchive ? path : path + ".tar.gz"
        guard !context.files.exists(result) else {
            throw Self.refusal("\(result) already exists")
        }
        let agent = try client.client(in: context)
        let own: Own
        do throws(CommandFailure) { own = try await agent.get("/v1/agent/self") } catch {
            var failure = error.prefixed(
                "==> Capture validation failed: error querying target agent"
            )
            failure.message += ". verify connectivity and agent address"
            throw failure
        }
        let console = context.console
        console.write("==> Starting debugger and capturing static information...")
        for (name, value) in [
            (" Agent Version", own.config.version), ("      Interval", self.interval),
            ("      Duration", self.duration), ("        Output", result),
            ("       Capture", targets.map(\.rawValue).joined(separator: ", ")),
        ] { console.write("    \(name): '\(value)'") }
        TerminationSignals.catchAll()
        var bundle = await DebugCapture(
            agent: agent,
            targets: targets,
            duration: duration,
            interval: interval
        ).run { number in console.write("==> Capture successful (\(number))") }
        bundle.files.append(index(own.config.version, targets))
        for problem in bundle.problems { console.writeError("==> Not captured: \(problem)") }
        do throws(LocalFile.FileProblem) {
            try Self.save(bundle.files, in: path, asArchive: !noArchive)
        } catch {
            throw CommandFailure(message: "==> Archive creation failed: \(error.message)")
        }
        console.write("    Saved debug archive: \(result)")
        return 0
    }

    private static func refusal(_ reason: String) -> CommandFailure {
        CommandFailure(message: "==> Capture validation failed: \(reason)")
    }

    private func times() throws(CommandFailure) -> (duration: Duration, interval: Duration) {
        var times: [Duration] = []
        for (flag, text) in [("duration", duration), ("interval", interval)] {
            do { times.append(try GoDuration.parse(text)) } catch {
                throw CommandFailure(
                    message: "invalid value \"\(text)\" for flag -\(flag): \(error)",
                    showsUsage: true
                )
            }
        }
        if times[0] < .seconds(10) { throw Self.refusal("duration must be longer than 10s") }
        if times[1] < .seconds(5) { throw Self.refusal("interval must be longer than 5s") }
        if times[0] < times[1] {
            throw Self.refusal("duration (\(duration)) must be longer than interval (\(interval))")
        }
        return (times[0], times[1])
    }

    private func targets(_ console: Console) throws(CommandFailure) -> [DebugTarget] {
        guard !capture.isEmpty else { return DebugTarget.usual }
        var targets: [DebugTarget] = []
        for name in capture {
            guard let target = DebugTarget(rawValue: name) else {
                throw Self.refusal("target not found: \(name)")
            }
            if target == .pprof {
                console.writeError(
                    "==> [WARN] Unable to capture pprof: this agent has no profiles of Go."
                )
            } else if !targets.contains(target) {
                targets.append(target)
            }
        }
        return targets
    }

    private func index(_ version: String, _ targets: [DebugTarget]) -> DebugCapture.File {
        let names = targets.map { GoJSON.quoted($0.rawValue) }.joined(separator: ",")
        let text =
            "{\"Version\":1,\"AgentVersion\":\(GoJSON.quoted(version)),"
            + "\"Interval\":\(GoJSON.quoted(interval)),\"Duration\":\(GoJSON.quoted(duration)),"
            + "\"Targets\":[\(names)]}\n"
        return DebugCapture.File(name: "index.json", octets: Array(text.utf8))
    }

    /// Writes the files into a directory, or into an archive in which they stand below its name.
    static func save(
        _ files: [DebugCapture.File],
        in path: String,
        asArchive: Bool
    ) throws(LocalFile.FileProblem) {
        if asArchive {
            let directory = path.split(separator: "/").last.map(String.init) ?? "debug"
            var archive = FileArchive(time: UInt64(max(0, now().tv_sec)))
            for file in files {
                archive.add("\(directory.prefix(60))/\(file.name)", file.octets)
            }
            try write(archive.finish(), to: path + ".tar.gz")
        } else {
            try LocalFile.makeDirectory(path)
            for file in files { try write(file.octets, to: "\(path)/\(file.name)") }
        }
    }

    private static func write(
        _ octets: [UInt8],
        to path: String
    ) throws(LocalFile.FileProblem) {
        let file = try LocalFile(writing: path)
        _ = file.write(octets)
        if let failure = file.failure { throw failure }
        try file.synchronize()
    }

    private static func now() -> timespec {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now
    }

    /// The time in UTC, without colons, which tar takes for the name of a host.
    private static func timestamp() -> String {
        var seconds = now().tv_sec
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        let numbers = unsafe [
            Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday),
            Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec),
        ].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return numbers[..<3].joined(separator: "-") + "T"
            + numbers[3...].joined(separator: "-") + "Z"
    }
}
