// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Applies a command, without a look at what a transaction reports.
    ///
    /// - Returns: what changed; see ``apply(_:at:time:results:)``.
    public mutating func apply(
        _ command: Command,
        at index: RaftIndex,
        time: LogTime = .zero
    ) throws(CommandRefusal) -> Changes {
        var results: [TransactionResult] = []
        return try apply(command, at: index, time: time, results: &results)
    }

    /// Applies a command.
    ///
    /// Commands come in index order; a refused one changes nothing but ``lastIndex`` and ``time``.
    ///
    /// - Parameters:
    ///   - command: the command.
    ///   - index: its place in the log.
    ///   - time: the time that stands with it in the log; one before that of earlier commands
    ///     counts as theirs.
    ///   - results: what the operations of a transaction report is added here.
    /// - Returns: what changed; empty when the command said what the store already held.
    /// - Throws: ``CommandRefusal`` when the state does not take the command.
    public mutating func apply(
        _ command: Command,
        at index: RaftIndex,
        time: LogTime,
        results: inout [TransactionResult]
    ) throws(CommandRefusal) -> Changes {
        precondition(index > lastIndex, "command \(index) after \(lastIndex)")
        lastIndex = index
        self.time = max(self.time, time)
        var changes = Changes()
        switch command {
        case .register(let registration):
            try validate(registration)
            register(registration, at: index, &changes)
        case .deregister(let deregistration):
            deregister(deregistration, at: index, &changes)
        case .preparedQuery(let change):
            try self.change(change, at: index, &changes)
        case .configEntry(let change):
            try self.change(change, at: index, &changes)
        case .coordinates(let rows):
            try update(rows, at: index, &changes)
        case .kv(let operation):
            try change(operation, at: index, &changes)
        case .session(let change):
            try self.change(change, at: index, &changes)
        case .autopilot(let change):
            try self.change(change, at: index, &changes)
        case .transaction(let transaction):
            results += try perform(transaction, at: index, &changes)
        }
        return changes
    }
}
