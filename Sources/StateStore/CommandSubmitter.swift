// SPDX-License-Identifier: Apache-2.0

/// The one way in for writes.
///
/// The implementation of today applies on one thread; the Raft node will stand behind the same
/// port.
public protocol CommandSubmitter: Sendable {
    /// Submits a command and returns once it has been applied **and published**: whoever reads
    /// afterwards, over HTTP or DNS, sees it.
    ///
    /// - Throws: ``SubmitError`` when the command was refused or could not be accepted.
    func submit(_ command: Command) async throws(SubmitError) -> RaftIndex
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
    /// The agent is shutting down.
    case stopped
}

/// The one way in for reads: the state as last published.
public protocol SnapshotReader: Sendable {
    /// The published state. A copy of a value: it never changes under the reader.
    func snapshot() -> StateStore
}
