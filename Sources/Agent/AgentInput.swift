// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration

/// What the command line names as configuration, read anew at start and at each reload.
struct AgentInput: Sendable {
    /// The flags of `waypost agent`.
    var flags: AgentFlags

    /// A configuration that was read and checked.
    struct Loaded: Sendable {
        /// The effective settings.
        var configuration: RuntimeConfiguration
        /// What is odd but accepted, a line each.
        var warnings: [String]
    }

    /// Reads the files and builds the configuration.
    ///
    /// - Throws: ``FileProblem`` with everything that is wrong.
    func load() throws(FileProblem) -> Loaded {
        let paths = flags.paths.map { path in
            switch path {
            case .file(let text), .directory(let text): text
            }
        }
        let reading = try ConfigurationFiles.read(paths, format: flags.format)
        do {
            let (configuration, warnings) = try ConfigurationBuilder.build(
                sources: reading.sources,
                flags: flags,
                host: HostInspection.facts()
            )
            return Loaded(
                configuration: configuration,
                warnings: reading.warnings + warnings
            )
        } catch {
            throw FileProblem(error.message)
        }
    }
}
