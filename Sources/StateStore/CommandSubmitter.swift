// SPDX-License-Identifier: Apache-2.0

/// The one way in for writes.
///
/// The implementation of today applies on one thread; the Raft node will stand behind the same
/// port.
public protocol CommandSubmitter: Sendable {
    /// Submits a command and returns once it has been applied **and published**: whoever reads
    /// afterwards, over HTTP or DNS, sees it.
    ///
    /// - Returns: where the command stands in the log, and what a transaction reports.
    /// - Throws: ``SubmitError`` when the command was refused or could not be accepted.
    func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome
}

extension CommandSubmitter {
    /// Submits a command of which only the index is asked; see ``perform(_:)``.
    public func submit(_ command: Command) async throws(SubmitError) -> RaftIndex {
        try await perform(command).index
    }
}

/// The way in for a state that takes the place of the whole one.
public protocol StateRestorer: Sendable {
    /// Replaces the state and returns once that is durable **and published**, as with a command.
    /// What was submitted before is gone, what is submitted after goes on from it.
    ///
    /// - Returns: the index of the replacement in the log: above every one of the old state and of
    ///   the new.
    /// - Throws: ``SubmitError``; the state is as it was then.
    func restore(_ state: StateStore) async throws(SubmitError) -> RaftIndex
}

/// What became of a command that was applied.
public struct CommandOutcome: Hashable, Sendable {
    /// Its place in the log.
    public var index: RaftIndex
    /// What the operations of a transaction report; empty for other commands.
    public var results: [TransactionResult]

    /// Makes an outcome.
    public init(index: RaftIndex, results: [TransactionResult] = []) {
        self.index = index
        self.results = results
    }
}

/// Why a submitted command did not take effect.
public enum SubmitError: Error, Hashable, Sendable {
    /// The command was applied and refused by the state.
    case refused(CommandRefusal)
    /// The queue is full; the caller may try again.
    case overloaded
    /// The disk has no space left for the log; the caller may try again once it has.
    case storageFull
    /// The command takes more octets than an entry of the log may have.
    case tooLarge(limit: Int)
    /// A state that was to replace this one could not be written; the text says why.
    case notWritten(String)
    /// The agent is shutting down.
    case stopped
}

/// The one way in for reads: the state as last published.
public protocol SnapshotReader: Sendable {
    /// The published state. A copy of a value: it never changes under the reader.
    func snapshot() -> StateStore
}

/// The clock of the sessions with a TTL: who is not renewed in time is destroyed.
///
/// Told by whoever creates and renews; what it does not know of it finds in the state when it
/// starts.
public protocol SessionTimers: Sendable {
    /// A session began or was renewed: its time starts anew.
    func begin(_ session: SessionRow)
    /// The session of an ID ended.
    func end(_ id: String)
}
