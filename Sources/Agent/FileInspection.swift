// SPDX-License-Identifier: Apache-2.0
public import AgentConfiguration
import DNSAnswers
import Glibc

/// Reads the files that a configuration names without using them, for `validate`.
public enum FileInspection {
    /// What the agent would say of the zone files, files of TLS and config entries of a
    /// configuration: what it could not use, each with its place, and what it would warn of.
    public static func report(
        of configuration: RuntimeConfiguration
    ) -> (problems: [String], warnings: [String]) {
        let zones = zones(of: configuration)
        let tls = tls(of: configuration, now: time(nil))
        let entries = entryProblems(of: configuration)
        return (zones.problems + tls.problems + entries, zones.warnings + tls.warnings)
    }

    /// The first config entry of the configuration that breaks a rule.
    static func entryProblems(of configuration: RuntimeConfiguration) -> [String] {
        do throws(FileProblem) {
            _ = try configuration.configEntryBootstrap()
            return []
        } catch { return [error.description] }
    }

    private static func zones(
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

    /// Files of TLS; `now` is the time in seconds since 1970.
    static func tls(
        of configuration: RuntimeConfiguration,
        now: Int
    ) -> (problems: [String], warnings: [String]) {
        var problems: [String] = []
        var warnings: [String] = []
        if let https = configuration.http.https {
            do throws(FileProblem) {
                let identity = try HTTPSFiles(files: SystemFiles()).identity(https)
                if let complaint = HTTPSFiles.complaint(identity, https, now: now) {
                    warnings.append(complaint)
                }
            } catch { problems.append(error.description) }
        }
        do throws(FileProblem) { _ = try configuration.checkTLSMaterial() } catch {
            problems.append(error.description)
        }
        return (problems, warnings)
    }
}
