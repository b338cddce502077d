// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Glibc
import Logging

/// `waypost agent` as a process: arguments in, exit code out (Consul: spec cli.md 5).
public enum AgentProcess {
    /// Runs an agent until it is told to stop.
    ///
    /// - Parameter arguments: what follows `agent` on the command line.
    /// - Returns: The exit code: 0 after a graceful leave, 1 otherwise.
    public static func main(arguments: [String]) async -> Int32 {
        let flags: AgentFlags
        do {
            let (parsed, refusal) = try AgentFlags.parse(arguments)
            if let refusal { return fail(refusal.message) }
            flags = parsed
        } catch {
            return explain(error)
        }
        let input = AgentInput(flags: flags)
        do {
            let loaded = try input.load()
            try checkMode(loaded.configuration)
            let agent = try await Agent(input: input, loaded: loaded)
            return await agent.run()
        } catch {
            return fail("\(error)")
        }
    }

    /// What this build can be: one server that is its own leader.
    private static func checkMode(_ configuration: RuntimeConfiguration) throws(FileProblem) {
        guard configuration.isServer else {
            throw FileProblem(
                "a client agent (server = false) needs gossip, which this version does not have yet. "
                    + "Start a server: waypost agent -server -bootstrap -data-dir DIR, or -dev."
            )
        }
        if configuration.isDevelopment { return }
        guard configuration.bootstrap || configuration.bootstrapExpect == 1 else {
            throw FileProblem(
                "a server that waits for others needs consensus, which this version does not have yet. "
                    + "Add -bootstrap to start this server alone."
            )
        }
    }

    /// Help goes to stdout with code 0, misuse to stderr with code 1 (spec cli.md 1.1).
    private static func explain(_ error: FlagError) -> Int32 {
        guard error.kind != .help else {
            write(usage, to: STDOUT_FILENO)
            return 0
        }
        write("\(error)\n\n" + usage, to: STDERR_FILENO)
        return 1
    }

    private static func fail(_ text: String) -> Int32 {
        write("==> \(text)\n", to: STDERR_FILENO)
        return 1
    }

    /// The help of `waypost agent`.
    public static var usage: String {
        var text = """
            Usage: waypost agent [options]

              Starts the agent and runs until it is told to stop. `-dev` starts a server in memory
              on 127.0.0.1; `-server -bootstrap -data-dir DIR` a server of its own.

            Options:

            """
        for flag in AgentFlag.table.sorted(by: { $0.name < $1.name }) {
            let value = flag.syntax == .boolean ? "" : "=<value>"
            text += "\n  -\(flag.name)\(value)\n      \(flag.help)\n"
        }
        return text
    }

    /// Writes to a standard stream; what cannot be written there is lost.
    static func write(_ text: String, to descriptor: Int32) {
        var copy = text
        copy.withUTF8 { octets in
            _ = unsafe Glibc.write(descriptor, octets.baseAddress, octets.count)
        }
    }
}
