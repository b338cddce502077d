// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import LocalState
import RaftLog
import StateStore

extension AgentFailure {
    /// The status and text of a write that the catalog did not take.
    init(_ error: SubmitError) {
        switch error {
        case .refused(.invalid(let text)): self.init(status: 400, message: text)
        case .refused(let refusal): self.init(status: 500, message: refusal.text)
        case .overloaded:
            self.init(status: 503, message: "too many writes at once; try again")
        case .storageFull:
            self.init(
                status: 503,
                message: "no space is left on the disk of data_dir: writes are refused"
            )
        case .tooLarge(let limit):
            self.init(
                status: 413,
                message: "the write is larger than an entry of the log may be: \(limit) octets"
            )
        case .notWritten(let reason): self.init(status: 500, message: reason)
        case .stopped: self.init(status: 503, message: "the agent is stopping")
        }
    }

    /// The status and text of a change of this agent's services and checks that did not go as it was to.
    ///
    /// Where the catalog alone could not be told, the change has been made, and the text says so: it is
    /// no refusal, and a client that tries again asks for the same once more.
    init(ofChange error: any Error) {
        switch error {
        case let error as LocalStateError:
            self.init(status: error.status, message: error.message)
        case let error as StorageError:
            self.init(
                status: error.isFull ? 503 : 500,
                message: error.isFull
                    ? "no space is left on the disk of data_dir: nothing has changed"
                    : "nothing has changed, since it cannot be kept: \(error.message)"
            )
        case let error as SubmitError: self.init(untold: error)
        default: self.init(status: 500, message: "\(error)")
        }
    }

    private init(untold error: SubmitError) {
        let made = "this agent has the change and keeps it, the catalog is told"
        switch error {
        case .storageFull:
            self.init(
                status: 503,
                message: "no space is left on the disk of data_dir: \(made) once there is space"
            )
        case .overloaded:
            self.init(status: 503, message: "too many writes at once: \(made) later")
        case .notWritten(let reason):
            self.init(status: 500, message: "\(reason): \(made) later")
        case .stopped:
            self.init(
                status: 503,
                message: "the agent is stopping: it has the change, the catalog was not told"
            )
        case .refused, .tooLarge: self.init(error)
        }
    }
}
