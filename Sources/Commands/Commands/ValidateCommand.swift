// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser

/// `validate`: reads configuration files as the agent would and says what is wrong.
struct ValidateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Checks configuration files",
        discussion: """
            Reads files and directories as the agent does, in order, and checks them together,
            service and check definitions, the zone files of zone_dirs and the files of TLS that are
            used included.
            """
    )
    static let words = ["validate"]
    static let operandCount = 0...Int.max
    static let operandNames = "FILE-OR-DIRECTORY…"

    @Option(
        name: .customLong("config-format", withSingleDash: true),
        help: ArgumentHelp("The notation of all files: hcl or json.", valueName: "format")
    )
    var format: String?

    @Flag(name: .customLong("quiet", withSingleDash: true), help: "Say nothing when all is well.")
    var quiet = false

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard !operands.isEmpty else {
            throw CommandFailure(message: "Must specify at least one config file or directory")
        }
        do throws(ConfigurationError) {
            var notation: ConfigurationFormat?
            if let format, !format.isEmpty {
                notation = ConfigurationFormat(rawValue: format)
                if notation == nil {
                    throw ConfigurationError([
                        ConfigurationProblem(
                            "config: -config-format must be either 'hcl' or 'json'"
                        )
                    ])
                }
            }
            let (sources, skipped) = try ConfigurationPaths.read(
                operands,
                format: notation,
                from: context.files
            )
            // The files are checked, not this host: an address stands in for the host's, unless a
            // template asks for it.
            let host = HostFacts(
                hostName: "localhost",
                privateIPv4: ["127.0.0.1"],
                publicIPv6: ["::1"],
                interfaces: context.interfaces()
            )
            let (configuration, warnings) = try ConfigurationBuilder.build(
                sources: sources,
                host: host
            )
            let files = context.inspect(configuration)
            guard files.problems.isEmpty else {
                throw ConfigurationError(files.problems.map { ConfigurationProblem($0) })
            }
            if !quiet {
                for warning in skipped + warnings + files.warnings {
                    context.console.writeError(warning)
                }
                context.console.write("Configuration is valid!")
            }
            return 0
        } catch {
            throw CommandFailure(message: "Config validation failed: \(error.message)")
        }
    }
}
