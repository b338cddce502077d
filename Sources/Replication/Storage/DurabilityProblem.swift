// SPDX-License-Identifier: Apache-2.0
import RaftLog

/// Why the state on disk cannot be used, for whoever starts the agent.
public struct DurabilityProblem: Error, Hashable, Sendable {
    /// What is wrong, where, and how to mend it.
    public var message: String

    init(_ message: String) { self.message = message }

    init(_ problem: LogProblem) { self.init(problem.message) }

    init(_ error: StorageError, directory: String) {
        self.init(
            "data_dir: \(error.message). "
                + (error.isFull
                    ? "Free some space: the log needs 64 MiB at a time."
                    : "Check that \(directory) belongs to the user of this process.")
        )
    }
}
