// SPDX-License-Identifier: Apache-2.0
public import AgentConfiguration
import DNSAnswers

/// Reads zone files without serving them, for `validate`.
public enum ZoneInspection {
    /// What the agent would say of the zone files that a configuration names: what it could not
    /// load, each with file and line, and what it would warn of.
    public static func report(
        of configuration: RuntimeConfiguration
    ) -> (problems: [String], warnings: [String]) {
        var keeper = ZoneKeeper()
        let problems = keeper.load(configuration.zoneDirectories).problems
            .map { "zone_dirs: \($0)" }
        do throws(FileProblem) {
            let settings = try DNSSettings(configuration, hasRecursors: false)
            return (problems, keeper.warnings(settings))
        } catch {
            return (problems + [error.description], [])
        }
    }
}
