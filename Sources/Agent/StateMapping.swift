// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import HTTPAPI
import Replication

extension RuntimeConfiguration {
    /// When snapshots are due; the bound in octets is ours and has no key.
    var snapshotPolicy: SnapshotPolicy {
        SnapshotPolicy(
            entries: UInt64(clamping: snapshots.threshold),
            milliseconds: UInt64(clamping: Int64(snapshots.interval / .milliseconds(1))),
            trailing: UInt64(clamping: snapshots.trailing)
        )
    }

    /// The config entries that are written at the start.
    ///
    /// - Throws: ``FileProblem`` for one that breaks a rule, with its place.
    func configEntryBootstrap() throws(FileProblem) -> ConfigEntryBootstrap {
        do throws(ConfigEntryProblem) {
            return try ConfigEntryBootstrap(
                bootstrapEntries.map { ($0.json, "\($0.position): \($0.name)") }
            )
        } catch {
            throw FileProblem(error.description)
        }
    }
}
